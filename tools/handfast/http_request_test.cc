#include "handfast/http_request.h"

#include <gtest/gtest.h>

#include "drivers/seeded_random.h"

namespace handfast::tool {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

int status_of(std::string_view text) {
  const auto parsed = parse_request(text);
  if (!parsed) return parsed.error();
  return *parsed ? 200 : 0;
}

HttpRequest must_parse(std::string_view text) {
  const auto parsed = parse_request(text);
  EXPECT_TRUE(parsed && *parsed) << text;
  return parsed && *parsed ? **parsed : HttpRequest{};
}

std::string get(std::string_view target) { return "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n"; }

TEST(HttpRequest, ReadsWhatAFileServerNeeds) {
  const std::string text =
      "HEAD /a%20b/c.txt?x=%00 HTTP/1.1\r\nhost: h\r\nRange: bytes=1-2 \r\nIf-Range:\t\"e\"\r\n"
      "If-None-Match: \"f\"\r\nIf-Modified-Since: never\r\nX: \xC3\xA4\r\n\r\nGET";
  const HttpRequest request = must_parse(text);
  EXPECT_TRUE(request.head_only);
  EXPECT_TRUE(request.keep_alive);
  EXPECT_EQ(request.path, "a b/c.txt");
  EXPECT_FALSE(request.names_directory);
  EXPECT_EQ(request.range, "bytes=1-2");
  EXPECT_EQ(request.if_range, "\"e\"");
  EXPECT_EQ(request.if_none_match, "\"f\"");
  EXPECT_EQ(request.if_modified_since, "never");
  EXPECT_EQ(request.size, text.size() - 3);
}

TEST(HttpRequest, KeepsTheConnectionAsTheVersionSays) {
  EXPECT_TRUE(must_parse("GET / HTTP/1.1\r\nHost: h\r\n\r\n").keep_alive);
  EXPECT_FALSE(must_parse("GET / HTTP/1.1\r\nHost: h\r\nConnection: TE, Close\r\n\r\n").keep_alive);
  EXPECT_FALSE(must_parse("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(must_parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
  EXPECT_FALSE(must_parse("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n").keep_alive);
  EXPECT_FALSE(must_parse("GET / HTTP/1.0\n\n").keep_alive);
  EXPECT_TRUE(must_parse("\r\n\r\nGET / HTTP/1.9\r\nHost: h\r\n\r\n").keep_alive);
}

TEST(HttpRequest, RefusesWhatCanBeReadInTwoWays) {
  const struct {
    const char* what;
    std::string text;
    int status;
  } kTable[] = {
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
      {"folded line", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400},
      {"field without a name", "GET / HTTP/1.1\r\n: a\r\n\r\n", 400},
      {"field without a colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", 400},
      {"NUL in a value", "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n"s, 400},
      {"bare CR in a value", "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400},
      {"NUL in a name", "GET / HTTP/1.1\r\nHo\0st: a\r\n\r\n"s, 400},
      {"two lengths", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 1\r\n\r\n", 400},
      {"length and coding", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
       400},
      {"coding", "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 501},
      {"body", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 413},
      {"endless body", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413},
      {"negative length", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
      {"signed length", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n", 400},
      {"post", "POST / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
      {"connect", "CONNECT h:1 HTTP/1.1\r\nHost: a\r\n\r\n", 405},
      {"unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"methods are case-sensitive", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"no method", " / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"no target", "GET  HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"no version", "GET /\r\nHost: a\r\n\r\n", 400},
      {"no spaces", "GET\r\n\r\n", 400},
      {"version 2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"version 0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505},
      {"version x", "GET / HTTP/1.x\r\nHost: a\r\n\r\n", 400},
      {"version in lower case", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
      {"another protocol", "\x16\x03\x01\x02\x01\r\n\r\n", 400},
      {"empty lines without end", "\r\n\r\n\r\n\r\n\r\n\r\n\r\n", 400},
  };
  for (const auto& row : kTable) EXPECT_EQ(status_of(row.text), row.status) << row.what;
}

TEST(HttpRequest, EveryLengthHasALimit) {
  EXPECT_EQ(status_of("GET /" + std::string(kMostRequestLine, 'a')), 414);
  EXPECT_EQ(status_of(std::string(kMostRequestBytes + 9, 'A')), 414);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nX: " + std::string(kMostRequestBytes, 'a')), 431);
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i <= kMostFields; ++i) many += "X: y\r\n";
  EXPECT_EQ(status_of(many), 431);
  EXPECT_EQ(status_of("GET /" + std::string(kMostRequestLine - 100, 'a') + " HTTP/1.0\r\n\r\n"), 200);
}

TEST(HttpRequest, NoPathLeavesItsDirectory) {
  const struct {
    std::string target;
    std::optional<std::string> path;
  } kTable[] = {
      {"/", ""},
      {"/a/b", "a/b"},
      {"//a///./b/.", "a/b"},
      {"/a%2Fb", "a/b"},
      {"/%61", "a"},
      {"/...", "..."},
      {"/..a/b..", "..a/b.."},
      {"/a?/../b", "a"},
      {"/a#/../b", "a"},
      {"/%25", "%"},
      {"/..", std::nullopt},
      {"/../a", std::nullopt},
      {"/a/../b", std::nullopt},
      {"/%2e%2e/a", std::nullopt},
      {"/%2E./a", std::nullopt},
      {"/a/..%2f..%2fb", std::nullopt},
      {"/a%00b", std::nullopt},
      {"/a%0ab", std::nullopt},
      {"/a%7f", std::nullopt},
      {"/%", std::nullopt},
      {"/%1", std::nullopt},
      {"/%g1", std::nullopt},
      {"/a\x01", std::nullopt},
      {"", std::nullopt},
      {"a", std::nullopt},
      {"*", std::nullopt},
  };
  for (const auto& row : kTable) EXPECT_EQ(clean_path(row.target), row.path) << row.target;
  EXPECT_EQ(must_parse(get("http://h:80/a/")).path, "a");
  EXPECT_TRUE(must_parse(get("http://h:80/a/")).names_directory);
  EXPECT_EQ(must_parse(get("HTTP://h")).path, "");
  EXPECT_EQ(status_of(get("ftp://h/a")), 400);
}

TEST(HttpRequest, AnyCutAsksForMore) {
  const std::string text = "GET /a HTTP/1.1\r\nHost: h\r\nRange: bytes=0-\r\n\r\n";
  for (std::size_t length = 0; length < text.size(); ++length)
    EXPECT_EQ(status_of(text.substr(0, length)), 0) << length;
  EXPECT_EQ(status_of(text), 200);
}

// Whatever bytes come, the answer is a request within them whose path is clean, a refusal, or "more".
void judge(std::string_view text) {
  const auto parsed = parse_request(text);
  if (!parsed) {
    EXPECT_GE(parsed.error(), 400);
    EXPECT_LT(parsed.error(), 600);
    return;
  }
  if (!*parsed) {
    EXPECT_LT(text.size(), kMostRequestBytes);
    return;
  }
  EXPECT_GT((*parsed)->size, 0u);
  EXPECT_LE((*parsed)->size, text.size());
  const std::string path = "/" + (*parsed)->path + "/";
  EXPECT_EQ(path.find("/../"), std::string::npos) << path;
  EXPECT_EQ(path.find('\0'), std::string::npos);
  EXPECT_TRUE(path == "//" || path.find("//") == std::string::npos) << path;
}

TEST(HttpRequest, SurvivesMutations) {
  const std::string kSeeds[] = {
      get("/a/b.txt"), get("/%2e%2e/%2E%2e/etc"), get("http://h/../x"),
      "HEAD / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 0\r\nRange: bytes=-5\r\n\r\n"};
  constexpr std::string_view kSpecial =
      "\r\n \t:/%.?\0\x7F\xFF"
      "2eE"sv;
  drivers::SeededRandom random(7);
  for (int round = 0; round < 20000; ++round) {
    std::string text = kSeeds[random.below(4)];
    for (std::uint32_t changes = 1 + random.below(6); changes > 0; --changes) {
      const std::uint32_t at = random.below(static_cast<std::uint32_t>(text.size()));
      const char c = kSpecial[random.below(static_cast<std::uint32_t>(kSpecial.size()))];
      switch (random.below(4)) {
        case 0:
          text[at] = c;
          break;
        case 1:
          text.insert(at, 1, c);
          break;
        case 2:
          text.erase(at, 1 + random.below(3));
          break;
        default:
          text.insert(at, text.substr(at / 2, random.below(12)));
      }
      if (text.empty()) text = "G";
    }
    judge(text);
  }
}

}  // namespace
}  // namespace handfast::tool
