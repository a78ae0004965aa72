#include "script/calls.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "posix/linux_numbers.h"
#include "script/errors.h"

// Names, arguments and results; what each call does with them is in socket_lines.cc, text_lines.cc and option_lines.cc.

namespace handfast::script {

struct ScriptCalls::Named {
  std::string_view name;
  std::size_t arguments;  // at least
  Verb verb;
  bool opens;  // its result is a new descriptor
};

const ScriptCalls::Named* ScriptCalls::named(const std::string& name) {
  static constexpr auto kCalls = std::to_array<Named>({
      {"socket", 3, &ScriptCalls::socket, true},
      {"bind", 3, &ScriptCalls::bind, false},
      {"listen", 2, &ScriptCalls::listen, false},
      {"accept", 3, &ScriptCalls::accept, true},
      {"accept4", 4, &ScriptCalls::accept4, true},
      {"connect", 3, &ScriptCalls::connect, false},
      {"close", 1, &ScriptCalls::close, false},
      {"shutdown", 2, &ScriptCalls::shutdown, false},
      {"read", 3, &ScriptCalls::read, false},
      {"readv", 3, &ScriptCalls::readv, false},
      {"recv", 4, &ScriptCalls::recv, false},
      {"recvfrom", 6, &ScriptCalls::recv, false},
      {"recvmsg", 3, &ScriptCalls::recvmsg, false},
      {"write", 3, &ScriptCalls::write, false},
      {"writev", 3, &ScriptCalls::writev, false},
      {"send", 4, &ScriptCalls::send, false},
      {"sendto", 6, &ScriptCalls::sendto, false},
      {"sendmsg", 3, &ScriptCalls::sendmsg, false},
      {"fcntl", 2, &ScriptCalls::fcntl, false},
      {"ioctl", 3, &ScriptCalls::io_control, false},
      {"setsockopt", 5, &ScriptCalls::setsockopt, false},
      {"getsockopt", 5, &ScriptCalls::getsockopt, false},
      {"poll", 3, &ScriptCalls::poll, false},
      {"epoll_create", 1, &ScriptCalls::epoll_create, true},
      {"epoll_create1", 1, &ScriptCalls::epoll_create1, true},
      {"epoll_ctl", 4, &ScriptCalls::epoll_ctl, false},
      {"epoll_wait", 4, &ScriptCalls::epoll_wait, false},
  });
  const auto found = std::ranges::find(kCalls, name, &Named::name);
  return found == kCalls.end() ? nullptr : &*found;
}

ScriptCalls::ScriptCalls(posix::SocketCalls& sockets, Ellipses ellipses)
    : sockets_(sockets), ellipses_(std::move(ellipses)) {}

Valued<std::optional<Answer>> ScriptCalls::go(const CallLine& line, posix::Turn turn) {
  const Position at = line.result.at;
  const Named* call = named(line.name);
  if (call == nullptr) {
    return std::unexpected(Trouble{.at = at, .what = "the call " + line.name + " is not known", .unsupported = true});
  }
  if (line.arguments.size() < call->arguments) {
    return std::unexpected(Trouble{.at = at,
                                   .what = line.name + " takes " + std::to_string(call->arguments) +
                                           " arguments, not " + std::to_string(line.arguments.size())});
  }
  difference_.reset();
  const Valued<posix::Outcome> outcome = (this->*call->verb)(line, turn);
  if (!outcome) return std::unexpected(outcome.error());
  if (outcome->waits) return std::nullopt;
  if (call->opens) note_descriptor(line, *outcome);
  if (line.name == "close" && outcome->error == 0) descriptors_.erase(descriptor_of(line));
  Answer answer{.outcome = *outcome, .difference = compare_result(line, *outcome)};
  // What a failed call wrote is nobody's business.
  if (!answer.difference && outcome->error == 0) answer.difference = difference_;
  return answer;
}

void ScriptCalls::note_descriptor(const CallLine& line, const posix::Outcome& outcome) {
  if (outcome.error != 0) return;
  const Valued<std::int64_t> scripted = number_of(line.result);
  if (scripted) descriptors_[static_cast<int>(*scripted)] = static_cast<int>(outcome.value);
}

std::optional<std::string> ScriptCalls::compare_result(const CallLine& line, const posix::Outcome& outcome) const {
  const auto difference = [&] {
    const std::string error = line.error.empty() ? "" : ' ' + line.error;
    return "result: expected " + line.result.to_string() + error + ", seen " + to_string(outcome);
  };
  if (line.result.kind == Expression::Kind::kEllipsis) return std::nullopt;
  const Valued<std::int64_t> value = number_of(line.result);
  if (!value) return value.error().what;
  if (!line.error.empty() && number_of_error(line.error) != outcome.error) return difference();
  const Named* call = named(line.name);
  // Which number a descriptor has is between the script and its map.
  const bool same = call->opens && *value >= 0 ? outcome.error == 0 : *value == outcome.value;
  return same ? std::nullopt : std::optional(difference());
}

std::string to_string(const posix::Outcome& outcome) {
  if (outcome.error == 0) return std::to_string(outcome.value);
  std::string text = "-1 ";
  text += name_of_errno(outcome.error);
  return text + " (" + std::string(text_of_errno(outcome.error)) + ')';
}

std::optional<int> ScriptCalls::live(int scripted) const {
  const auto found = descriptors_.find(scripted);
  return found == descriptors_.end() ? std::nullopt : std::optional(found->second);
}

int ScriptCalls::descriptor_of(const CallLine& line) {
  if (line.arguments.empty() || line.arguments[0].kind != Expression::Kind::kInteger) return -1;
  return static_cast<int>(line.arguments[0].number);
}

bool ScriptCalls::connects(const CallLine& line) {
  if (line.name == "connect") return true;
  const std::size_t flags = line.name == "sendto" ? 3 : line.name == "sendmsg" ? 2 : 0;
  if (flags == 0 || line.arguments.size() <= flags) return false;
  const Valued<std::int64_t> value = number_of(line.arguments[flags]);
  return value && (*value & posix::kMsgFastopen) != 0;
}

Valued<std::int64_t> ScriptCalls::number(const CallLine& line, std::size_t index) const {
  return number_of(line.arguments[index]);
}

Valued<int> ScriptCalls::descriptor(const CallLine& line, std::size_t index) const {
  const Valued<std::int64_t> scripted = number(line, index);
  if (!scripted) return std::unexpected(scripted.error());
  // A number that no call gave is one that no program has: the call says EBADF.
  return live(static_cast<int>(*scripted)).value_or(-1);
}

void ScriptCalls::differ(std::string difference) {
  if (!difference_) difference_ = std::move(difference);
}

}  // namespace handfast::script
