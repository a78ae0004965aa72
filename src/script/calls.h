#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "posix/socket_calls.h"
#include "script/script.h"
#include "script/values.h"

// The system calls of a script, made of the socket calls: arguments out of expressions, and what comes back held
// against what the line says. A call that waits is made again with the same Progress.

namespace handfast::script {

/// What the arguments that a script leaves out (...) stand for.
struct Ellipses {
  int family = 2;              ///< of socket()
  posix::SocketAddress bound;  ///< of bind()
  posix::SocketAddress peer;   ///< of connect() and of sendto()
};

/// How a call ended.
struct Answer {
  posix::Outcome outcome;
  std::optional<std::string> difference;  ///< from the line: "result: expected 1000, seen -1 EAGAIN (...)"
};

class ScriptCalls {
 public:
  ScriptCalls(posix::SocketCalls& sockets, Ellipses ellipses);

  /// One go. Nothing: the call waits. Trouble: the line cannot be run.
  Valued<std::optional<Answer>> go(const CallLine& line, posix::Turn turn);

  /// The descriptor of SocketCalls that a script's stands for.
  std::optional<int> live(int scripted) const;
  /// The first argument as a descriptor of the script; -1 where it is none.
  static int descriptor_of(const CallLine& line);
  /// Whether the call opens a connection: connect, and a send with MSG_FASTOPEN.
  static bool connects(const CallLine& line);

 private:
  using Verb = Valued<posix::Outcome> (ScriptCalls::*)(const CallLine& line, posix::Turn turn);
  struct Named;
  static const Named* named(const std::string& name);

  Valued<posix::Outcome> socket(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> bind(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> listen(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> accept(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> accept4(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> connect(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> close(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> shutdown(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> read(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> readv(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> recv(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> recvmsg(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> write(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> writev(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> send(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> sendto(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> sendmsg(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> fcntl(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> io_control(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> setsockopt(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> getsockopt(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> poll(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> epoll_create(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> epoll_create1(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> epoll_ctl(const CallLine& line, posix::Turn turn);
  Valued<posix::Outcome> epoll_wait(const CallLine& line, posix::Turn turn);

  Valued<std::int64_t> number(const CallLine& line, std::size_t index) const;
  Valued<int> descriptor(const CallLine& line, std::size_t index) const;
  /// What a call on one text has beside it: (fd, text, size) or (fd, text, size, flags).
  struct TextCall {
    int fd = -1;
    std::int64_t size = 0;
    int flags = 0;
  };
  Valued<TextCall> text_call(const CallLine& line, bool has_flags) const;
  Valued<posix::Buffer> room(const Expression& buffer, std::int64_t size);
  Valued<posix::ConstBuffer> text(const Expression& buffer, std::int64_t size);
  Valued<std::vector<posix::Buffer>> rooms(const Expression& vector);
  Valued<std::vector<posix::ConstBuffer>> texts(const Expression& vector);
  Valued<std::vector<std::byte>> option_value(const Expression& value, std::int64_t length) const;
  void compare_option(const CallLine& line, std::span<const std::byte> seen);
  std::optional<Trouble> compare_flags(const Expression& expected, int seen);
  std::optional<Trouble> compare_control(const Expression& expected, std::span<const posix::ControlMessage> seen);
  Valued<std::uint64_t> epoll_data(const Expression& event) const;
  void differ(std::string difference);
  std::optional<std::string> compare_result(const CallLine& line, const posix::Outcome& outcome) const;
  void note_descriptor(const CallLine& line, const posix::Outcome& outcome);

  posix::SocketCalls& sockets_;
  Ellipses ellipses_;
  std::map<int, int> descriptors_;         ///< the script's to those of sockets_
  std::vector<std::byte> bytes_;           ///< of texts, zeros, and of what is received
  std::optional<std::string> difference_;  ///< of what the call wrote, from what the line says
};

/// "-1 EAGAIN (Resource temporarily unavailable)" or a number.
std::string to_string(const posix::Outcome& outcome);

}  // namespace handfast::script
