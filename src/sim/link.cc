#include "sim/link.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "sim/packet.h"
#include "wire/ipv6.h"

namespace handfast::sim {
namespace {

bool later(const Flight& a, const Flight& b) { return a.at != b.at ? a.at > b.at : a.order > b.order; }

}  // namespace

LinkParameters LinkParameters::clean() const {
  LinkParameters parameters;
  parameters.delay = delay;
  parameters.rate = rate;
  return parameters;
}

void LinkStatistics::add(const LinkStatistics& other) {
  offered += other.offered;
  delivered += other.delivered;
  duplicated += other.duplicated;
  reordered += other.reordered;
  corrupted += other.corrupted;
  truncated += other.truncated;
  marked += other.marked;
  dropped_script += other.dropped_script;
  dropped_blackhole += other.dropped_blackhole;
  dropped_mtu += other.dropped_mtu;
  dropped_loss += other.dropped_loss;
  dropped_burst += other.dropped_burst;
  dropped_queue += other.dropped_queue;
  dropped_checksum += other.dropped_checksum;
  bytes_delivered += other.bytes_delivered;
}

Link::Link(LinkKind kind, LinkParameters parameters, Generator random, std::uint64_t& order)
    : kind_(kind), parameters_(std::move(parameters)), random_(random), order_(order) {}

void Link::offer(std::span<const std::byte> frame, Instant now) {
  ++statistics_.offered;
  owes_report_ = false;
  const ScriptedFault* script = script_for(statistics_.offered);
  if (script != nullptr && script->what == ScriptedFault::What::kDrop) {
    ++statistics_.dropped_script;
    return;
  }
  Instant departure = now;
  if (lost(frame.size(), now) || !admit(frame.size(), now, departure)) return;
  std::vector<std::byte> bytes = copy_of(frame);
  mark(bytes, parameters_.mark_above != 0 && queue_bytes_ > parameters_.mark_above);
  bool damaged = false;
  if (!damage(bytes, damaged)) {
    ++statistics_.dropped_checksum;
    return recycle(std::move(bytes));
  }
  const Instant at = arrival(departure, script);
  std::uint64_t copies = 0;
  if (parameters_.duplicate != 0 && random_.chance(parameters_.duplicate)) {
    copies = random_.range(1, parameters_.duplicate_copies);
  }
  if (script != nullptr && script->what == ScriptedFault::What::kDuplicate) copies = 1;
  for (; copies > 0; --copies) {
    ++statistics_.duplicated;
    if (damaged) ++statistics_.corrupted;
    const Duration more = script != nullptr ? script->delay : random_.duration({}, parameters_.duplicate_delay);
    fly(copy_of(bytes), at + more, damaged);
  }
  fly(std::move(bytes), at, damaged);
}

bool Link::lost(std::size_t size, Instant now) {
  for (const TimeWindow& window : parameters_.blackholes) {
    if (now >= window.from && now < window.until) return ++statistics_.dropped_blackhole != 0;
  }
  if (size > parameters_.mtu + link_header(kind_)) {
    owes_report_ = parameters_.mtu_reports;
    return ++statistics_.dropped_mtu != 0;
  }
  if (parameters_.loss != 0 && random_.chance(parameters_.loss)) return ++statistics_.dropped_loss != 0;
  if (burst_lost()) return ++statistics_.dropped_burst != 0;
  return false;
}

bool Link::burst_lost() {
  const BurstLoss& burst = parameters_.burst;
  if (burst.enter == 0) return false;
  if (random_.chance(bad_ ? burst.leave : burst.enter)) bad_ = !bad_;
  return bad_ && random_.chance(burst.loss);
}

bool Link::admit(std::size_t size, Instant now, Instant& departure) {
  if (parameters_.rate == 0) return true;
  while (queue_head_ < queue_.size() && queue_[queue_head_].departure <= now)
    queue_bytes_ -= queue_[queue_head_++].size;
  if (queue_head_ == queue_.size()) {
    queue_.clear();
    queue_head_ = 0;
  }
  const std::size_t waiting = queue_.size() - queue_head_;
  const bool full = (parameters_.queue_packets != 0 && waiting >= parameters_.queue_packets) ||
                    (parameters_.queue_bytes != 0 && waiting > 0 && queue_bytes_ + size > parameters_.queue_bytes);
  if (full) {
    ++statistics_.dropped_queue;
    return false;
  }
  const std::uint64_t nanoseconds = std::uint64_t{size} * 8 * 1'000'000'000 / parameters_.rate;
  busy_until_ = std::max(busy_until_, now) + Duration(static_cast<Duration::rep>(nanoseconds));
  departure = busy_until_;
  queue_.push_back({departure, size});
  queue_bytes_ += size;
  return true;
}

// No draw where nothing is marked, so that a link without marks has the fates that it would have had before.
void Link::mark(std::vector<std::byte>& bytes, bool queue_is_long) {
  const bool drawn = parameters_.mark != 0 && random_.chance(parameters_.mark);
  if (!drawn && !queue_is_long) return;
  const std::size_t header = std::min(link_header(kind_), bytes.size());
  if (wire::mark_congestion(std::span(bytes).subspan(header))) ++statistics_.marked;
}

bool Link::damage(std::vector<std::byte>& bytes, bool& damaged) {
  const bool corrupt = parameters_.corrupt != 0 && random_.chance(parameters_.corrupt);
  const bool truncate = parameters_.truncate != 0 && random_.chance(parameters_.truncate);
  if (!corrupt && !truncate) return true;
  // What has no checksum of its own above the link (ARP), or one that we do not read, is lost to the link's check.
  if (read_packet(bytes, kind_).kind != Packet::Kind::kTcp) return false;
  const std::size_t header = link_header(kind_);
  damaged = true;
  ++statistics_.corrupted;
  if (truncate) {
    ++statistics_.truncated;
    const bool is_ipv6 = std::to_integer<unsigned>(bytes[header]) >> 4 == 6;
    const std::size_t total = is_ipv6 ? std::size_t{40} + base::load_be16(&bytes[header + 4])
                                      : std::size_t{base::load_be16(&bytes[header + 2])};
    bytes.resize(header + 1 + random_.below(total - 1));
    return true;
  }
  std::uint64_t bits = random_.range(1, parameters_.corrupt_bits);
  // Changes that cancel out in a sum of 16-bit words are beyond any TCP: one more bit makes them visible again.
  while (bits > 0 || read_packet(bytes, kind_).kind == Packet::Kind::kTcp) {
    const std::size_t bit = random_.below((bytes.size() - header) * 8);
    bytes[header + bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
    if (bits > 0) --bits;
  }
  return true;
}

Instant Link::arrival(Instant departure, const ScriptedFault* script) {
  Instant at = departure + parameters_.delay;
  if (parameters_.jitter > Duration{}) at += random_.duration({}, parameters_.jitter);
  const bool scripted = script != nullptr && script->what == ScriptedFault::What::kDelay;
  if (scripted) return at + script->delay;
  if (parameters_.reorder != 0 && random_.chance(parameters_.reorder)) {
    ++statistics_.reordered;
    return at + random_.duration({}, parameters_.reorder_delay);
  }
  last_arrival_ = std::max(last_arrival_, at);
  return last_arrival_;
}

void Link::fly(std::vector<std::byte> bytes, Instant at, bool damaged) {
  flights_.push_back({at, order_++, damaged, std::move(bytes)});
  std::ranges::push_heap(flights_, later);
}

bool Link::take(Instant now, Flight& flight) {
  if (flights_.empty() || flights_.front().at > now) return false;
  std::ranges::pop_heap(flights_, later);
  flight = std::move(flights_.back());
  flights_.pop_back();
  ++statistics_.delivered;
  statistics_.bytes_delivered += flight.bytes.size();
  return true;
}

void Link::inject(std::span<const std::byte> frame, Instant at) {
  ++statistics_.duplicated;
  fly(copy_of(frame), at, false);
}

std::vector<std::byte> Link::copy_of(std::span<const std::byte> frame) {
  std::vector<std::byte> bytes;
  if (!spare_.empty()) {
    bytes = std::move(spare_.back());
    spare_.pop_back();
  }
  bytes.assign(frame.begin(), frame.end());
  return bytes;
}

void Link::recycle(std::vector<std::byte> bytes) {
  if (spare_.size() < 64) spare_.push_back(std::move(bytes));
}

const ScriptedFault* Link::script_for(std::uint64_t packet) const {
  for (const ScriptedFault& fault : parameters_.scripted) {
    if (fault.packet == packet) return &fault;
  }
  return nullptr;
}

}  // namespace handfast::sim
