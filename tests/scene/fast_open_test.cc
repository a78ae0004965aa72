#include "scene/scene.h"

// TCP Fast Open (RFC 7413), one end at a time.

namespace handfast::scene {
namespace {

constexpr std::string_view kCookie = "8 bytes.";

// --- the opener ---

LoneEndOptions opener(std::string_view cookie, std::uint16_t mss = 1460) {
  LoneEndOptions options;
  options.fast_open = tcp::FastOpenOffer{};
  if (!cookie.empty()) options.fast_open->cookie = *wire::FastOpenCookie::of(std::as_bytes(std::span(cookie)));
  options.fast_open->mss = mss;
  return options;
}

void opens_with(Scene& s, std::string_view text) {
  s.batch_begins();
  s.host_opens();
  s.caller_sends(text);
  s.batch_ends();
}

TEST(FastOpenOpener, WithoutACookieItAsksForOneAndKeepsItsText) {
  Scene s(opener(""));
  opens_with(s, "GET");
  s.host_sends({.flags = SYN, .cookie = ""});
  s.peer_sends({.flags = SYN_ACK, .ack = 1, .cookie = kCookie});
  s.host_sends({.flags = PSH_ACK, .seq = 1, .text = "GET"});
  s.state_is("ESTABLISHED");
  EXPECT_FALSE(s.info().fast_open);
}

TEST(FastOpenOpener, WithOneTheSynCarriesTheText) {
  Scene s(opener(kCookie));
  opens_with(s, "GET");
  s.host_sends({.flags = SYN, .text = "GET", .cookie = kCookie});
  s.peer_sends({.flags = SYN_ACK, .ack = 4});
  s.host_sends({.flags = ACK, .seq = 4});
  s.state_is("ESTABLISHED");
  EXPECT_TRUE(s.info().fast_open);
  EXPECT_EQ(s.info().bytes_acked, 3u);
  s.silent_for(5min);
}

TEST(FastOpenOpener, TextThatIsNotTakenGoesAgainAtOnce) {
  Scene s(opener(kCookie));
  opens_with(s, "GET");
  s.host_sends({.flags = SYN, .text = "GET", .cookie = kCookie});
  s.peer_sends({.flags = SYN_ACK, .ack = 1});
  s.host_sends({.flags = PSH_ACK, .seq = 1, .text = "GET"});
  EXPECT_TRUE(s.last().again);
  EXPECT_FALSE(s.info().fast_open);
  EXPECT_EQ(s.info().retransmissions, 1u);
  EXPECT_EQ(s.info().bytes_retransmitted, 3u);
  EXPECT_EQ(s.info().repair, RepairPhase::kNone) << "the peer did not want it: that is no congestion";
  s.peer_sends({.flags = ACK, .ack = 4});
  s.silent_for(5min);
}

TEST(FastOpenOpener, TextThatIsNotTakenGoesAgainBeforeOtherTextAndByItself) {
  Scene s(opener(kCookie, 536));
  s.batch_begins();
  s.host_opens();
  s.caller_sends_bytes(2000);
  s.batch_ends();
  s.host_sends({.flags = SYN, .len = 504, .cookie = kCookie});
  s.peer_sends({.flags = SYN_ACK, .ack = 1, .mss = 1460});
  s.host_sends({.flags = PSH_ACK, .seq = 1, .len = 504});
  s.host_sends({.flags = ACK, .seq = 505, .len = 1460});
}

TEST(FastOpenOpener, OfTextThatIsTakenInPartTheRestGoes) {
  Scene s(opener(kCookie));
  opens_with(s, "GET /");
  s.host_sends({.flags = SYN, .text = "GET /", .cookie = kCookie});
  s.peer_sends({.flags = SYN_ACK, .ack = 4});
  s.host_sends({.flags = PSH_ACK, .seq = 4, .text = " /"});
  EXPECT_EQ(s.info().bytes_acked, 3u);
  EXPECT_EQ(s.info().early_text, 3u);
}

TEST(FastOpenOpener, AnAcknowledgmentOfMoreThanWasSentIsAnsweredByAReset) {
  Scene s(opener(kCookie));
  opens_with(s, "GET");
  s.host_sends({.flags = SYN, .text = "GET", .cookie = kCookie});
  s.peer_sends({.flags = SYN_ACK, .ack = 5});
  s.host_sends({.flags = RST, .seq = 5});
  s.state_is("SYN-SENT");
}

TEST(FastOpenOpener, ASynThatDrewNoAnswerGoesAgainWithoutTextAndOption) {  // 7413-6
  Scene s(opener(kCookie));
  opens_with(s, "GET");
  s.host_sends({.flags = SYN, .text = "GET", .cookie = kCookie});
  s.after(1s);
  s.host_sends({.flags = SYN, .seq = 0, .len = 0, .no_cookie = true});
  s.peer_sends({.flags = SYN_ACK, .ack = 1});
  s.host_sends({.flags = PSH_ACK, .seq = 1, .text = "GET"});
}

TEST(FastOpenOpener, AnAnswerToTheFirstSynCountsAfterTheSecondToo) {
  Scene s(opener(kCookie));
  opens_with(s, "GET");
  s.host_sends({.flags = SYN, .text = "GET", .cookie = kCookie});
  s.after(1s);
  s.host_sends({.flags = SYN, .seq = 0, .len = 0, .no_cookie = true});
  s.peer_sends({.flags = SYN_ACK, .ack = 4});
  s.host_sends({.flags = ACK, .seq = 4});
  s.state_is("ESTABLISHED");
}

TEST(FastOpenOpener, ARequestIsNotRepeatedEither) {  // 7413-6
  Scene s(opener(""));
  s.host_opens();
  s.host_sends({.flags = SYN, .cookie = ""});
  s.after(1s);
  s.host_sends({.flags = SYN, .no_cookie = true});
}

TEST(FastOpenOpener, TheSynHasNoMoreThanTheSegmentThatThePeerOnceNamed) {
  Scene s(opener(kCookie, 536));
  s.batch_begins();
  s.host_opens();
  s.caller_sends_bytes(2000);
  s.batch_ends();
  // MSS 4, SACK-permitted and timestamps 12, window scale 4, cookie 12.
  s.host_sends({.flags = SYN, .len = 536 - 32, .cookie = kCookie});
  s.peer_sends({.flags = SYN_ACK, .ack = 505, .mss = 1460});
  s.host_sends({.flags = ACK, .seq = 505, .len = 1460});
}

TEST(FastOpenOpener, ASynWithoutTextIsASynLikeAnyOther) {
  Scene s(opener(kCookie));
  s.host_opens();
  s.host_sends({.flags = SYN, .len = 0, .cookie = kCookie});
  s.peer_sends({.flags = SYN_ACK, .ack = 1});
  s.host_sends({.flags = ACK, .seq = 1});
  EXPECT_FALSE(s.info().fast_open);
}

TEST(FastOpenOpener, ItAsksInTheFormThatItIsTold) {
  LoneEndOptions options = opener("");
  options.fast_open->cookie.experimental = true;
  Scene s(options);
  s.host_opens();
  s.host_sends({.flags = SYN, .cookie = "", .experimental = true});
  s.after(1s);
  s.host_sends({.flags = SYN, .no_cookie = true});
}

TEST(FastOpenOpener, TextGoesWithoutACookieWhereNoneIsNeeded) {
  LoneEndOptions options = opener("");
  options.fast_open->bare = true;
  options.fast_open->mss = 1460;
  Scene s(options);
  opens_with(s, "GET");
  s.host_sends({.flags = SYN, .text = "GET", .no_cookie = true});
  s.peer_sends({.flags = SYN_ACK, .ack = 4});
  s.host_sends({.flags = ACK, .seq = 4});
  EXPECT_TRUE(s.info().fast_open);
}

TEST(FastOpenOpener, OnlyTextThatIsTakenWhollyCounts) {
  Scene s(opener(kCookie));
  opens_with(s, "GET /");
  s.host_sends({.flags = SYN, .text = "GET /", .cookie = kCookie});
  s.peer_sends({.flags = SYN_ACK, .ack = 4});
  s.skip_all();
  EXPECT_FALSE(s.info().fast_open);
}

TEST(FastOpenOpener, ASynTooBigForThePathGoesAgainAtOnceWithoutText) {
  Scene s(opener(kCookie));
  s.batch_begins();
  s.host_opens();
  s.caller_sends_bytes(1000);
  s.batch_ends();
  s.host_sends({.flags = SYN, .len = 1000, .cookie = kCookie});
  EXPECT_EQ(s.end().path_report(s.host_raw(0), 840), DropReason::kNone);
  s.after(0s);
  s.host_sends({.flags = SYN, .seq = 0, .len = 0, .mss = 800, .no_cookie = true});
  EXPECT_EQ(s.end().path_report(s.host_raw(0), 840), DropReason::kIcmpMtuNotSmaller) << "once is enough";
  s.peer_sends({.flags = SYN_ACK, .ack = 1, .mss = 1460});
  s.host_sends({.flags = ACK, .seq = 1, .len = 800});
  s.host_sends({.flags = PSH_ACK, .seq = 801, .len = 200});
}

TEST(FastOpenOpener, WhereBothOpenTheTextWaitsForTheHandshake) {
  Scene s(opener(kCookie));
  opens_with(s, "GET");
  s.host_sends({.flags = SYN, .text = "GET", .cookie = kCookie});
  s.peer_sends({.flags = SYN});
  s.host_sends({.flags = SYN_ACK, .seq = 0, .len = 0, .no_cookie = true});
  s.peer_sends({.flags = ACK, .seq = 1, .ack = 1});
  s.host_sends({.flags = PSH_ACK, .seq = 1, .text = "GET"});
  s.state_is("ESTABLISHED");
}

// --- the acceptor ---

LoneEndOptions acceptor(bool good_cookie = true) {
  LoneEndOptions options;
  options.grants_fast_open = true;
  options.accepts_early = good_cookie;
  return options;
}

TEST(FastOpenAcceptor, GivesACookieToWhoeverAsks) {
  Scene s(acceptor(false));
  s.host_listens();
  s.peer_sends({.flags = SYN, .cookie = ""});
  const Sent answer = s.take();
  ASSERT_TRUE(answer.segment.options.fast_open.has_value());
  EXPECT_EQ(answer.segment.options.fast_open->length, 8);
  s.after(1s);
  s.host_repeats(answer);
}

TEST(FastOpenAcceptor, AnswersTheExperimentalFormInTheSameForm) {
  LoneEndOptions options = acceptor(false);
  options.config.fast_open_experimental = true;
  Scene s(options);
  s.host_listens();
  s.peer_sends({.flags = SYN, .cookie = "", .experimental = true});
  const Sent answer = s.take();
  ASSERT_TRUE(answer.segment.options.fast_open.has_value());
  EXPECT_TRUE(answer.segment.options.fast_open->experimental);
  EXPECT_EQ(answer.segment.options.fast_open->length, 8);
  s.after(1s);
  s.host_repeats(answer);
}

TEST(FastOpenAcceptor, DoesNotKnowTheExperimentalFormUnlessItIsTold) {
  Scene s(acceptor(false));
  s.host_listens();
  s.peer_sends({.flags = SYN, .cookie = "", .experimental = true});
  s.host_sends({.flags = SYN_ACK, .no_cookie = true});
}

TEST(FastOpenAcceptor, WithAGoodCookieAndNoTextItMayStillAnswerAtOnce) {
  Scene s(acceptor());
  s.host_listens();
  s.peer_sends({.flags = SYN, .cookie = kCookie});
  s.host_sends({.flags = SYN_ACK, .ack = 1, .no_cookie = true});
  s.caller_sends("200");
  s.host_sends({.flags = PSH_ACK, .seq = 1, .ack = 1, .text = "200"});
  s.peer_sends({.flags = ACK, .seq = 1, .ack = 4});
  s.state_is("ESTABLISHED");
  EXPECT_FALSE(s.info().fast_open) << "no text came with the SYN";
}

TEST(FastOpenAcceptor, TextOutlivesAResetWhereTheCallerWantsIt) {
  LoneEndOptions options = acceptor();
  options.config.failure_keeps_text = true;
  Scene s(options);
  s.host_listens();
  s.peer_sends({.flags = SYN, .text = "GET", .cookie = kCookie});
  s.host_sends({.flags = SYN_ACK, .ack = 4});
  s.peer_sends({.flags = RST, .seq = 4});
  s.state_is("CLOSED");
  s.caller_receives("GET");
  s.caller_receive_fails(Error::kReset);
}

TEST(FastOpenAcceptor, GivesNoneWhereNobodyAsks) {
  Scene s(acceptor());
  s.host_listens();
  s.peer_sends({.flags = SYN});
  s.host_sends({.flags = SYN_ACK, .no_cookie = true});
}

TEST(FastOpenAcceptor, GivesNoneUnlessTheCallerWantsIt) {  // 7413-1
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = SYN, .cookie = ""});
  s.host_sends({.flags = SYN_ACK, .no_cookie = true});
}

TEST(FastOpenAcceptor, TakesTextWithAGoodCookieAtOnce) {
  Scene s(acceptor());
  s.host_listens();
  s.peer_sends({.flags = SYN, .text = "GET", .cookie = kCookie});
  s.host_sends({.flags = SYN_ACK, .ack = 4});
  s.state_is("SYN-RECEIVED");
  s.caller_receives("GET");
  s.peer_sends({.flags = ACK, .seq = 4, .ack = 1});
  s.state_is("ESTABLISHED");
  EXPECT_TRUE(s.info().fast_open);
  EXPECT_EQ(s.info().bytes_received, 3u);
}

TEST(FastOpenAcceptor, LeavesTextWithABadOneToTheHandshake) {
  Scene s(acceptor(false));
  s.host_listens();
  s.peer_sends({.flags = SYN, .text = "GET", .cookie = kCookie});
  const Sent answer = s.take();
  EXPECT_EQ(answer.segment.ack.value(), Scene::kPeerIss + 1) << "the SYN alone";
  EXPECT_TRUE(answer.segment.options.fast_open.has_value()) << "and a cookie that is good";
}

TEST(FastOpenAcceptor, LeavesAFinBesideTheSynForLater) {
  Scene s(acceptor());
  s.host_listens();
  s.peer_sends({.flags = SYN | FIN, .text = "GET", .cookie = kCookie});
  s.host_sends({.flags = SYN_ACK, .ack = 4});
  s.peer_sends({.flags = FIN_ACK, .seq = 4, .ack = 1});
  s.host_sends({.flags = ACK, .ack = 5});
  s.state_is("CLOSE-WAIT");
}

TEST(FastOpenAcceptor, AnswersBeforeTheHandshakeIsComplete) {
  Scene s(acceptor());
  s.host_listens();
  s.peer_sends({.flags = SYN, .text = "GET", .cookie = kCookie});
  s.host_sends({.flags = SYN_ACK, .ack = 4});
  s.caller_receives("GET");
  s.caller_sends("200");
  s.host_sends({.flags = PSH_ACK, .seq = 1, .ack = 4, .text = "200"});
  s.state_is("SYN-RECEIVED");
  s.peer_sends({.flags = ACK, .seq = 4, .ack = 4});
  s.state_is("ESTABLISHED");
  EXPECT_EQ(s.info().bytes_acked, 3u);
  s.silent_for(5min);
}

TEST(FastOpenAcceptor, TheAnswerWaitsForTheSynAck) {
  Scene s(acceptor());
  s.host_listens();
  s.batch_begins();
  s.peer_sends({.flags = SYN, .text = "GET", .cookie = kCookie});
  s.caller_sends("200");
  s.batch_ends();
  s.host_sends({.flags = SYN_ACK, .ack = 4});
  s.host_sends({.flags = PSH_ACK, .seq = 1, .text = "200"});
}

TEST(FastOpenAcceptor, UntilTheHandshakeIsCompleteTheTimerRepeatsTheSynAck) {
  Scene s(acceptor());
  s.host_listens();
  s.peer_sends({.flags = SYN, .text = "GET", .cookie = kCookie});
  s.host_sends({.flags = SYN_ACK, .ack = 4});
  s.caller_sends("200");
  s.host_sends({.flags = PSH_ACK, .seq = 1, .text = "200"});
  s.silent_for(1s - 1ms);
  s.after(1ms);
  s.host_sends({.flags = SYN_ACK, .seq = 0, .ack = 4});
  s.peer_sends({.flags = ACK, .seq = 4, .ack = 1});
  s.state_is("ESTABLISHED");
  s.after(3s);  // RFC 6298 §5.7: the SYN-ACK went twice
  s.host_sends({.flags = PSH_ACK, .seq = 1, .text = "200"});
}

TEST(FastOpenAcceptor, TheSynAgainDrawsTheSynAckAgain) {
  Scene s(acceptor());
  s.host_listens();
  s.peer_sends({.flags = SYN, .text = "GET", .cookie = kCookie});
  s.host_sends({.flags = SYN_ACK, .ack = 4});
  s.peer_sends({.flags = SYN, .seq = 0});
  s.host_sends({.flags = SYN_ACK, .seq = 0, .ack = 4});
  s.caller_receives("GET");
  s.caller_has_nothing_to_receive();
}

TEST(FastOpenAcceptor, ANewSynIsChallengedAndDoesNotTakeTheConnectionAway) {
  Scene s(acceptor());
  s.host_listens();
  s.peer_sends({.flags = SYN, .text = "GET", .cookie = kCookie});
  s.host_sends({.flags = SYN_ACK, .ack = 4});
  s.peer_sends({.flags = SYN, .seq = 100});
  s.host_sends({.flags = ACK, .seq = 1, .ack = 4});
  s.state_is("SYN-RECEIVED");
}

TEST(FastOpenAcceptor, AResetEndsItForTheCallerToo) {
  Scene s(acceptor());
  s.host_listens();
  s.peer_sends({.flags = SYN, .text = "GET", .cookie = kCookie});
  s.host_sends({.flags = SYN_ACK, .ack = 4});
  s.peer_sends({.flags = RST, .seq = 4});
  s.state_is("CLOSED");
  s.caller_receive_fails(Error::kReset);
}

TEST(FastOpenAcceptor, APeerThatNeverAnswersEndsIt) {
  Scene s(acceptor());
  s.host_listens();
  s.peer_sends({.flags = SYN, .text = "GET", .cookie = kCookie});
  s.host_sends({.flags = SYN_ACK, .ack = 4});
  s.after(2min);
  s.skip_all();
  s.state_is("CLOSED");
  s.caller_receive_fails(Error::kTimedOut);
}

TEST(FastOpenAcceptor, TextBeyondTheWindowIsNotTaken) {
  LoneEndOptions options = acceptor();
  options.config.receive_buffer = 2048;
  Scene s(options);
  s.host_listens();
  s.peer_sends({.flags = SYN, .len = 3000, .cookie = kCookie});
  s.host_sends({.flags = SYN_ACK, .ack = 2049});
}

TEST(FastOpenAcceptor, WithoutMemoryItIsAHandshakeLikeAnyOther) {
  LoneEndOptions options = acceptor();
  options.memory = 0;
  Scene s(options);
  s.host_listens();
  s.peer_sends({.flags = SYN, .text = "GET", .cookie = kCookie});
  s.host_sends({.flags = SYN_ACK, .ack = 1});
}

}  // namespace
}  // namespace handfast::scene
