#include "kernel_states.h"

namespace handfast::interop {

namespace {

using matrix::Case;

constexpr std::uint16_t kListens = 80;
constexpr std::uint16_t kNobody = 9;
constexpr std::uint32_t kIrs = 0x7FFFFFF0;
constexpr std::uint16_t kPeerWindow = 8192;

wire::TcpHeader header_of(wire::TcpFlags flags, std::uint32_t seq, std::uint32_t ack, std::uint16_t window) {
  wire::TcpHeader header;
  header.flags = flags;
  header.seq = seq;
  header.ack = ack;
  header.window = window;
  header.urgent_pointer = matrix::kUrgentPointer;
  return header;
}

}  // namespace

KernelStates::KernelStates(std::string_view device, std::uint32_t network)
    : tun_(device), listener_(Socket::listening(network + 1, kListens)) {
  flow_ = {.kernel_address = network + 1, .peer_address = network + 2, .peer_port = 1023};
}

// Each case has a peer of its own, so that no case sees what another left behind.
void KernelStates::next_flow() {
  if (++flow_.peer_port == 0xFFFF) {
    flow_.peer_port = 1024;
    ++flow_.peer_address;
  }
  flow_.kernel_port = kListens;
  heard_.clear();
  at_ = {.snd_una = 1000,
         .snd_nxt = 1001,
         .max_snd_wnd = kPeerWindow,
         .rcv_nxt = kIrs + 1,
         .rcv_wnd = 64240,
         .peer_known = false};
}

// --- segments ---

void KernelStates::note(const Heard& heard) {
  const wire::TcpHeader& header = heard.header;
  const bool controls = header.flags.has_any(wire::kSyn | wire::kFin);
  const std::uint32_t end = header.seq + heard.text_length + (controls ? 1 : 0);
  at_.snd_nxt = end;
  if (header.flags.has(wire::kAck)) at_.rcv_wnd = header.ack + header.window - at_.rcv_nxt;
}

std::optional<Heard> KernelStates::next() {
  for (Heard& heard : tun_.drain()) {
    if (heard.flow == flow_) heard_.push_back(std::move(heard));
  }
  if (heard_.empty()) return std::nullopt;
  Heard first = heard_.front();
  heard_.pop_front();
  return first;
}

Heard KernelStates::expect(wire::TcpFlags flags) {
  const auto heard = next();
  if (!heard) fail("the kernel was silent on the way to a state");
  if (!heard->header.flags.has(flags)) fail("the kernel sent something else on the way to a state");
  note(*heard);
  return *heard;
}

void KernelStates::peer_sends(wire::TcpFlags flags, std::uint32_t seq, std::uint32_t ack) {
  if (flags.has(wire::kAck)) at_.snd_una = ack;
  if (flags.has(wire::kFin)) at_.rcv_nxt = seq + 1;
  tun_.send(flow_, header_of(flags, seq, ack, kPeerWindow), {});
}

// --- the ways ---

void KernelStates::listen_and_syn() {
  at_.rcv_nxt = kIrs + 1;
  at_.peer_known = true;
  peer_sends(wire::kSyn, kIrs, 0);
  iss_ = expect(wire::kSyn | wire::kAck).header.seq;
  at_.snd_una = iss_;
}

void KernelStates::establish() {
  listen_and_syn();
  peer_sends(wire::kAck, kIrs + 1, iss_ + 1);
  socket_ = listener_.accept();
  if (!socket_.is_open()) fail("the kernel accepted nothing");
}

// The kernel may keep the acknowledgment of a FIN back, so what it sends before is of no interest.
void KernelStates::kernel_sends_text() {
  socket_.send("ab");
  while (expect(wire::kAck).text_length == 0) continue;
}

void KernelStates::kernel_closes() {
  socket_.half_close();
  while (!expect(wire::kAck).header.flags.has(wire::kFin)) continue;
}

void KernelStates::bring_to(std::string_view table) {
  using namespace wire;
  if (table == "CLOSED") {
    flow_.kernel_port = kNobody;
  } else if (table.starts_with("SYN-SENT") || table == "SYN-RECEIVED-both-opened") {
    socket_ = Socket::connecting(flow_);
    iss_ = expect(kSyn).header.seq;
    at_.snd_una = iss_;
    at_.max_snd_wnd = 0;
    if (table == "SYN-SENT") return;
    at_.peer_known = true;
    peer_sends(kSyn, kIrs, 0);
    (void)expect(kSyn | kAck);
    at_.max_snd_wnd = kPeerWindow;
  } else if (table == "SYN-RECEIVED") {
    listen_and_syn();
  } else if (table != "LISTEN") {
    establish();
    const std::uint32_t seq = kIrs + 1;
    if (table == "ESTABLISHED") {
      kernel_sends_text();
    } else if (table == "CLOSE-WAIT" || table == "LAST-ACK") {
      peer_sends(kFin | kAck, seq, iss_ + 1);
      if (table == "LAST-ACK") return kernel_closes();
      kernel_sends_text();
    } else {
      kernel_closes();
      if (table == "FIN-WAIT-1") return;
      if (table == "CLOSING") {
        peer_sends(kFin | kAck, seq, iss_ + 1);
        (void)expect(kAck);
        return;
      }
      peer_sends(kAck, seq, iss_ + 2);
      if (table == "FIN-WAIT-2") return;
      peer_sends(kFin | kAck, seq, iss_ + 2);
      (void)expect(kAck);
    }
  }
}

// --- the case ---

std::string KernelStates::acknowledgment_owed(const Case& one) {
  tun_.send(flow_, header_of(wire::kAck, at_.rcv_nxt - 1, at_.snd_nxt, matrix::kCaseWindow), {});
  const auto heard = next();
  if (!heard) return "-";
  const wire::TcpHeader& header = heard->header;
  return matrix::name_of(matrix::Answer{.flags = header.flags.bits(), .seq = header.seq, .ack = header.ack}, one, at_,
                         iss_);
}

std::string KernelStates::answers(const Case& one, bool took_something) {
  constexpr wire::TcpFlags kEcn = wire::kEce | wire::kCwr | wire::kAe;
  std::string list;
  while (const auto heard = next()) {
    const wire::TcpHeader& header = heard->header;
    // In SYN-SENT a bad acknowledgment makes the kernel send its SYN again two ticks later, which may be now.
    if (header.flags.has(wire::kSyn) && !header.flags.has(wire::kAck)) continue;
    const matrix::Answer answer{.flags = header.flags.without(kEcn | wire::kPsh).bits(),
                                .seq = header.seq,
                                .ack = header.ack,
                                .text = heard->text_length};
    // A new connection has numbers of its own.
    const std::uint32_t iss = at_.peer_known && header.seq == iss_ ? iss_ : header.seq;
    list += (list.empty() ? "" : ", ") + matrix::name_of(answer, one, at_, iss);
  }
  if (!list.empty()) return list;
  return took_something ? acknowledgment_owed(one) : "-";
}

void KernelStates::clear_up() {
  socket_.abort();
  socket_ = listener_.accept();
  socket_.abort();
  // What is left is half open or lingers: a reset at RCV.NXT ends it.
  tun_.send(flow_, header_of(wire::kRst, at_.rcv_nxt, 0, 0), {});
  (void)tun_.drain();
}

Ending KernelStates::play(std::string_view table, const Case& one) {
  next_flow();
  try {
    Ending ending = put(table, one);
    clear_up();
    return ending;
  } catch (const Failed&) {
    clear_up();
    throw;
  }
}

Ending KernelStates::put(std::string_view table, const Case& one) {
  bring_to(table);
  if (const auto more = next()) fail("the kernel said more than it should on the way to " + std::string(table));
  const std::string before = diagnosis_.state_of(flow_);
  if (!std::string(table).starts_with(before)) fail("the kernel is in " + before + " and not in " + std::string(table));
  const std::string_view text = std::string_view("text").substr(0, one.text ? matrix::kTextLength : 0);
  const wire::TcpHeader header = header_of(wire::TcpFlags(one.flags), matrix::seq_at(one.seq, at_),
                                           matrix::ack_at(one.ack, at_), matrix::kCaseWindow);
  tun_.send(flow_, header, text);
  Ending ending;
  std::string after = diagnosis_.state_of(flow_);
  // Behind a connection that is gone sock_diag finds the listener; only a half-open one goes back to it.
  if (after == "LISTEN" && before != "LISTEN" && before != "SYN-RECEIVED") after = "CLOSED";
  ending.state = after == before ? "stays" : after;
  if (!socket_.is_open()) socket_ = listener_.accept();
  if (socket_.is_open()) ending.takes = static_cast<std::uint32_t>(socket_.take().size());
  const bool fin_taken = one.has(matrix::kFinBit) && after != before && before != "CLOSING" &&
                         (after == "CLOSE-WAIT" || after == "CLOSING" || after == "TIME-WAIT");
  ending.sends = answers(one, ending.takes > 0 || fin_taken);
  return ending;
}

}  // namespace handfast::interop
