#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace handfast::tool {

/// One request as far as a server of plain files needs it (RFC 9110, RFC 9112). The views of the bytes that it was read
/// from are copied out, so it may outlive them.
struct HttpRequest {
  bool head_only = false;       ///< HEAD rather than GET
  bool keep_alive = false;      ///< the peer wants the connection to stay open (RFC 9112 §9.3)
  int minor_version = 1;        ///< of HTTP/1.x
  std::string path;             ///< decoded, relative and clean: "a/b", empty for the root; see clean_path
  bool names_directory = true;  ///< the path ended with a slash
  std::string range;
  std::string if_range;
  std::string if_none_match;
  std::string if_modified_since;
  std::size_t size = 0;  ///< bytes from the front of the text that it takes up
};

/// A larger request head is refused with 431, a longer request line with 414.
inline constexpr std::size_t kMostRequestBytes = 16 * 1024;
inline constexpr std::size_t kMostRequestLine = 8 * 1024;
inline constexpr int kMostFields = 100;

/// Reads the request at the front of `text`. Nothing: it has not arrived completely. An error: the status to refuse it
/// with, after which nothing that follows on the connection can be trusted.
std::expected<std::optional<HttpRequest>, int> parse_request(std::string_view text);

/// A request's path without its query: percent-decoded, without empty and "." segments and without slashes at its ends.
/// Nothing where it cannot be the path of a file here: no slash at its front, a broken escape, a control byte, or a
/// ".." segment, however it is written.
std::optional<std::string> clean_path(std::string_view target);

}  // namespace handfast::tool
