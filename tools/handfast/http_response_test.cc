#include "handfast/http_response.h"

#include <gtest/gtest.h>

#include <array>

namespace handfast::tool {
namespace {

using Kind = RangeChoice::Kind;

TEST(HttpRange, ChoosesWhatWasAskedFor) {
  const struct {
    const char* field;
    std::uint64_t size;
    Kind kind;
    ByteRange range;
  } kTable[] = {
      {"bytes=0-0", 10, Kind::kPart, {0, 0}},
      {"bytes=2-5", 10, Kind::kPart, {2, 5}},
      {"bytes=2-", 10, Kind::kPart, {2, 9}},
      {"bytes=2-99", 10, Kind::kPart, {2, 9}},
      {"bytes=9-18446744073709551615", 10, Kind::kPart, {9, 9}},
      {"bytes=-3", 10, Kind::kPart, {7, 9}},
      {"bytes=-99", 10, Kind::kPart, {0, 9}},
      {"bytes=10-", 10, Kind::kUnsatisfiable, {}},
      {"bytes=-0", 10, Kind::kUnsatisfiable, {}},
      {"bytes=0-", 0, Kind::kUnsatisfiable, {}},
      {"bytes=-1", 0, Kind::kUnsatisfiable, {}},
      {"", 10, Kind::kWhole, {}},
      {"bytes=", 10, Kind::kWhole, {}},
      {"bytes=-", 10, Kind::kWhole, {}},
      {"bytes=5-2", 10, Kind::kWhole, {}},
      {"bytes=1-2,4-5", 10, Kind::kWhole, {}},
      {"lines=1-2", 10, Kind::kWhole, {}},
      {"bytes=a-b", 10, Kind::kWhole, {}},
      {"bytes=+1-2", 10, Kind::kWhole, {}},
      {"bytes=1--2", 10, Kind::kWhole, {}},
      {"bytes=99999999999999999999-", 10, Kind::kWhole, {}},
  };
  for (const auto& row : kTable) {
    const RangeChoice choice = choose_range(row.field, row.size);
    EXPECT_EQ(choice.kind, row.kind) << row.field;
    EXPECT_EQ(choice.range, row.range) << row.field;
  }
}

TEST(HttpDate, ReadsWhatItWrites) {
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  for (std::int64_t seconds = 0; seconds < 4'000'000'000; seconds += 12'345'677) {
    EXPECT_EQ(parse_http_date(http_date(seconds)), seconds);
  }
  for (const char* text :
       {"", "Sun, 06 Nov 1994 08:49:37", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Noo 1994 08:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
}

TEST(HttpConditions, CompareVersions) {
  const FileVersion version{.size = 5, .modified_seconds = 784111777, .modified_nanoseconds = 1};
  const std::string date = http_date(version.modified_seconds);
  EXPECT_TRUE(is_unmodified(version, version.etag(), ""));
  EXPECT_TRUE(is_unmodified(version, "\"x\", W/" + version.etag(), ""));
  EXPECT_TRUE(is_unmodified(version, "*", ""));
  EXPECT_FALSE(is_unmodified(version, "\"x\"", date)) << "a tag counts more than a date";
  EXPECT_TRUE(is_unmodified(version, "", date));
  EXPECT_FALSE(is_unmodified(version, "", http_date(version.modified_seconds - 1)));
  EXPECT_FALSE(is_unmodified(version, "", "yesterday"));
  EXPECT_FALSE(is_unmodified(version, "", ""));
  EXPECT_TRUE(may_send_range(version, ""));
  EXPECT_TRUE(may_send_range(version, version.etag()));
  EXPECT_TRUE(may_send_range(version, date));
  EXPECT_FALSE(may_send_range(version, "W/" + version.etag()));
  EXPECT_FALSE(may_send_range(version, http_date(0)));
}

TEST(HttpResponse, HeadsSayWhatFollows) {
  const FileVersion version{.size = 10, .modified_seconds = 0};
  ResponseHead head{
      .status = 206, .content_length = 3, .content_type = "text/plain", .keep_alive = true, .version = &version};
  head.part = ByteRange{2, 4};
  const std::string part = to_text(head, 784111777);
  EXPECT_TRUE(part.starts_with("HTTP/1.1 206 Partial Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n")) << part;
  EXPECT_NE(part.find("\r\nContent-Range: bytes 2-4/10\r\n"), std::string::npos) << part;
  EXPECT_NE(part.find("\r\nContent-Length: 3\r\n"), std::string::npos) << part;
  EXPECT_NE(part.find("\r\nConnection: keep-alive\r\n"), std::string::npos) << part;
  EXPECT_TRUE(part.ends_with("\r\n\r\n"));
  EXPECT_NE(to_text({.status = 405}, 0).find("\r\nAllow: GET, HEAD\r\n"), std::string::npos);
  EXPECT_NE(to_text({.status = 416, .unsatisfied = 10}, 0).find("\r\nContent-Range: bytes */10\r\n"),
            std::string::npos);
  EXPECT_EQ(to_text({.status = 304}, 0).find("Content-Length"), std::string::npos);
  for (const int status : {200, 206, 301, 304, 400, 403, 404, 405, 408, 413, 414, 416, 431, 500, 501, 503, 505}) {
    EXPECT_NE(reason_phrase(status), "Unknown") << status;
  }
}

TEST(HttpListing, EscapesNames) {
  const std::array<ListedEntry, 2> entries{{{"<b>&\"'", true, 0}, {"a b%?#\n.txt", false, 7}}};
  const std::string page = listing_page("x<y", entries);
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  EXPECT_NE(page.find("<a href=\"%3Cb%3E%26%22%27/\">&lt;b&gt;&amp;&quot;&#39;/</a>"), std::string::npos) << page;
  EXPECT_NE(page.find("<a href=\"a%20b%25%3F%23%0A.txt\">"), std::string::npos) << page;
  EXPECT_NE(page.find("x&lt;y"), std::string::npos);
  EXPECT_NE(page.find("../"), std::string::npos);
  EXPECT_EQ(listing_page("", {}).find("../"), std::string::npos);
}

TEST(HttpMedia, FollowsTheEndOfTheName) {
  EXPECT_EQ(media_type("a.HTML"), "text/html; charset=utf-8");
  EXPECT_EQ(media_type("a.tar.gz"), "application/gzip");
  EXPECT_EQ(media_type("html"), "application/octet-stream");
  EXPECT_EQ(media_type(""), "application/octet-stream");
}

}  // namespace
}  // namespace handfast::tool
