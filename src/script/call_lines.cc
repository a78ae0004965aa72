#include <algorithm>

#include "script/interpreter.h"
#include "script/line_text.h"
#include "script/tcp_info_names.h"

// System calls. One that blocks goes on while the lines after it happen; the next call waits for it, as the one thread
// that makes them in packetdrill does.

namespace handfast::script {

Interpreter::Failure Interpreter::run_call(const ScriptLine& line, const CallLine& call) {
  if (const Failure failure = finish_call()) return failure;
  due_ = due(line);
  if (const Failure failure = wait_for(line)) return failure;
  return begin_call(line, call);
}

Interpreter::Failure Interpreter::begin_call(const ScriptLine& line, const CallLine& call) {
  note_call(call);
  running_ = Running{.line = &line, .started = testbed_->now()};
  if (call.until) running_->until = due_.base + *call.until;
  settle();
  if (call_trouble_) return broken(*call_trouble_);
  if (call.until || running_->answer) return running_->answer ? finish_call() : std::nullopt;
  Verdict verdict = fail(line, "the call blocks, and the line does not say until when");
  verdict.seen = "still waiting at " + seconds_text(script_time(testbed_->now()));
  return verdict;
}

// One more go at the call that has not come back.
void Interpreter::retry_call() {
  if (!running_ || running_->answer || call_trouble_) return;
  const auto& call = std::get<CallLine>(running_->line->what);
  const Valued<std::optional<Answer>> went = calls_->go(call, {testbed_->now(), running_->progress});
  if (!went) {
    call_trouble_ = went.error();
    if (call_trouble_->at == Position{}) call_trouble_->at = running_->line->at;
    return;
  }
  if (!*went) return;
  running_->answer = **went;
  running_->ended = testbed_->now();
  note_answer(call, *running_->answer);
}

// Lets time pass until the call has come back, and judges it.
Interpreter::Failure Interpreter::finish_call() {
  if (!running_) return std::nullopt;
  settle();  // its own time may have come in the very instant up to which time has passed
  while (!running_->answer) {
    const Instant limit = std::min(running_->until, begin_ + options_.virtual_limit) + plan_.tolerance;
    if (is_out_of_time()) break;
    const Instant next = std::min(limit, testbed_->host().next_deadline());
    if (!call_is_due(next == kNever ? next : next + Duration(1)) && !testbed_->step(limit)) break;
    if (call_trouble_) return broken(*call_trouble_);
  }
  const Running ended = *std::move(running_);
  running_.reset();
  return check_call(ended);
}

Interpreter::Failure Interpreter::check_call(const Running& running) const {
  const auto& call = std::get<CallLine>(running.line->what);
  Verdict verdict = fail(*running.line, "");
  verdict.expected = seconds_text(script_time(running.started)) + ' ' + to_string(call);
  if (!running.answer) {
    verdict.what = "the call does not come back";
    verdict.seen = "still waiting at " + seconds_text(script_time(testbed_->now()));
    return verdict;
  }
  const Answer& answer = *running.answer;
  verdict.seen = seconds_text(script_time(running.ended)) + ' ' + call.name + "(...) = " + to_string(answer.outcome);
  if (answer.difference) {
    verdict.what = *answer.difference;
    return verdict;
  }
  if (!call.until) return std::nullopt;
  const Duration tolerance =
      std::max<Duration>(plan_.tolerance, (running.until - running.started) * plan_.tolerance_per_mille / 1000);
  if (running.ended + tolerance >= running.until && running.ended <= running.until + tolerance) return std::nullopt;
  verdict.what = "time: the call was to come back at " + seconds_text(script_time(running.until)) +
                 " and came back at " + seconds_text(script_time(running.ended));
  return verdict;
}

// What a call means for whose packets the next lines are.
void Interpreter::note_call(const CallLine& call) {
  if (!ScriptCalls::connects(call)) return;
  const auto track = tracks_.find(ScriptCalls::descriptor_of(call));
  if (track == tracks_.end() || track->second->phase != Track::Phase::kNew) return;
  track->second->phase = Track::Phase::kConnecting;
  track->second->descriptor = calls_->live(track->first).value_or(-1);
}

void Interpreter::note_answer(const CallLine& call, const Answer& answer) {
  if (answer.outcome.error != 0) return;
  const Valued<std::int64_t> result = number_of(call.result);
  const int scripted = result ? static_cast<int>(*result) : -1;
  if (call.name == "socket") {
    under_test_ = std::make_shared<Track>();
    under_test_->descriptor = static_cast<int>(answer.outcome.value);
    under_test_->numbers.scale_echoes(plan_.scale_echoes);
    tracks_[scripted] = under_test_;
  } else if (call.name == "listen") {
    const auto track = tracks_.find(ScriptCalls::descriptor_of(call));
    if (track != tracks_.end()) track->second->phase = Track::Phase::kListening;
  } else if (call.name.starts_with("accept") && under_test_ != nullptr && under_test_->passive) {
    under_test_->descriptor = static_cast<int>(answer.outcome.value);
    tracks_[scripted] = under_test_;
  }
}

// The names of code blocks: TCP_INFO of the socket under test.
std::optional<std::int64_t> Interpreter::info_value(std::string_view name) {
  if (under_test_ == nullptr || under_test_->descriptor < 0) return std::nullopt;
  testbed_->catch_up();
  posix::LinuxTcpInfo info;
  if (sockets_->tcp_info(under_test_->descriptor, info, testbed_->now()).error != 0) return std::nullopt;
  return tcp_info_value(name, info);
}

}  // namespace handfast::script
