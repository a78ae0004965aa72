#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace handfast::tool {

/// "Not Found" for 404; "Unknown" for a status that this server never sends.
std::string_view reason_phrase(int status);

/// Seconds since the epoch as "Sun, 06 Nov 1994 08:49:37 GMT", and back (RFC 9110 §5.6.7). The obsolete forms are not
/// read.
std::string http_date(std::int64_t seconds);
std::optional<std::int64_t> parse_http_date(std::string_view text);

/// The media type that the end of a file's name suggests.
std::string_view media_type(std::string_view name);

/// A part of a file: both ends included, as the protocol counts.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// What a Range field asks of a file of some size (RFC 9110 §14).
struct RangeChoice {
  enum class Kind : std::uint8_t { kWhole, kPart, kUnsatisfiable };
  Kind kind = Kind::kWhole;
  ByteRange range;
};

/// Several ranges at once, another unit, and what cannot be read are answered with the whole file, as §14.2 allows.
RangeChoice choose_range(std::string_view field, std::uint64_t size);

/// What identifies one version of a file.
struct FileVersion {
  std::uint64_t size = 0;
  std::int64_t modified_seconds = 0;
  std::int64_t modified_nanoseconds = 0;

  std::string etag() const;
};

/// RFC 9110 §13.2.2: true where the peer's copy is still good and 304 is the answer.
bool is_unmodified(const FileVersion& version, std::string_view if_none_match, std::string_view if_modified_since);
/// RFC 9110 §13.1.5: true where a range may be sent, since the peer has the rest of the same version.
bool may_send_range(const FileVersion& version, std::string_view if_range);

struct ResponseHead {
  int status = 200;
  std::uint64_t content_length = 0;
  std::string_view content_type{};  ///< empty: not told
  bool keep_alive = false;
  const FileVersion* version = nullptr;
  std::optional<ByteRange> part{};             ///< 206
  std::optional<std::uint64_t> unsatisfied{};  ///< 416: the size of the whole
  std::string location{};
};

/// The head of a response with the empty line that ends it. `now`: seconds since the epoch, for Date.
std::string to_text(const ResponseHead& head, std::int64_t now);
/// A page of one sentence for a status without any other body.
std::string status_page(int status);

struct ListedEntry {
  std::string name;
  bool is_directory = false;
  std::uint64_t size = 0;
};

/// A page with a link to each entry; `path` as HttpRequest has it. Names are escaped both as URIs and as HTML.
std::string listing_page(std::string_view path, std::span<const ListedEntry> entries);

std::string escape_html(std::string_view text);
std::string escape_uri(std::string_view text);

}  // namespace handfast::tool
