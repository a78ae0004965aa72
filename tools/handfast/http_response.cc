#include "handfast/http_response.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

// What a server of files says back, as text made from values: no file, clock or connection is touched here.

namespace handfast::tool {

namespace {

constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

template <typename T>
std::optional<T> whole_number(std::string_view text) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 416:
      return "Range Not Satisfiable";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

std::string http_date(std::int64_t seconds) {
  using namespace std::chrono;
  const sys_seconds time{std::chrono::seconds(seconds)};
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  using namespace std::chrono;
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return std::nullopt;
  const auto month = std::ranges::find(kMonths, text.substr(8, 3));
  const auto day = whole_number<unsigned>(text.substr(5, 2));
  const auto year_number = whole_number<int>(text.substr(12, 4));
  const auto hour = whole_number<unsigned>(text.substr(17, 2));
  const auto minute = whole_number<unsigned>(text.substr(20, 2));
  const auto second = whole_number<unsigned>(text.substr(23, 2));
  if (month == std::end(kMonths) || !day || !year_number || !hour || !minute || !second) return std::nullopt;
  const year_month_day date{year(*year_number), std::chrono::month(static_cast<unsigned>(month - kMonths) + 1),
                            std::chrono::day(*day)};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const seconds of_day = hours(*hour) + minutes(*minute) + seconds(*second);
  return (sys_days(date).time_since_epoch() + of_day) / seconds(1);
}

std::string_view media_type(std::string_view name) {
  struct Known {
    std::string_view end;
    std::string_view type;
  };
  constexpr Known kKnown[] = {
      {".html", "text/html; charset=utf-8"},
      {".htm", "text/html; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".txt", "text/plain; charset=utf-8"},
      {".md", "text/plain; charset=utf-8"},
      {".js", "text/javascript"},
      {".mjs", "text/javascript"},
      {".json", "application/json"},
      {".xml", "application/xml"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},
      {".gif", "image/gif"},
      {".webp", "image/webp"},
      {".ico", "image/x-icon"},
      {".pdf", "application/pdf"},
      {".wasm", "application/wasm"},
      {".gz", "application/gzip"},
      {".zip", "application/zip"},
      {".mp4", "video/mp4"},
      {".woff2", "font/woff2"},
      {".csv", "text/csv; charset=utf-8"},
      {".pcapng", "application/x-pcapng"},
  };
  std::string lowered(name);
  std::ranges::transform(lowered, lowered.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  for (const Known& known : kKnown) {
    if (lowered.ends_with(known.end)) return known.type;
  }
  return "application/octet-stream";
}

RangeChoice choose_range(std::string_view field, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  using Kind = RangeChoice::Kind;
  if (!field.starts_with(kUnit) || field.find(',') != std::string_view::npos) return {};
  const std::string_view spec = trimmed(field.substr(kUnit.size()));
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view before = spec.substr(0, dash);
  const std::string_view after = spec.substr(dash + 1);
  if (before.empty()) {
    const auto suffix = whole_number<std::uint64_t>(after);
    if (!suffix) return {};
    if (*suffix == 0 || size == 0) return {Kind::kUnsatisfiable, {}};
    return {Kind::kPart, {size - std::min(size, *suffix), size - 1}};
  }
  const auto first = whole_number<std::uint64_t>(before);
  if (!first) return {};
  const auto last = after.empty() ? std::optional(UINT64_MAX) : whole_number<std::uint64_t>(after);
  if (!last || *last < *first) return {};
  if (*first >= size) return {Kind::kUnsatisfiable, {}};
  return {Kind::kPart, {*first, std::min(*last, size - 1)}};
}

std::string FileVersion::etag() const {
  return fmt::format("\"{:x}-{:x}-{:x}\"", size, modified_seconds, modified_nanoseconds);
}

bool is_unmodified(const FileVersion& version, std::string_view if_none_match, std::string_view if_modified_since) {
  if (!if_none_match.empty()) {
    // Weak comparison: whether W/ stands before a tag makes no difference, so looking for the tag is enough.
    return trimmed(if_none_match) == "*" || if_none_match.find(version.etag()) != std::string_view::npos;
  }
  const std::optional<std::int64_t> since = parse_http_date(trimmed(if_modified_since));
  return since && version.modified_seconds <= *since;
}

bool may_send_range(const FileVersion& version, std::string_view if_range) {
  if (if_range.empty() || if_range == version.etag()) return true;
  const std::optional<std::int64_t> date = parse_http_date(if_range);
  return date && *date == version.modified_seconds;
}

std::string to_text(const ResponseHead& head, std::int64_t now) {
  std::string text = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nServer: handfast\r\n", head.status,
                                 reason_phrase(head.status), http_date(now));
  const auto add = [&text](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
  };
  if (head.status != 304) add("Content-Length", fmt::format("{}", head.content_length));
  if (!head.content_type.empty()) add("Content-Type", head.content_type);
  if (head.version != nullptr) {
    add("ETag", head.version->etag());
    add("Last-Modified", http_date(head.version->modified_seconds));
    add("Accept-Ranges", "bytes");
  }
  if (head.part && head.version != nullptr) {
    add("Content-Range", fmt::format("bytes {}-{}/{}", head.part->first, head.part->last, head.version->size));
  }
  if (head.unsatisfied) add("Content-Range", fmt::format("bytes */{}", *head.unsatisfied));
  if (head.status == 405) add("Allow", "GET, HEAD");
  if (!head.location.empty()) add("Location", head.location);
  add("Connection", head.keep_alive ? "keep-alive" : "close");
  return text.append("\r\n");
}

std::string status_page(int status) {
  return fmt::format("<!doctype html>\n<title>{0} {1}</title>\n<h1>{0} {1}</h1>\n", status, reason_phrase(status));
}

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string escape_uri(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (alphanumeric || (c != '\0' && std::string_view("-._~").find(c) != std::string_view::npos)) {
      escaped += c;
    } else {
      escaped += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return escaped;
}

std::string listing_page(std::string_view path, std::span<const ListedEntry> entries) {
  const std::string title = escape_html(fmt::format("/{}{}", path, path.empty() ? "" : "/"));
  std::string page =
      fmt::format("<!doctype html>\n<meta charset=\"utf-8\">\n<title>{0}</title>\n<h1>{0}</h1>\n<table>\n", title);
  if (!path.empty()) page += "<tr><td><a href=\"../\">../</a><td>\n";
  for (const ListedEntry& entry : entries) {
    const std::string_view slash = entry.is_directory ? "/" : "";
    page +=
        fmt::format("<tr><td><a href=\"{}{}\">{}{}</a><td>{}\n", escape_uri(entry.name), slash, escape_html(entry.name),
                    slash, entry.is_directory ? std::string() : fmt::to_string(entry.size));
  }
  return page + "</table>\n";
}

}  // namespace handfast::tool
