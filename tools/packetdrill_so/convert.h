#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <optional>
#include <vector>

#include "posix/call_values.h"

// Between the structures of the system and the values of the socket calls.

namespace handfast::packetdrill_so {

/// Nothing where `length` is too short for the family, which is EINVAL.
std::optional<posix::SocketAddress> read_address(const sockaddr* address, socklen_t length);
/// As accept has it: as much as there is room for, and how long it is.
void write_address(const posix::SocketAddress& from, sockaddr* address, socklen_t* length);

std::vector<posix::Buffer> buffers(const iovec* parts, std::size_t count);
std::vector<posix::ConstBuffer> const_buffers(const iovec* parts, std::size_t count);

/// The control messages that were received, and the flags.
void write_control(const posix::ReceivedMessage& from, msghdr& message);

}  // namespace handfast::packetdrill_so
