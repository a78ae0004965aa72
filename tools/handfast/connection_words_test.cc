#include "handfast/connection_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "handfast/file_sink.h"

namespace handfast::tool {
namespace {

using testing::HasSubstr;

const Endpoint kPeer{IpAddress::v4(192, 0, 2, 1), 80};

TEST(ConnectionWords, EachFailureHasItsOwnSentence) {
  const auto words = [](Error error) { return explain_connection_error(make_error_code(error), kPeer); };
  EXPECT_THAT(words(Error::kRefused), HasSubstr("192.0.2.1:80: connection refused"));
  EXPECT_THAT(words(Error::kTimedOut), HasSubstr("timed out"));
  EXPECT_THAT(words(Error::kReset), HasSubstr("reset by the peer"));
  EXPECT_THAT(words(Error::kNoRoute), HasSubstr("no route"));
  EXPECT_THAT(words(Error::kUnreachable), HasSubstr("unreachable"));
}

TEST(ConnectionWords, OtherErrorsKeepTheirOwnWords) {
  EXPECT_EQ(explain_connection_error(std::make_error_code(std::errc::io_error), kPeer),
            "192.0.2.1:80: Input/output error");
}

TEST(ConnectionWords, APortInUseSaysSo) {
  EXPECT_THAT(explain_listen_error(make_error_code(Error::kAddressInUse), 80),
              HasSubstr("port 80 has a listener already"));
}

TEST(FileSink, AFullDiskIsToldOnceAtTheEnd) {
  auto file = FileSink::create("/dev/full");
  ASSERT_TRUE(file);
  (*file)->write(std::string(100'000, 'x'));
  EXPECT_EQ((*file)->close(), "cannot write /dev/full: No space left on device");
  EXPECT_EQ((*file)->close(), "");
}

TEST(FileSink, AMissingFolderIsKnownBeforehand) {
  const auto file = FileSink::create("/nowhere/trace.jsonl");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, kEnvironment);
  EXPECT_EQ(file.error().text, "cannot write /nowhere/trace.jsonl: No such file or directory");
}

}  // namespace
}  // namespace handfast::tool
