#pragma once

#include <string>

namespace handfast::bench {

/// Moves this program into a network namespace of its own with its loopback up, so that neither its connections nor its
/// settings touch the machine's. Where that is not allowed it stays where it is. Tells in words which it was.
std::string enter_own_namespace();
/// True after enter_own_namespace succeeded.
bool has_own_namespace();

/// Sets the loopback's MTU and its segmentation offload; false: not allowed here.
bool set_loopback(int mtu, bool segmentation_offload);

}  // namespace handfast::bench
