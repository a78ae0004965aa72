#include "handfast/connection_words.h"

#include <fmt/format.h>

namespace handfast::tool {

namespace {

const char* reason_for(Error error) {
  switch (error) {
    case Error::kRefused:
      return "connection refused: nobody listens on that port (a reset answered our SYN)";
    case Error::kTimedOut:
      return "timed out: the peer did not answer; is it up, and does it have a route back to us?";
    case Error::kReset:
      return "reset by the peer";
    case Error::kUnreachable:
      return "unreachable: a router or the peer's host said so (ICMP)";
    case Error::kNoRoute:
      return "no route: it is outside the stack's network; name a --gateway or another --address";
    case Error::kInvalidPeer:
    case Error::kUnspecifiedPeer:
      return "not an address that a peer can have";
    case Error::kAddressNotAvailable:
      return "the source address is not one of this stack's";
    case Error::kNoPorts:
      return "no free source port is left";
    case Error::kAlreadyExists:
      return "a connection between these two endpoints exists already; choose another --source-port";
    case Error::kNoMemory:
    case Error::kLimit:
      return "a limit of the stack is reached";
    case Error::kShutdown:
      return "the stack is shutting down";
    case Error::kAborted:
      return "aborted on this side";
    default:
      return nullptr;
  }
}

}  // namespace

std::string explain_connection_error(std::error_code error, const Endpoint& peer) {
  const char* reason = nullptr;
  if (error.category() == error_category()) reason = reason_for(static_cast<Error>(error.value()));
  return fmt::format("{}: {}", peer.to_string(), reason != nullptr ? reason : error.message());
}

std::string explain_listen_error(std::error_code error, std::uint16_t port) {
  if (error == make_error_code(Error::kAddressInUse)) {
    return fmt::format("port {} has a listener already; choose another port", port);
  }
  if (error == make_error_code(Error::kAddressNotAvailable)) return "the address is not one of this stack's";
  return fmt::format("cannot listen on port {}: {}", port, error.message());
}

}  // namespace handfast::tool
