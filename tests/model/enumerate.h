// What the state x segment matrix is made of: routes into every state, and every kind of segment that can arrive there.
//
// A route is data, so that one list drives both the model and the stack under test. Its numbers are relative: the
// peer's SEQ counts from the peer's initial number, its ACK from ours. States are reached by calls and segments, never
// assigned.
//
// A segment is a choice of five flags, a place for SEQ, a place for ACK and zero or one byte of text, all relative to
// the variables of a given TCB, with a name a person can read: "SYN+ACK seq=inside ack=future text=1".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "textbook.h"

namespace model {

/// One thing that happens on the way to a state.
struct Step {
  enum class Kind { kOpenPassive, kOpenActive, kSend, kClose, kPeerSends };
  Kind kind = Kind::kPeerSends;
  Segment segment = {};   ///< kPeerSends, in relative numbers
  std::string text = {};  ///< kSend
};

/// A way into a state. Several routes end in the same state when what happened before makes a difference there.
struct Route {
  std::string name;  ///< such as "SYN-RECEIVED (passive)"
  State ends_in = State::kClosed;
  std::vector<Step> steps;
};

/// The window that the peer announces in every segment of a route.
inline constexpr std::uint32_t kPeerWindow = 8192;

/// A segment of the peer, with that window.
Step peer(Segment segment);

/// Routes into all eleven states. `receive_window` is the host's whole receive buffer: one route fills it.
std::vector<Route> all_routes(std::uint32_t receive_window);

/// A relative segment in real numbers.
Segment absolute(const Segment& relative, std::uint32_t iss, std::uint32_t irs);

/// Takes one step of a route with the model.
Outcome take_step(Textbook& host, const Step& step, std::uint32_t iss, std::uint32_t irs);

/// The model at the end of a route.
Textbook walk(const Route& route, std::uint32_t iss, std::uint32_t irs, std::uint32_t receive_window);

/// Places for SEG.SEQ. kFarLeft stands beside kLeft because RCV.NXT-1 can be the number of the peer's SYN or FIN.
enum class SequencePlace { kFarLeft, kLeft, kLeftEdge, kInside, kRightEdge, kRight };

/// Places for SEG.ACK. kNone is for segments without the ACK bit. kOld is the lowest that RFC 5961 §5.2 admits,
/// SND.UNA-MAX.SND.WND, and kTooOld is one below it. kPartial lies between SND.UNA and SND.NXT.
enum class AcknowledgmentPlace { kNone, kTooOld, kOld, kDuplicate, kPartial, kAcceptable, kFuture };

std::string_view name_of(SequencePlace place);
std::string_view name_of(AcknowledgmentPlace place);

/// One cell of the matrix in one state.
struct Cell {
  std::string name;
  SequencePlace sequence = SequencePlace::kLeftEdge;
  AcknowledgmentPlace acknowledgment = AcknowledgmentPlace::kNone;
  Segment segment;
};

/// All segments for a TCB: 32 sets of flags, each place that exists for this TCB (a zero window has no inside, and
/// with nothing outstanding kDuplicate is already SND.NXT), 0 and 1 byte of text. No two cells hold the same segment.
std::vector<Cell> all_cells(const Tcb& tcb);

}  // namespace model
