#include "handfast/error.h"

#include <string>

namespace handfast {

namespace {

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "handfast"; }
  std::string message(int value) const override { return text(static_cast<Error>(value)); }

 private:
  static const char* text(Error error) {
    switch (error) {
      case Error::kStaleHandle:
        return "connection does not exist";
      case Error::kAlreadyExists:
        return "connection already exists";
      case Error::kAddressInUse:
        return "address already in use by another listener";
      case Error::kAddressNotAvailable:
        return "address is not one of this host's";
      case Error::kInvalidPeer:
        return "peer address cannot be connected to";
      case Error::kUnspecifiedPeer:
        return "peer unspecified";
      case Error::kNoRoute:
        return "no route to the peer";
      case Error::kNoPorts:
        return "no free port towards this peer";
      case Error::kNoMemory:
        return "insufficient resources";
      case Error::kWouldBlock:
        return "nothing can be done now";
      case Error::kNotConnected:
        return "not connected";
      case Error::kClosing:
        return "connection closing";
      case Error::kReset:
        return "connection reset";
      case Error::kRefused:
        return "connection refused";
      case Error::kTimedOut:
        return "connection timed out";
      case Error::kUnreachable:
        return "peer unreachable";
      case Error::kAborted:
        return "connection aborted";
      case Error::kShutdown:
        return "host is shutting down";
      case Error::kInvalidArgument:
        return "argument out of range";
      case Error::kLimit:
        return "a configured limit would be passed";
    }
    return "unknown error";
  }
};

}  // namespace

const std::error_category& error_category() noexcept {
  static const Category kCategory;
  return kCategory;
}

std::error_code make_error_code(Error error) noexcept { return {static_cast<int>(error), error_category()}; }

}  // namespace handfast
