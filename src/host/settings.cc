#include "host/entered.h"
#include "host/shard.h"
#include "host/with_slot.h"

// What a caller may change about a connection while it lives. What TCP needs to know is handed on; what concerns IP
// alone stays here, beside the connection, and is written into each packet on its way out.

namespace handfast::host {

namespace {

constexpr Duration kLongestUserTimeout = std::chrono::hours(24 * 31);

}  // namespace

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

// The controller's memory of a connection is of one algorithm, so that one stays.
Result<void> Shard::set_tcp_config(TcpHandle handle, const TcpConfig& tcp, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<void>(slot(handle), [&](tcp::Connection& connection) -> Result<void> {
    const TcpConfig before = profiles_[connection.profile()];
    if (tcp.congestion_control != before.congestion_control) return failure(Error::kInvalidArgument);
    const auto profile = profile_of(&tcp);
    if (!profile) return std::unexpected(profile.error());
    tcp::Context context = context_for(*profile, handle.number());
    connection.set_profile(*profile, before, context);
    settle(handle.index);
    return {};
  });
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

Result<void> Shard::set_error_reports(TcpHandle handle, bool on, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<void>(slot(handle), [&](tcp::Connection& connection) -> Result<void> {
    connection.set_error_reports(on);
    return {};
  });
}

Result<void> Shard::set_user_timeout(TcpHandle handle, Duration timeout, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<void>(slot(handle), [&](tcp::Connection& connection) -> Result<void> {
    const bool is_set = timeout != Duration::zero();
    if (is_set && (timeout < std::chrono::seconds(1) || timeout > kLongestUserTimeout)) {
      return failure(Error::kInvalidArgument);
    }
    tcp::Context context = context_for(connection.profile(), handle.number());
    connection.set_user_timeout(timeout, context);
    settle(handle.index);
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

// --- How text travels (tcp/controls.cc) ---

Result<void> Shard::set_cork(TcpHandle handle, bool on, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<void>(slot(handle), [&](tcp::Connection& connection) -> Result<void> {
    tcp::Context context = context_for(connection.profile(), handle.number());
    connection.set_cork(on, context);
    settle(handle.index);
    return {};
  });
}

Result<void> Shard::set_push(TcpHandle handle, bool on, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<void>(slot(handle), [on](tcp::Connection& connection) -> Result<void> {
    connection.set_push(on);
    return {};
  });
}

Result<void> Shard::end_record(TcpHandle handle, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<void>(slot(handle), [](tcp::Connection& connection) -> Result<void> {
    connection.end_record();
    return {};
  });
}

Result<void> Shard::set_quick_ack(TcpHandle handle, bool on, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<void>(slot(handle), [&](tcp::Connection& connection) -> Result<void> {
    connection.set_quick_ack(on);
    settle(handle.index);
    return {};
  });
}

Result<void> Shard::set_unsent_mark(TcpHandle handle, std::uint32_t bytes, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<void>(slot(handle), [&](tcp::Connection& connection) -> Result<void> {
    tcp::Context context = context_for(connection.profile(), handle.number());
    connection.set_unsent_mark(bytes, context);
    settle(handle.index);
    return {};
  });
}

Result<void> Shard::await_room(TcpHandle handle, std::uint32_t bytes, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<void>(slot(handle), [&](tcp::Connection& connection) -> Result<void> {
    tcp::Context context = context_for(connection.profile(), handle.number());
    connection.await_room(bytes, context);
    settle(handle.index);
    return {};
  });
}

// --- How it ends ---

Result<void> Shard::set_linger(TcpHandle handle, Duration limit, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  ConnectionSlot* found = slot(handle);
  if (found == nullptr) return failure(Error::kStaleHandle);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
  const bool for_ever = limit == Duration::max();
  if (limit < Duration::zero() || (!for_ever && ms >= ConnectionSlot::kNoLinger)) {
    return failure(Error::kInvalidArgument);
  }
  found->linger_ms = for_ever ? ConnectionSlot::kNoLinger : static_cast<std::uint32_t>(ms);
  return {};
}

}  // namespace handfast::host
