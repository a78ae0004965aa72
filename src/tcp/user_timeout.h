#pragma once

#include "handfast/config.h"
#include "wire/tcp_options.h"

// The user timeout option of RFC 5482: each end may tell the other for how long it keeps trying, so that both give up
// at about the same time. It is advice. What is made of it is bounded by the receiver's own limits, so a peer can
// neither make a connection last for ever nor end it at the first pause.

namespace handfast::tcp {

/// `timeout` as the option says it: in seconds where they suffice, rounded up, and never 0.
wire::UserTimeout user_timeout_option(Duration timeout);

/// What an option stands for. Zero: nothing (RFC 5482 §3.1).
Duration user_timeout_of(wire::UserTimeout option);

/// USER_TIMEOUT of RFC 5482 §3.1 (5482-2): min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)).
Duration adopted_user_timeout(const TcpConfig& config, Duration advertised_by_peer);

}  // namespace handfast::tcp
