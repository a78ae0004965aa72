#include "script/calls.h"

// Opening, ending and control: socket, bind, listen, accept, connect, close, shutdown, fcntl, ioctl.

namespace handfast::script {

namespace {

using posix::Outcome;

}  // namespace

Valued<Outcome> ScriptCalls::socket(const CallLine& line, posix::Turn) {
  int family = ellipses_.family;
  if (line.arguments[0].kind != Expression::Kind::kEllipsis) {
    const Valued<std::int64_t> named = number(line, 0);
    if (!named) return std::unexpected(named.error());
    family = static_cast<int>(*named);
  }
  const Valued<std::int64_t> type = number(line, 1);
  const Valued<std::int64_t> protocol = number(line, 2);
  if (!type) return std::unexpected(type.error());
  if (!protocol) return std::unexpected(protocol.error());
  return sockets_.socket(family, static_cast<int>(*type), static_cast<int>(*protocol));
}

Valued<Outcome> ScriptCalls::bind(const CallLine& line, posix::Turn) {
  const Valued<int> fd = descriptor(line, 0);
  if (!fd) return std::unexpected(fd.error());
  const auto address = address_of(line.arguments[1]);
  if (!address) return std::unexpected(address.error());
  return sockets_.bind(*fd, address->value_or(ellipses_.bound));
}

Valued<Outcome> ScriptCalls::listen(const CallLine& line, posix::Turn turn) {
  const Valued<int> fd = descriptor(line, 0);
  if (!fd) return std::unexpected(fd.error());
  const Valued<std::int64_t> backlog = number(line, 1);
  if (!backlog) return std::unexpected(backlog.error());
  return sockets_.listen(*fd, static_cast<int>(*backlog), turn.now);
}

Valued<Outcome> ScriptCalls::accept(const CallLine& line, posix::Turn turn) {
  const Valued<int> fd = descriptor(line, 0);
  if (!fd) return std::unexpected(fd.error());
  return sockets_.accept(*fd, nullptr, turn);
}

Valued<Outcome> ScriptCalls::accept4(const CallLine& line, posix::Turn turn) {
  const Valued<int> fd = descriptor(line, 0);
  if (!fd) return std::unexpected(fd.error());
  const Valued<std::int64_t> flags = number(line, 3);
  if (!flags) return std::unexpected(flags.error());
  return sockets_.accept4(*fd, nullptr, static_cast<int>(*flags), turn);
}

Valued<Outcome> ScriptCalls::connect(const CallLine& line, posix::Turn turn) {
  const Valued<int> fd = descriptor(line, 0);
  if (!fd) return std::unexpected(fd.error());
  const auto address = address_of(line.arguments[1]);
  if (!address) return std::unexpected(address.error());
  return sockets_.connect(*fd, address->value_or(ellipses_.peer), turn);
}

Valued<Outcome> ScriptCalls::close(const CallLine& line, posix::Turn turn) {
  const Valued<int> fd = descriptor(line, 0);
  if (!fd) return std::unexpected(fd.error());
  return sockets_.close(*fd, turn);
}

Valued<Outcome> ScriptCalls::shutdown(const CallLine& line, posix::Turn turn) {
  const Valued<int> fd = descriptor(line, 0);
  if (!fd) return std::unexpected(fd.error());
  const Valued<std::int64_t> how = number(line, 1);
  if (!how) return std::unexpected(how.error());
  return sockets_.shutdown(*fd, static_cast<int>(*how), turn.now);
}

Valued<Outcome> ScriptCalls::fcntl(const CallLine& line, posix::Turn) {
  const Valued<int> fd = descriptor(line, 0);
  if (!fd) return std::unexpected(fd.error());
  const Valued<std::int64_t> command = number(line, 1);
  if (!command) return std::unexpected(command.error());
  std::int64_t argument = 0;
  if (line.arguments.size() > 2) {
    const Valued<std::int64_t> value = number(line, 2);
    if (!value) return std::unexpected(value.error());
    argument = *value;
  }
  return sockets_.fcntl(*fd, static_cast<int>(*command), static_cast<int>(argument));
}

Valued<Outcome> ScriptCalls::io_control(const CallLine& line, posix::Turn) {
  const Valued<int> fd = descriptor(line, 0);
  if (!fd) return std::unexpected(fd.error());
  const Valued<std::int64_t> request = number(line, 1);
  if (!request) return std::unexpected(request.error());
  const Valued<std::int64_t> expected = number_of(unwrapped(line.arguments[2]));
  if (!expected) return std::unexpected(expected.error());
  int value = static_cast<int>(*expected);
  const Outcome outcome = sockets_.io_control(*fd, static_cast<unsigned>(*request), value);
  if (value != *expected) {
    differ("argument 3: expected [" + std::to_string(*expected) + "], seen [" + std::to_string(value) + ']');
  }
  return outcome;
}

}  // namespace handfast::script
