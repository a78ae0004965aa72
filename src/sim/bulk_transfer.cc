#include "sim/bulk_transfer.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "handfast/host.h"

namespace handfast::sim {

namespace {

constexpr std::uint16_t kPort = 5001;
constexpr std::size_t kChunk = 64u * 1024;
constexpr Instant kBegin = Instant{} + std::chrono::seconds(1);

const IpAddress kSender = IpAddress::v4(192, 0, 2, 1);
const IpAddress kReceiver = IpAddress::v4(192, 0, 2, 2);

class Transfer {
 public:
  explicit Transfer(const BulkPlan& plan);
  BulkReport run();

 private:
  static std::unique_ptr<Host> make_host(const BulkPlan& plan, IpAddress address, Random& random, trace::Sink* sink);
  void step();
  void deliver(Link& link, Host& to);
  bool transmit(Host& from, bool forward);
  void serve_sender();
  void serve_receiver();
  void take_text(TcpHandle incoming);
  BulkReport report() const;

  const BulkPlan& plan_;
  Instant now_ = kBegin;
  Instant end_ = kNever;
  SeededRandom sender_random_;
  SeededRandom receiver_random_;
  BulkPath path_;
  std::unique_ptr<Host> sender_;
  std::unique_ptr<Host> receiver_;
  ListenerHandle listener_;
  std::optional<TcpHandle> outgoing_;
  std::optional<TcpHandle> incoming_;
  bool connected_ = false;
  std::uint64_t delivered_ = 0;
  std::vector<std::byte> text_;
  std::vector<std::byte> gathered_;
  std::vector<Frame> arriving_;
};

Transfer::Transfer(const BulkPlan& plan)
    : plan_(plan),
      sender_random_(Generator(plan.path.seed, "sender")),
      receiver_random_(Generator(plan.path.seed, "receiver")),
      path_(plan.path),
      sender_(make_host(plan, kSender, sender_random_, plan.sender_sink)),
      receiver_(make_host(plan, kReceiver, receiver_random_, nullptr)),
      text_(kChunk) {}

std::unique_ptr<Host> Transfer::make_host(const BulkPlan& plan, IpAddress address, Random& random, trace::Sink* sink) {
  Config config;
  config.tcp = plan.tcp != nullptr ? *plan.tcp : bulk_config(plan.congestion_control);
  if (plan.tcp == nullptr) config.tcp.ecn = plan.ecn;
  auto host = Host::create(config, random, sink);
  if (!host) return nullptr;
  InterfaceConfig interface;
  interface.addresses = {{address, 24}};
  if (!(*host)->add_interface(interface)) return nullptr;
  return std::move(*host);
}

BulkReport Transfer::run() {
  if (sender_ == nullptr || receiver_ == nullptr) return {};
  const auto listener = receiver_->listen({.local = {kReceiver, kPort}}, now_);
  const auto connection = sender_->connect({.peer = {kReceiver, kPort}}, now_);
  if (!listener || !connection) return {};
  listener_ = *listener;
  outgoing_ = *connection;
  step();
  for (;;) {
    const Instant next = std::min({path_.next(), sender_->next_deadline(), receiver_->next_deadline()});
    if (next == kNever || next > end_) return report();
    now_ = std::max(now_, next);
    step();
  }
}

// Both ends at one instant: what has arrived, what is due, what the callers do about it, what is to be sent.
void Transfer::step() {
  deliver(path_.forward(), *receiver_);
  deliver(path_.back(), *sender_);
  if (sender_->next_deadline() <= now_) sender_->on_deadline(now_);
  if (receiver_->next_deadline() <= now_) receiver_->on_deadline(now_);
  do {
    serve_sender();
    serve_receiver();
  } while (transmit(*sender_, true) || transmit(*receiver_, false));
}

void Transfer::deliver(Link& link, Host& to) {
  Flight flight;
  arriving_.clear();
  while (link.take(now_, flight)) {
    const auto size = static_cast<std::uint32_t>(flight.bytes.size());
    if (std::optional<Slice> slice = to.allocate(size)) {
      std::ranges::copy(flight.bytes, slice->mutable_bytes().begin());
      slice->truncate(size);
      Frame& frame = arriving_.emplace_back();
      frame.add(std::move(*slice));
    }
    link.recycle(std::move(flight.bytes));
  }
  if (!arriving_.empty()) to.receive(arriving_, now_);
}

bool Transfer::transmit(Host& from, bool forward) {
  std::array<Frame, 64> frames;
  bool any = false;
  for (;;) {
    const std::size_t count = from.poll_transmit(frames, now_);
    for (Frame& frame : std::span(frames).first(count)) {
      gathered_.clear();
      for (const Slice& slice : frame.used()) {
        gathered_.insert(gathered_.end(), slice.bytes().begin(), slice.bytes().end());
      }
      frame = Frame{};
      forward ? path_.offer_forward(gathered_, now_) : path_.offer_back(gathered_, now_);
    }
    any = any || count > 0;
    if (count < frames.size()) return any;
  }
}

void Transfer::serve_sender() {
  bool may_write = false;
  for (Event event; sender_->poll_event(event);) {
    if ((event.readiness & Readiness::kConnected) != 0) {
      connected_ = true;
      end_ = now_ + plan_.length;
    }
    may_write = may_write || (event.readiness & (Readiness::kConnected | Readiness::kWritable)) != 0;
  }
  while (may_write && outgoing_) may_write = sender_->send(*outgoing_, text_, now_).has_value();
}

void Transfer::serve_receiver() {
  for (Event event; receiver_->poll_event(event);) {
    if (!incoming_) {
      if (const auto accepted = receiver_->accept(listener_, now_)) incoming_ = *accepted;
    }
    if (incoming_) take_text(*incoming_);
  }
}

void Transfer::take_text(TcpHandle incoming) {
  for (;;) {
    const Result<Slice> slice = receiver_->receive_slice(incoming, now_);
    if (!slice || slice->empty()) return;
    delivered_ += slice->size();
  }
}

BulkReport Transfer::report() const {
  BulkReport report;
  report.connected = connected_;
  report.delivered = delivered_;
  const auto milliseconds = static_cast<std::uint64_t>(plan_.length / std::chrono::milliseconds(1));
  report.kbits = milliseconds == 0 ? 0 : delivered_ * 8 / milliseconds;
  report.sent = sender_->counters().segments_sent;
  report.sent_again = sender_->counters().segments_retransmitted;
  report.queue_drops = path_.forward().statistics().dropped_queue;
  report.marks = path_.forward().statistics().marked;
  if (const auto info = outgoing_ ? sender_->info(*outgoing_) : failure(Error::kNotConnected)) {
    report.reductions = info->ecn_reductions;
  }
  report.random_drops = path_.forward().statistics().dropped() - report.queue_drops;
  return report;
}

}  // namespace

TcpConfig bulk_config(CongestionControl algorithm) {
  TcpConfig config;
  config.congestion_control = algorithm;
  config.send_buffer = kBulkBuffer;
  config.receive_buffer = kBulkBuffer;
  return config;
}

BulkReport run_bulk(const BulkPlan& plan) {
  Transfer transfer(plan);
  return transfer.run();
}

}  // namespace handfast::sim
