#include "posix/errors.h"

#include "handfast/error.h"
#include "posix/linux_numbers.h"

namespace handfast::posix {

int error_number(const std::error_code& error) {
  if (!error) return 0;
  switch (static_cast<Error>(error.value())) {
    case Error::kStaleHandle:
      return kEbadf;
    case Error::kAlreadyExists:
    case Error::kAddressNotAvailable:
    case Error::kUnspecifiedPeer:
    case Error::kNoPorts:
      return kEaddrnotavail;
    case Error::kAddressInUse:
      return kEaddrinuse;
    case Error::kInvalidPeer:
    case Error::kNoRoute:
    case Error::kShutdown:
      return kEnetunreach;
    case Error::kNoMemory:
    case Error::kLimit:
      return kEnobufs;
    case Error::kWouldBlock:
      return kEagain;
    case Error::kNotConnected:
      return kEnotconn;
    case Error::kClosing:
      return kEpipe;
    case Error::kReset:
      return kEconnreset;
    case Error::kRefused:
      return kEconnrefused;
    case Error::kTimedOut:
      return kEtimedout;
    case Error::kUnreachable:
      return kEhostunreach;
    case Error::kAborted:
      return kEconnaborted;
    case Error::kInvalidArgument:
      return kEinval;
  }
  return kEinval;
}

}  // namespace handfast::posix
