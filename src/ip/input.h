#pragma once

#include "handfast/drop_reason.h"
#include "ip/interface.h"
#include "wire/ipv4.h"

namespace handfast::ip {

/// Whether a well-formed IPv4 packet is for us and from somebody who can have sent it; kNone: it is.
/// RFC 1122 §3.2.1.3; RFC 7126 §4.3 for source routes. `broadcast` tells that it came to a group address.
DropReason judge_ipv4(const Interface& interface, const wire::Ipv4Header& header, bool& broadcast);

}  // namespace handfast::ip
