#include "script/interpreter.h"

#include <algorithm>

#include "script/line_text.h"
#include "script/parse_code.h"

// Lines and their times. A time that counts from the event before (+0.1) counts from when that really happened, unless
// both are packets to the host, which keep the distance that the script gives them.

namespace handfast::script {

namespace {

using Kind = TimeWords::Kind;

constexpr std::uint32_t kStepsBetweenLooks = 256;

std::string text_of(const ScriptLine& line) {
  if (const auto* packet = std::get_if<PacketLine>(&line.what)) return to_string(*packet);
  if (const auto* call = std::get_if<CallLine>(&line.what)) return to_string(*call);
  if (const auto* command = std::get_if<CommandLine>(&line.what)) return '`' + command->text + '`';
  return "%{ " + std::get<CodeLine>(line.what).text + " }%";
}

constexpr std::size_t kMostPrinted = 1000;  // lines of one run, each of a bounded length

bool is_inbound(const ScriptLine* line) {
  if (line == nullptr) return false;
  const auto* packet = std::get_if<PacketLine>(&line->what);
  return packet != nullptr && packet->direction == Direction::kInbound;
}

bool is_relative(const TimeWords& time) { return time.kind == Kind::kRelative || time.kind == Kind::kRelativeRange; }

}  // namespace

Verdict run(const Script& script, const RunOptions& options) {
  const auto plan = plan_of(script, options);
  if (!plan) {
    return {.kind = plan.error().unsupported ? Verdict::Kind::kUnsupported : Verdict::Kind::kBroken,
            .at = plan.error().at,
            .what = plan.error().what};
  }
  return Interpreter(script, options, *plan).run();
}

Interpreter::Interpreter(const Script& script, const RunOptions& options, Plan plan)
    : script_(script), options_(options), plan_(std::move(plan)) {}

Verdict Interpreter::run() {
  Verdict verdict = run_lines().value_or(Verdict{});
  verdict.printed = std::move(printed_);
  return verdict;
}

Interpreter::Failure Interpreter::run_lines() {
  if (const Failure failure = start()) return failure;
  for (const ScriptLine& line : script_.lines) {
    if (const Failure failure = run_line(line)) return failure;
    last_ = &line;
  }
  return check_end();
}

Interpreter::Failure Interpreter::start() {
  if (script_.first_command) {
    if (const Failure failure = run_commands(script_.first_command->text, {.line = 1, .column = 1})) return failure;
  }
  auto testbed = Testbed::create(profile_, plan_.addresses, options_.sink);
  if (!testbed) {
    return Verdict{.kind = Verdict::Kind::kBroken, .what = "no Host can be made: " + testbed.error().message()};
  }
  testbed_ = *std::move(testbed);
  sockets_ = std::make_unique<posix::SocketCalls>(testbed_->host(), profile_.settings);
  calls_ = std::make_unique<ScriptCalls>(*sockets_, ellipses_of(plan_));
  testbed_->on_moved([this] { settle(); });
  begin_ = testbed_->now();
  last_at_ = begin_;
  return std::nullopt;
}

Interpreter::Failure Interpreter::run_commands(const std::string& text, Position at) {
  const Commands commands = read_commands(text);
  if (!commands.unsupported.empty()) {
    return Verdict{.kind = Verdict::Kind::kUnsupported,
                   .at = at,
                   .what = "no command is executed, and this one is not understood: " + commands.unsupported.front()};
  }
  for (const Setting& setting : commands.settings) {
    if (const auto complaint = apply(setting, testbed_ != nullptr, profile_)) {
      return Verdict{.kind = Verdict::Kind::kUnsupported, .at = at, .what = *complaint};
    }
  }
  if (commands.forgets_peers && testbed_ != nullptr) testbed_->host().forget_fast_open_peers();
  if (sockets_ != nullptr) sockets_->settings() = profile_.settings;
  return std::nullopt;
}

// What the Host was moved to do: calls that wait are worth another go, and that may move it again.
void Interpreter::settle() {
  do {
    sockets_->take_events(testbed_->now());
    retry_call();
  } while (testbed_->collect());
}

Interpreter::Due Interpreter::due(const ScriptLine& line) const {
  const Instant now = testbed_->now();
  if (line.time.kind == Kind::kAny) return {.base = begin_, .at = now, .until = begin_ + options_.virtual_limit};
  Instant base = begin_;
  if (is_relative(line.time)) base = is_inbound(last_) && is_inbound(&line) ? last_at_ : now;
  const bool is_range = line.time.kind == Kind::kAbsoluteRange || line.time.kind == Kind::kRelativeRange;
  return {.base = base, .at = base + line.time.at, .until = base + (is_range ? line.time.end : line.time.at)};
}

// packetdrill's: 4 ms, or an eighth of the time since the line before, whichever is more.
Duration Interpreter::tolerance_at(Instant when) const {
  if (last_ == nullptr) return plan_.tolerance;
  return std::max<Duration>(plan_.tolerance, (when - last_at_) * plan_.tolerance_per_mille / 1000);
}

bool Interpreter::is_out_of_time() {
  if (testbed_->now() - begin_ > options_.virtual_limit) return true;
  if (++steps_ % kStepsBetweenLooks != 0 || !options_.is_out_of_time) return false;
  return options_.is_out_of_time();
}

Interpreter::Failure Interpreter::run_line(const ScriptLine& line) {
  due_ = due(line);
  if (due_.at - begin_ > options_.virtual_limit || is_out_of_time()) {
    return Verdict{.kind = Verdict::Kind::kTooLong, .at = line.at, .what = "the limit of time is reached"};
  }
  Failure failure;
  if (const auto* packet = std::get_if<PacketLine>(&line.what)) {
    failure = packet->direction == Direction::kInbound ? run_inbound(line, *packet) : run_outbound(line, *packet);
  } else if (const auto* call = std::get_if<CallLine>(&line.what)) {
    failure = run_call(line, *call);
  } else if (const auto* command = std::get_if<CommandLine>(&line.what)) {
    failure = wait_for(line);
    if (!failure) failure = run_commands(command->text, line.at);
  } else {
    failure = run_code(line, std::get<CodeLine>(line.what));
  }
  return failure ? failure : check_health(line);
}

// A call that waits may have a time of its own, the timeout of poll() say. Lets it come where it is the next thing
// before `limit`; false: it is not.
bool Interpreter::call_is_due(Instant limit) {
  if (!running_ || running_->answer) return false;
  const Instant due = running_->progress.deadline;
  if (due >= limit || due <= testbed_->now()) return false;
  testbed_->pass_to(due);
  settle();
  return true;
}

// Time passes up to the line's; it must not be over already.
Interpreter::Failure Interpreter::wait_for(const ScriptLine& line) {
  const Instant when = due_.at;
  const Instant late = testbed_->now();
  if (late > when + tolerance_at(when)) {
    return fail(line, "time: expected at " + seconds_text(script_time(when)) + ", but it is " +
                          seconds_text(script_time(late)) + " already");
  }
  while (call_is_due(when)) {
  }
  testbed_->pass_to(when);
  last_at_ = when;
  return std::nullopt;
}

Interpreter::Failure Interpreter::check_health(const ScriptLine& line) const {
  if (call_trouble_) return broken(*call_trouble_);
  if (testbed_->broken()) return fail(line, "the stack sent " + *testbed_->broken());
  return std::nullopt;
}

// Nothing may be left over: not a call that has not come back, nor a segment that no line has claimed.
Interpreter::Failure Interpreter::check_end() {
  if (const Failure failure = finish_call()) return failure;
  if (script_.lines.empty()) return std::nullopt;
  settle();
  drop_foreign();
  const ScriptLine& line = script_.lines.back();
  // packetdrill's scripts often end in the middle of a conversation.
  const auto is_last = [&] { return testbed_->sent().front().at == testbed_->now(); };
  const bool is_over = testbed_->sent().empty() || options_.unclaimed == Unclaimed::kIsNotHeeded ||
                       (options_.unclaimed == Unclaimed::kMayBeLast && is_last());
  if (is_over) return check_health(line);
  const LivePacket seen = in_script_numbers(testbed_->sent().front());
  Verdict verdict = fail(line, "a segment that no line expects");
  verdict.expected = "nothing behind " + text_of(line);
  verdict.seen = seconds_text(script_time(seen.at)) + ' ' + to_string(seen, nullptr);
  return verdict;
}

Interpreter::Failure Interpreter::run_code(const ScriptLine& line, const CodeLine& code) {
  if (const Failure failure = wait_for(line)) return failure;
  const auto parsed = parse_code(code, script_.name);
  if (!parsed) {
    return Verdict{.kind = parsed.error().supported ? Verdict::Kind::kBroken : Verdict::Kind::kUnsupported,
                   .at = parsed.error().at,
                   .what = parsed.error().message()};
  }
  const CodeOutcome outcome = evaluate(*parsed, variables_, [this](std::string_view name) { return info_value(name); });
  for (const std::string& line_printed : outcome.printed) {
    if (printed_.size() < kMostPrinted) printed_.push_back(line_printed);
  }
  if (outcome.passed()) return std::nullopt;
  const bool failed = outcome.kind == CodeOutcome::Kind::kFailed;
  Verdict verdict = fail(line, failed ? "an assertion does not hold" : outcome.message);
  verdict.at = outcome.at;
  verdict.expected = outcome.text;
  for (const auto& [name, value] : outcome.values) {
    verdict.seen += (verdict.seen.empty() ? "" : ", ") + name + " = " + value;
  }
  if (!failed) verdict.kind = Verdict::Kind::kBroken;
  return verdict;
}

Verdict Interpreter::fail(const ScriptLine& line, std::string what) const {
  Verdict verdict{.kind = Verdict::Kind::kFailed, .at = line.at, .what = std::move(what)};
  verdict.expected = seconds_text(script_time(due_.at)) + ' ' + text_of(line);
  return verdict;
}

Verdict Interpreter::broken(const Trouble& trouble) {
  return {.kind = trouble.unsupported ? Verdict::Kind::kUnsupported : Verdict::Kind::kBroken,
          .at = trouble.at,
          .what = trouble.what};
}

}  // namespace handfast::script
