#include "handfast/trace_outputs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace handfast::tool {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(TraceOutputs, WithoutOptionsNobodyReads) {
  const auto outputs = TraceOutputs::create(StackOptions{});
  ASSERT_TRUE(outputs);
  EXPECT_EQ((*outputs)->sink(), nullptr);
}

TEST(TraceOutputs, EveryReaderGetsTheEventsAndEndsItsFile) {
  StackOptions options;
  options.trace = testing::TempDir() + "handfast_outputs.jsonl";
  options.pcap = testing::TempDir() + "handfast_outputs.pcapng";
  const auto outputs = TraceOutputs::create(options);
  ASSERT_TRUE(outputs);
  const std::vector<std::byte> packet(20);
  const std::span<const std::byte> pieces[] = {packet};
  trace::Event event;
  event.kind = trace::Kind::kFrameReceived;
  event.frame = pieces;
  (*outputs)->sink()->on_event(event);
  EXPECT_EQ((*outputs)->close(), "");
  EXPECT_EQ(std::ranges::count(content_of(options.trace), '\n'), 2) << "the schema and one event";
  const std::string capture = content_of(options.pcap);
  ASSERT_GT(capture.size(), 100u) << "the packet that was held back is written at the end";
  EXPECT_EQ(capture.substr(0, 4), "\x0A\x0D\x0D\x0A");
  std::filesystem::remove(options.trace);
  std::filesystem::remove(options.pcap);
}

TEST(TraceOutputs, AFileThatCannotBeMadeIsKnownBeforehand) {
  StackOptions options;
  options.pcap = "/nowhere/capture.pcapng";
  const auto outputs = TraceOutputs::create(options);
  ASSERT_FALSE(outputs);
  EXPECT_EQ(outputs.error().code, kEnvironment);
}

}  // namespace
}  // namespace handfast::tool
