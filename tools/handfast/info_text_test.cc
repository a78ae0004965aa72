#include "handfast/info_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace handfast::tool {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

TcpInfo some_info() {
  TcpInfo info;
  info.state = TcpState::kEstablished;
  info.tuple = {{IpAddress::v4(192, 0, 2, 1), 40000}, {IpAddress::v4(192, 0, 2, 2), 80}};
  info.congestion = "cubic";
  info.cwnd = 14600;
  info.ssthresh = 1u << 30;
  info.srtt = 20ms;
  info.rttvar = 5ms;
  info.rto = 200ms;
  info.mss = 1448;
  info.path_mtu = 1500;
  return info;
}

TEST(InfoText, NamesWhatSsNames) {
  const std::string text = info_text(some_info());
  for (const char* part : {"ESTABLISHED 192.0.2.1:40000 -> 192.0.2.2:80", "cubic", "rto:200", "rtt:20.000/5.000",
                           "mss:1448", "pmtu:1500", "cwnd:14600", "unacked:0", "retrans:0/0", "repair:none"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(InfoText, LeavesOutWhatIsNotKnown) {
  const std::string text = info_text(some_info());
  for (const char* part : {"ssthresh", "minrtt", "delivery_rate", "pacing_rate", "backoff", "reord_seen", "error",
                           "ato", "rcv_rtt", "rcv_space", "rcv_ssthresh"}) {
    EXPECT_THAT(text, Not(HasSubstr(part)));
  }
}

TEST(InfoText, NamesWhatTheReceiverWorksWith) {
  TcpInfo info = some_info();
  info.rcv_wnd = 50'000;
  info.receive_room = 60'000;
  info.ack_delay = 40ms;
  EXPECT_THAT(info_text(info), HasSubstr("rcv_wnd:50000 rcv_ssthresh:60000"));
  EXPECT_THAT(info_text(info), HasSubstr("rtt:20.000/5.000 ato:40 mss"));
  info.receive_round_trip = 20'500us;
  info.receive_taken = 5'000'000'000;
  EXPECT_THAT(info_text(info), HasSubstr("rcv_wnd:50000 rcv_rtt:20.5 rcv_space:5000000000 rcv_ssthresh:60000"));
}

TEST(InfoText, RatesAreInBitsASecond) {
  TcpInfo info = some_info();
  info.delivery_rate = 12'500'000;
  info.delivery_is_app_limited = true;
  info.pacing_rate = 1'250;
  EXPECT_THAT(info_text(info), HasSubstr("delivery_rate:100.00Mbps app_limited pacing_rate:10.00kbps"));
}

TEST(InfoText, TheSendRateIsTheWindowInARoundTrip) {
  EXPECT_THAT(info_text(some_info()), HasSubstr("send:5.84Mbps"));
  TcpInfo unmeasured = some_info();
  unmeasured.srtt = {};
  EXPECT_THAT(info_text(unmeasured), Not(HasSubstr("send:")));
}

TEST(InfoText, WhatHeldTheSenderBackIsAShareOfTheBusyTime) {
  TcpInfo info = some_info();
  EXPECT_THAT(info_text(info), Not(HasSubstr("limited")));
  info.busy = 200ms;
  info.limited_by_window = 50ms;
  EXPECT_THAT(info_text(info), HasSubstr("busy:200ms rwnd_limited:50ms(25.0%) user_timeout"));
}

TEST(InfoText, CountsBytesAndSegments) {
  TcpInfo info = some_info();
  info.bytes_sent = 5'000'000'000;
  info.segments_received = 7;
  EXPECT_THAT(info_text(info),
              HasSubstr("bytes_sent:5000000000 bytes_retrans:0 bytes_acked:0 bytes_received:0 segs_out:0 segs_in:7"));
}

}  // namespace
}  // namespace handfast::tool
