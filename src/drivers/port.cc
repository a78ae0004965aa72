#include "drivers/port.h"

#include <algorithm>

namespace handfast::drivers {

void Port::inject(const FaultRates& in, const FaultRates& out, std::uint64_t seed) {
  // Two seeds far apart, so that the directions do not meet the same faults.
  SeededRandom seeds(seed);
  const std::uint64_t seed_in = seeds.next();
  const std::uint64_t seed_out = seeds.next();
  if (in.any()) in_ = std::make_unique<FaultInjector>(in, seed_in);
  if (out.any()) out_ = std::make_unique<FaultInjector>(out, seed_out);
}

Outcome<bool> Port::read(BufferSource& buffers, Instant now, std::vector<Frame>& arrived) {
  Outcome<std::size_t> count = device_->read(buffers, batch_);
  if (!count) return std::unexpected(std::move(count.error()));
  for (std::size_t i = 0; i < *count; ++i) {
    Frame frame = std::move(batch_[i]);
    batch_[i] = Frame{};
    frame.interface = interface_;
    if (in_ != nullptr) {
      in_->pass(std::move(frame), now, arrived);
    } else {
      arrived.push_back(std::move(frame));
    }
  }
  return *count == batch_.size();
}

void Port::put(Frame frame, Instant now) {
  if (out_ != nullptr) {
    out_->pass(std::move(frame), now, waiting_);
  } else {
    waiting_.push_back(std::move(frame));
  }
}

void Port::release(Instant now, std::vector<Frame>& arrived) {
  if (in_ != nullptr) in_->release(now, arrived);
  if (out_ != nullptr) out_->release(now, waiting_);
}

Outcome<void> Port::flush() {
  if (waiting_.empty()) return {};
  Outcome<std::size_t> done = device_->write(waiting_);
  if (!done) return std::unexpected(std::move(done.error()));
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(*done));
  return {};
}

Instant Port::next_deadline() const {
  const Instant in = in_ != nullptr ? in_->next_deadline() : kNever;
  const Instant out = out_ != nullptr ? out_->next_deadline() : kNever;
  return std::min(in, out);
}

}  // namespace handfast::drivers
