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

int error_number(IcmpError error, IpVersion version) {
  switch (error) {
    case IcmpError::kNone:
      return 0;
    case IcmpError::kNetwork:
      return kEnetunreach;
    case IcmpError::kHost:
    case IcmpError::kExpired:
      return kEhostunreach;
    case IcmpError::kNoSuchHost:
      return kEhostdown;
    case IcmpError::kIsolated:
      return kEnonet;
    case IcmpError::kProtocol:
      return kEnoprotoopt;
    case IcmpError::kPort:
      return kEconnrefused;
    case IcmpError::kSourceRoute:
      return kEopnotsupp;
    case IcmpError::kProhibited:
      return version == IpVersion::kV6 ? kEacces : kEhostunreach;
    case IcmpError::kBadHeader:
    case IcmpError::kOther:
      return kEproto;
  }
  return kEproto;
}

int ending_error(const TcpInfo& info, bool was_told) {
  const bool by_icmp = info.error == make_error_code(Error::kUnreachable);
  const bool by_silence = info.error == make_error_code(Error::kTimedOut);
  if (info.icmp_error == IcmpError::kNone || !(by_icmp || (by_silence && !was_told))) return error_number(info.error);
  return error_number(info.icmp_error, info.tuple.peer.address.version());
}

}  // namespace handfast::posix
