#pragma once

#include <memory>
#include <vector>

#include "drivers/fault_injector.h"
#include "drivers/link_device.h"

namespace handfast::drivers {

/// Both directions of one interface: its device, the faults before it, and the frames that a full device left waiting.
/// It holds slices of the Host's buffers and must go before the Host does.
class Port {
 public:
  static constexpr std::size_t kBatch = 64;

  Port(LinkDevice& device, InterfaceId interface) : device_(&device), interface_(interface), batch_(kBatch) {}

  /// Puts a bad link before the device. Both rates may be zero.
  void inject(const FaultRates& in, const FaultRates& out, std::uint64_t seed);

  LinkDevice& device() { return *device_; }
  InterfaceId interface() const { return interface_; }

  /// Reads a batch and appends what arrives of it to `arrived`. True: more may wait in the device.
  Outcome<bool> read(BufferSource& buffers, Instant now, std::vector<Frame>& arrived);
  /// Takes a frame to be sent.
  void put(Frame frame, Instant now);
  /// Lets held frames go whose time has come, those that arrived into `arrived`.
  void release(Instant now, std::vector<Frame>& arrived);
  /// Writes what waits, as far as the device takes it.
  Outcome<void> flush();
  /// True while the device has left frames waiting: take no more from the Host.
  bool is_full() const { return !waiting_.empty(); }
  Instant next_deadline() const;
  const FaultInjector* faults_in() const { return in_.get(); }
  const FaultInjector* faults_out() const { return out_.get(); }

 private:
  LinkDevice* device_;
  InterfaceId interface_;
  std::vector<Frame> batch_;
  std::vector<Frame> waiting_;
  std::unique_ptr<FaultInjector> in_;
  std::unique_ptr<FaultInjector> out_;
};

}  // namespace handfast::drivers
