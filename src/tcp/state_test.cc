#include "tcp/state.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace handfast::tcp {
namespace {

// RFC 9293 §3.3.2 figure 5, and the edges that §3.10 names beside it, written down once more as words.
TEST(State, TheLegalChangesAreThoseOfTheRfc) {
  const std::set<std::string> edges = {"CLOSED>LISTEN",           "CLOSED>SYN-SENT",        "LISTEN>SYN-RECEIVED",
                                       "LISTEN>SYN-SENT",         "LISTEN>CLOSED",          "SYN-SENT>SYN-RECEIVED",
                                       "SYN-SENT>ESTABLISHED",    "SYN-SENT>CLOSED",        "SYN-RECEIVED>ESTABLISHED",
                                       "SYN-RECEIVED>FIN-WAIT-1", "SYN-RECEIVED>LISTEN",    "SYN-RECEIVED>CLOSED",
                                       "SYN-RECEIVED>CLOSE-WAIT", "ESTABLISHED>FIN-WAIT-1", "ESTABLISHED>CLOSE-WAIT",
                                       "ESTABLISHED>CLOSED",      "FIN-WAIT-1>FIN-WAIT-2",  "FIN-WAIT-1>CLOSING",
                                       "FIN-WAIT-1>TIME-WAIT",    "FIN-WAIT-1>CLOSED",      "FIN-WAIT-2>TIME-WAIT",
                                       "FIN-WAIT-2>CLOSED",       "CLOSE-WAIT>LAST-ACK",    "CLOSE-WAIT>CLOSED",
                                       "CLOSING>TIME-WAIT",       "CLOSING>CLOSED",         "LAST-ACK>CLOSED",
                                       "TIME-WAIT>CLOSED",        "TIME-WAIT>SYN-RECEIVED"};
  for (std::size_t from = 0; from < kTcpStateCount; ++from) {
    for (std::size_t to = 0; to < kTcpStateCount; ++to) {
      const std::string edge =
          std::string(to_string(static_cast<State>(from))) + ">" + std::string(to_string(static_cast<State>(to)));
      EXPECT_EQ(is_legal(static_cast<State>(from), static_cast<State>(to)), edges.contains(edge)) << edge;
    }
  }
}

TEST(State, TheSetsSayWhatTheirNamesSay) {
  for (std::size_t i = 0; i < kTcpStateCount; ++i) {
    const auto state = static_cast<State>(i);
    EXPECT_EQ(is_one_of(state, kSynchronized), state >= State::kEstablished) << to_string(state);
    EXPECT_FALSE(is_one_of(state, kReceivesText) && is_one_of(state, kPeerHasClosed)) << to_string(state);
    EXPECT_FALSE(is_one_of(state, kTakesText) && is_one_of(state, kHasClosed)) << to_string(state);
    EXPECT_EQ(is_one_of(state, kSynchronized), is_one_of(state, kReceivesText) || is_one_of(state, kPeerHasClosed));
  }
}

}  // namespace
}  // namespace handfast::tcp
