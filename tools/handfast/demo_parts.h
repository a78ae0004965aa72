#pragma once

#include <cstdint>

#include "handfast/exit_codes.h"
#include "trace/output.h"

namespace handfast::tool {

/// What the parts of the demonstration can be told.
struct DemoOptions {
  std::uint64_t seed = 1;
  std::uint32_t bytes = 1024 * 1024;  ///< each way
  std::uint32_t loss = 30'000;        ///< in millionths, each way
  std::uint32_t reorder = 30'000;
  bool colour = false;
};

/// Standard output, written at once: the parts of a demonstration must come in their order.
class StandardOutput final : public trace::Output {
 public:
  void write(std::string_view bytes) override;
};

/// Two Hosts on a bad simulated link. kFailed where a byte came wrong or an invariant did not hold.
ExitCode demo_in_memory(const DemoOptions& options);

/// A Host on a TUN device and the kernel's TCP as its peer, in a network namespace of their own. Where the machine does
/// not permit that it says why, and nothing has failed.
ExitCode demo_with_kernel(const DemoOptions& options);

}  // namespace handfast::tool
