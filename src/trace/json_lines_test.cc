#include "trace/json_lines.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "trace/trace_stage.h"

namespace handfast::trace {
namespace {

using Json = nlohmann::ordered_json;

std::vector<Json> parsed(const std::string& text) {
  std::vector<Json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(Json::parse(line));
  return lines;
}

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

TEST(JsonLines, TheFirstLineNamesTheSchema) {
  StringOutput output;
  JsonLines lines(output);
  EXPECT_EQ(output.text(), "{\"schema\":\"handfast-trace\",\"version\":1,\"time_unit\":\"ns\"}\n");
}

TEST(JsonLines, EveryLineParsesAndHasTheSameKeysInTheSameOrder) {
  StringOutput output;
  JsonLines sink(output);
  Stage stage(sink);
  stage.handshake();
  stage.transfer(3);
  stage.close();
  const std::vector<Json> lines = parsed(output.text());
  ASSERT_EQ(lines.size(), 1u + 11u + 12u + 11u);
  const std::vector<std::string> keys = keys_of(lines[1]);
  const std::vector<std::string> expected = {"at",        "kind",      "host_number", "connection",  "host",
                                             "peer",      "reason",    "reason_text", "reason_rule", "drop",
                                             "drop_text", "drop_rule", "segment",     "before",      "after",
                                             "timer",     "deadline",  "value",       "interface",   "frame_length"};
  EXPECT_EQ(keys, expected);
  for (std::size_t i = 2; i < lines.size(); ++i) EXPECT_EQ(keys_of(lines[i]), keys);
}

TEST(JsonLines, NumbersAreRawAndRelative) {
  StringOutput output;
  JsonLines sink(output);
  Stage stage(sink);
  stage.at_us(1500);
  stage.receives(Stage::kB, Stage::segment(SegmentView::kAck, Stage::kX + 1, Stage::kY + 1, 7),
                 {TcpState::kSynReceived, TcpState::kEstablished}, Reason::kHandshakeAck);
  const Json line = parsed(output.text()).at(1);
  EXPECT_EQ(line["at"], 1'500'000);
  EXPECT_EQ(line["kind"], "SegmentReceived");
  EXPECT_EQ(line["host"], "192.0.2.2:80");
  EXPECT_EQ(line["reason"], "HandshakeAck");
  EXPECT_EQ(line["reason_rule"], "RFC 9293 §3.10.7.4 fifth");
  EXPECT_TRUE(line["drop"].is_null());
  EXPECT_TRUE(line["deadline"].is_null());
  EXPECT_EQ(line["segment"]["seg.seq"], Stage::kX + 1);
  EXPECT_EQ(line["segment"]["seg.seq_relative"], 1);
  EXPECT_EQ(line["segment"]["seg.ack_relative"], 1);
  EXPECT_EQ(line["segment"]["seg.len"], 7);
  EXPECT_EQ(line["segment"]["flags"], "ACK");
  EXPECT_TRUE(line["segment"]["options"]["mss"].is_null());
  EXPECT_EQ(line["before"]["state"], "SYN-RECEIVED");
  EXPECT_EQ(line["after"]["snd.nxt"], Stage::kY + 1);
  EXPECT_EQ(line["after"]["snd.nxt_relative"], 1);
  EXPECT_EQ(line["after"]["rcv.nxt_relative"], 1);
}

TEST(JsonLines, WhatAnEndDoesNotKnowIsNull) {
  StringOutput output;
  JsonLines sink(output);
  Stage stage(sink);
  stage.sends(Stage::kA, Stage::syn(Stage::kX), {TcpState::kClosed, TcpState::kSynSent}, Reason::kSendSyn);
  const Json line = parsed(output.text()).at(1);
  EXPECT_TRUE(line["segment"]["seg.ack"].is_null());
  EXPECT_EQ(line["segment"]["seg.seq_relative"], 0);
  EXPECT_TRUE(line["before"]["iss"].is_null());
  EXPECT_EQ(line["after"]["iss"], Stage::kX);
  EXPECT_TRUE(line["after"]["irs"].is_null());
  EXPECT_EQ(line["segment"]["options"]["mss"], 1460);
}

TEST(JsonLines, FrameBytesAreHexadecimalOnRequest) {
  StringOutput output;
  JsonLines sink(output, {.frame_bytes = true});
  Stage stage(sink);
  const std::byte head[] = {std::byte{0x45}, std::byte{0x0A}};
  const std::byte tail[] = {std::byte{0xFF}};
  const std::span<const std::byte> pieces[] = {head, tail};
  Event event = stage.event_of(Stage::kA, Kind::kFrameSent);
  event.frame = pieces;
  stage.emit(event);
  event = stage.event_of(Stage::kA, Kind::kDropped);
  event.drop = DropReason::kTcpBadChecksum;
  event.deadline = Instant(Duration(-5));
  stage.emit(event);
  const std::vector<Json> lines = parsed(output.text());
  EXPECT_EQ(lines[1]["frame"], "450aff");
  EXPECT_EQ(lines[1]["frame_length"], 3);
  EXPECT_TRUE(lines[2]["frame"].is_null());
  EXPECT_EQ(lines[2]["drop"], "TcpBadChecksum");
  EXPECT_EQ(lines[2]["deadline"], -5);
}

TEST(JsonLines, TheUrgentPointerIsToldWhereItCounts) {
  StringOutput output;
  JsonLines sink(output);
  Stage stage(sink);
  Event event = stage.event_of(Stage::kA, Kind::kSegmentSent);
  event.segment.urgent_pointer = 7;
  stage.emit(event);
  event.segment.flags = SegmentView::kUrg;
  stage.emit(event);
  const std::vector<Json> lines = parsed(output.text());
  EXPECT_FALSE(lines[1]["segment"].contains("seg.up"));
  EXPECT_EQ(lines[2]["segment"]["seg.up"], 7);
}

TEST(JsonLines, EveryByteOfTextComesBack) {
  std::string all = "§";
  for (char c = 0; c < 127; ++c) all += c;
  std::string text;
  append_json_text(text, all);
  EXPECT_EQ(Json::parse(text).get<std::string>(), all);
}

TEST(JsonLines, ValuesOutsideTheirListsStillParse) {
  StringOutput output;
  JsonLines sink(output);
  Stage stage(sink);
  Event event = stage.event_of(Stage::kA, static_cast<Kind>(77));
  event.reason = static_cast<Reason>(60000);
  event.drop = static_cast<DropReason>(255);
  event.before.state = static_cast<TcpState>(99);
  event.segment.options.sack_count = 200;
  event.kind = Kind::kSegmentReceived;
  stage.emit(event);
  const Json line = parsed(output.text()).at(1);
  EXPECT_EQ(line["reason"], "Unknown");
  EXPECT_EQ(line["drop"], "Unknown");
  EXPECT_EQ(line["segment"]["options"]["sack"].size(), 4u);
}

}  // namespace
}  // namespace handfast::trace
