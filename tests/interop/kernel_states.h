#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "kernel.h"
#include "matrix/grid.h"

// Brings a connection of the kernel into one of the states of the grid, by segments and calls, puts a case to it and
// tells what became of it in the words of tests/matrix/outcomes.

namespace handfast::interop {

/// What can be compared: the state after, what is sent, and how many bytes the caller gets.
struct Ending {
  std::string state;  ///< "stays" or a name
  std::string sends;
  std::uint32_t takes = 0;
  friend auto operator<=>(const Ending&, const Ending&) = default;
};

class KernelStates {
 public:
  /// `device` has `network`.1/24 as the kernel's address; the peers are the other addresses of that network.
  KernelStates(std::string_view device, std::uint32_t network);

  /// One case on a connection of its own. Throws Failed where the kernel does not get into the state.
  Ending play(std::string_view table, const matrix::Case& one);

 private:
  Ending put(std::string_view table, const matrix::Case& one);
  void bring_to(std::string_view table);
  void listen_and_syn();
  void establish();
  void peer_sends(wire::TcpFlags flags, std::uint32_t seq_ahead, std::uint32_t ack);
  /// The next segment that the kernel sent on this flow; fails where there is none.
  Heard expect(wire::TcpFlags flags);
  std::optional<Heard> next();
  void note(const Heard& heard);
  void kernel_sends_text();
  void kernel_closes();
  /// The kernel owes an acknowledgment that it may delay: an old segment draws it at once.
  std::string acknowledgment_owed(const matrix::Case& one);
  std::string answers(const matrix::Case& one, bool took_something);
  void next_flow();
  void clear_up();

  Tun tun_;
  Diagnosis diagnosis_;
  Socket listener_;
  Socket socket_;
  Flow flow_;
  std::deque<Heard> heard_;
  matrix::Variables at_;
  std::uint32_t iss_ = 0;  // the kernel's
};

}  // namespace handfast::interop
