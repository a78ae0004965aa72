#include "handfast/http_request.h"

#include <algorithm>
#include <charconv>
#include <vector>

// A parser that trusts nothing. It reads one line after another, every line once, and refuses whatever RFC 9112 leaves
// open to two readings: a space before a colon, a folded line, two lengths, a length beside a transfer coding. Bodies
// are never read: a request that announces one is refused and its connection ends, so the bytes that follow are
// nobody's.

namespace handfast::tool {

namespace {

using Refused = std::unexpected<int>;

constexpr int kMostEmptyLines = 4;  // RFC 9112 §2.2 lets a peer put one before its request.

bool is_token_byte(char c) {
  const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return alphanumeric || (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

bool is_token(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_token_byte); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view text, std::string_view word) {
  return std::ranges::equal(text, word, [](char a, char b) { return lower(a) == lower(b); });
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

bool is_field_text(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return is_control(c) && c != '\t'; });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// True where a comma-separated list has `word` in it.
bool lists(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (same_word(trimmed(list.substr(0, comma)), word)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

// Takes a line off the front of `text`; nothing: its end has not come. A bare LF ends a line too (RFC 9112 §2.2).
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// What the fields said that matters only while they are read.
struct FieldNotes {
  int hosts = 0;
  bool close = false;
  bool keep_alive = false;
  bool has_coding = false;
  std::optional<std::uint64_t> length;
};

std::expected<void, int> note_length(std::string_view value, FieldNotes& notes) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error == std::errc::result_out_of_range) return Refused(413);
  if (value.empty() || error != std::errc() || end != value.data() + value.size()) return Refused(400);
  if (notes.length && *notes.length != number) return Refused(400);
  notes.length = number;
  return {};
}

std::expected<void, int> note_field(std::string_view name, std::string_view value, HttpRequest& request,
                                    FieldNotes& notes) {
  if (same_word(name, "host")) {
    ++notes.hosts;
  } else if (same_word(name, "connection")) {
    notes.close = notes.close || lists(value, "close");
    notes.keep_alive = notes.keep_alive || lists(value, "keep-alive");
  } else if (same_word(name, "content-length")) {
    return note_length(value, notes);
  } else if (same_word(name, "transfer-encoding")) {
    notes.has_coding = true;
  } else if (same_word(name, "range")) {
    request.range = value;
  } else if (same_word(name, "if-range")) {
    request.if_range = value;
  } else if (same_word(name, "if-none-match")) {
    request.if_none_match = value;
  } else if (same_word(name, "if-modified-since")) {
    request.if_modified_since = value;
  }
  return {};
}

std::expected<void, int> read_field(std::string_view line, HttpRequest& request, FieldNotes& notes) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return Refused(400);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (!is_field_text(value)) return Refused(400);
  return note_field(line.substr(0, colon), value, request, notes);
}

std::expected<void, int> read_version(std::string_view text, HttpRequest& request) {
  const bool well_formed = text.size() == 8 && text.starts_with("HTTP/") && text[6] == '.' && text[5] >= '0' &&
                           text[5] <= '9' && text[7] >= '0' && text[7] <= '9';
  if (!well_formed) return Refused(400);
  if (text[5] != '1') return Refused(505);
  request.minor_version = text[7] == '0' ? 0 : 1;
  return {};
}

// RFC 9112 §3.2.2: whoever takes the peer for a proxy writes the whole URI.
std::string_view without_authority(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  if (!same_word(target.substr(0, kScheme.size()), kScheme)) return target;
  const std::size_t slash = target.find('/', kScheme.size());
  return slash == std::string_view::npos ? "/" : target.substr(slash);
}

std::expected<void, int> read_request_line(std::string_view line, HttpRequest& request) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return Refused(400);
  const std::string_view method = line.substr(0, first);
  const std::string_view target = without_authority(line.substr(first + 1, last - first - 1));
  if (!is_token(method)) return Refused(400);
  if (const auto version = read_version(line.substr(last + 1), request); !version) return version;
  constexpr std::string_view kNotAllowed[] = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"};
  if (std::ranges::find(kNotAllowed, method) != std::end(kNotAllowed)) return Refused(405);
  if (method != "GET" && method != "HEAD") return Refused(501);
  request.head_only = method == "HEAD";
  std::optional<std::string> path = clean_path(target);
  if (!path) return Refused(400);
  request.path = std::move(*path);
  const std::string_view place = target.substr(0, target.find_first_of("?#"));
  request.names_directory = place.ends_with('/');
  return {};
}

std::expected<void, int> judge(const FieldNotes& notes, HttpRequest& request) {
  // RFC 9112 §3.2: without exactly one Host a request of HTTP/1.1 is none.
  if (notes.hosts > 1 || (notes.hosts == 0 && request.minor_version == 1)) return Refused(400);
  if (notes.has_coding) return Refused(notes.length ? 400 : 501);
  if (notes.length.value_or(0) > 0) return Refused(413);
  request.keep_alive = request.minor_version == 1 ? !notes.close : notes.keep_alive && !notes.close;
  return {};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (lower(c) >= 'a' && lower(c) <= 'f') return lower(c) - 'a' + 10;
  return -1;
}

std::optional<std::string> decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (is_control(c)) return std::nullopt;
    decoded.push_back(c);
  }
  return decoded;
}

}  // namespace

std::optional<std::string> clean_path(std::string_view target) {
  const std::optional<std::string> decoded = decode(target.substr(0, target.find_first_of("?#")));
  if (!decoded || !decoded->starts_with('/')) return std::nullopt;
  std::string path;
  std::string_view rest = *decoded;
  while (!rest.empty()) {
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
    if (segment == "..") return std::nullopt;
    if (segment.empty() || segment == ".") continue;
    if (!path.empty()) path.push_back('/');
    path.append(segment);
  }
  return path;
}

std::expected<std::optional<HttpRequest>, int> parse_request(std::string_view text) {
  const std::string_view whole = text.substr(0, kMostRequestBytes);
  const auto unfinished = [&](int too_large) -> std::expected<std::optional<HttpRequest>, int> {
    if (whole.size() == kMostRequestBytes) return Refused(too_large);
    return std::nullopt;
  };
  std::string_view rest = whole;
  std::optional<std::string_view> line = take_line(rest);
  for (int empty = 0; line && line->empty(); line = take_line(rest)) {
    if (++empty > kMostEmptyLines) return Refused(400);
  }
  if ((line ? *line : rest).size() > kMostRequestLine) return Refused(414);
  if (!line) return unfinished(414);
  HttpRequest request;
  if (const auto read = read_request_line(*line, request); !read) return Refused(read.error());
  FieldNotes notes;
  for (int fields = 0;; ++fields) {
    line = take_line(rest);
    if (!line) return unfinished(431);
    if (line->empty()) break;
    if (fields == kMostFields) return Refused(431);
    if (const auto read = read_field(*line, request, notes); !read) return Refused(read.error());
  }
  if (const auto judged = judge(notes, request); !judged) return Refused(judged.error());
  request.size = whole.size() - rest.size();
  return request;
}

}  // namespace handfast::tool
