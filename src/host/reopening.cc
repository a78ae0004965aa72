#include "host/shard.h"

// A new connection in place of one in TIME-WAIT (RFC 9293 §3.6.1, MAY-2; RFC 6191). Which SYN may replace it is decided
// in tcp; here the old connection steps aside for the length of the new handshake: it keeps its place and its deadline,
// but segments no longer find it. Where the handshake completes it has had its time. Where it does not, because the SYN
// was an old duplicate and its sender refuses the answer, TIME-WAIT goes on as if nothing had come (RFC 1122
// §4.2.2.13 condition 2).

namespace handfast::host {

// Nobody is replaced where no new connection could follow.
bool Shard::may_reopen(const Endpoint& local) {
  const auto listener = find_listener(local);
  return listener && !shutting_down_ && !syn_queue_is_full(*listener);
}

void Shard::reopen(Key old, Arrival& arrival, tcp::SeqNum beyond) {
  const std::uint32_t index = old.index();
  const bool is_entry = old.kind() == Kind::kTimeWait;
  const Aside aside{.old = old,
                    .generation = (is_entry ? time_wait_.handle(index) : connections_.handle(index)).generation};
  table_.erase(hash(arrival.tuple), old.number());
  if (is_entry) {
    time_wait_.at(index).entry.owes_ack = false;
  } else {
    connections_.at(index).in_table = false;
  }
  arrives_at_listener(arrival, beyond);
  const auto successor = find(arrival.tuple);
  if (!successor) return come_back(aside);
  half_open_.at(successor->index()).aside = aside;
}

void Shard::come_back(const Aside& aside) {
  const std::uint32_t index = aside.old.index();
  if (aside.old.kind() == Kind::kTimeWait) {
    TimeWaitSlot* slot = time_wait_.get(index, aside.generation);
    if (slot == nullptr) return;
    if (!table_.insert(hash(slot->entry.tuple), aside.old.number())) remove_time_wait(index);
    return;
  }
  ConnectionSlot* slot = connections_.get(index, aside.generation);
  if (slot == nullptr || slot->tcp.state() != tcp::State::kTimeWait) return;
  slot->in_table = table_.insert(hash(slot->tcp.tuple()), aside.old.number());
}

// The new handshake is complete. What a caller still holds stays with it, unseen, until its deadline.
void Shard::replaced(const Aside& aside) {
  const std::uint32_t index = aside.old.index();
  if (aside.old.kind() != Kind::kTimeWait || time_wait_.get(index, aside.generation) == nullptr) return;
  remove_time_wait(index);
}

}  // namespace handfast::host
