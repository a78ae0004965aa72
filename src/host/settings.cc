#include "host/entered.h"
#include "host/shard.h"
#include "host/with_slot.h"

// What a caller may change about a connection while it lives. What TCP needs to know is handed on; what concerns IP
// alone stays here, beside the connection, and is written into each packet on its way out.

namespace handfast::host {

IpSettings Shard::ip_settings(std::uint8_t diff_serv, std::uint8_t ttl) const {
  return {.diff_serv = diff_serv, .ttl = ttl == 0 ? config_.ttl : ttl};
}

// RFC 9293 §3.9.1.9 (MUST-48, SHLD-21): from the next segment on, whatever the connection has sent so far.
Result<void> Shard::set_diff_serv(TcpHandle handle, std::uint8_t diff_serv, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  ConnectionSlot* found = slot(handle);
  if (found == nullptr) return failure(Error::kStaleHandle);
  if (diff_serv > kLargestDiffServ) return failure(Error::kInvalidArgument);
  found->ip.diff_serv = diff_serv;
  return {};
}

// RFC 9293 §3.9.2 (MUST-49).
Result<void> Shard::set_ttl(TcpHandle handle, std::uint8_t ttl, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  ConnectionSlot* found = slot(handle);
  if (found == nullptr) return failure(Error::kStaleHandle);
  if (ttl == 0) return failure(Error::kInvalidArgument);
  found->ip.ttl = ttl;
  return {};
}

Result<void> Shard::set_keep_alive(TcpHandle handle, bool on, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<void>(slot(handle), [&](tcp::Connection& connection) -> Result<void> {
    tcp::Context context = context_for(connection.profile(), handle.number());
    connection.set_keep_alive(on, context);
    settle(handle.index);
    return {};
  });
}

Result<void> Shard::set_user_timeout(TcpHandle handle, Duration timeout, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<void>(slot(handle), [&](tcp::Connection& connection) -> Result<void> {
    if (timeout != Duration::zero() && timeout < std::chrono::seconds(1)) return failure(Error::kInvalidArgument);
    connection.set_user_timeout(timeout);
    return {};
  });
}

Result<void> Shard::set_nagle(TcpHandle handle, bool on, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<void>(slot(handle), [&](tcp::Connection& connection) -> Result<void> {
    connection.set_nagle(on);
    settle(handle.index);
    return {};
  });
}

}  // namespace handfast::host
