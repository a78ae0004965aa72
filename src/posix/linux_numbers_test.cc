#include "posix/linux_numbers.h"

#include <gtest/gtest.h>

#if defined(__linux__)

// The kernel's own header has TCP_INFO whole, where the C library's is older; the two cannot be included together.
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "posix/linux_tcp_info.h"

namespace handfast::posix {
namespace {

TEST(LinuxNumbers, ErrorsAreThoseOfTheSystem) {
  EXPECT_EQ(kEbadf, EBADF);
  EXPECT_EQ(kEagain, EAGAIN);
  EXPECT_EQ(kEnomem, ENOMEM);
  EXPECT_EQ(kEfault, EFAULT);
  EXPECT_EQ(kEexist, EEXIST);
  EXPECT_EQ(kEinval, EINVAL);
  EXPECT_EQ(kEacces, EACCES);
  EXPECT_EQ(kEnonet, ENONET);
  EXPECT_EQ(kEhostdown, EHOSTDOWN);
  EXPECT_EQ(kEmfile, EMFILE);
  EXPECT_EQ(kEnotty, ENOTTY);
  EXPECT_EQ(kEpipe, EPIPE);
  EXPECT_EQ(kEdom, EDOM);
  EXPECT_EQ(kEnoent, ENOENT);
  EXPECT_EQ(kEperm, EPERM);
  EXPECT_EQ(kEnotsock, ENOTSOCK);
  EXPECT_EQ(kEnoprotoopt, ENOPROTOOPT);
  EXPECT_EQ(kEprotonosupport, EPROTONOSUPPORT);
  EXPECT_EQ(kEsocktnosupport, ESOCKTNOSUPPORT);
  EXPECT_EQ(kEopnotsupp, EOPNOTSUPP);
  EXPECT_EQ(kEafnosupport, EAFNOSUPPORT);
  EXPECT_EQ(kEaddrinuse, EADDRINUSE);
  EXPECT_EQ(kEaddrnotavail, EADDRNOTAVAIL);
  EXPECT_EQ(kEnetunreach, ENETUNREACH);
  EXPECT_EQ(kEconnaborted, ECONNABORTED);
  EXPECT_EQ(kEconnreset, ECONNRESET);
  EXPECT_EQ(kEnobufs, ENOBUFS);
  EXPECT_EQ(kEisconn, EISCONN);
  EXPECT_EQ(kEnotconn, ENOTCONN);
  EXPECT_EQ(kEtimedout, ETIMEDOUT);
  EXPECT_EQ(kEconnrefused, ECONNREFUSED);
  EXPECT_EQ(kEhostunreach, EHOSTUNREACH);
  EXPECT_EQ(kEalready, EALREADY);
  EXPECT_EQ(kEinprogress, EINPROGRESS);
}

TEST(LinuxNumbers, ArgumentsOfCallsAreThoseOfTheSystem) {
  EXPECT_EQ(kAfUnspec, AF_UNSPEC);
  EXPECT_EQ(kAfInet, AF_INET);
  EXPECT_EQ(kAfInet6, AF_INET6);
  EXPECT_EQ(kSockStream, SOCK_STREAM);
  EXPECT_EQ(kSockNonblock, SOCK_NONBLOCK);
  EXPECT_EQ(kSockCloexec, SOCK_CLOEXEC);
  EXPECT_EQ(kIpprotoTcp, IPPROTO_TCP);
  EXPECT_EQ(kIpprotoIpv6, IPPROTO_IPV6);
  EXPECT_EQ(kFGetfd, F_GETFD);
  EXPECT_EQ(kFSetfd, F_SETFD);
  EXPECT_EQ(kFGetfl, F_GETFL);
  EXPECT_EQ(kFSetfl, F_SETFL);
  EXPECT_EQ(kFdCloexec, FD_CLOEXEC);
  EXPECT_EQ(kORdwr, O_RDWR);
  EXPECT_EQ(kONonblock, O_NONBLOCK);
  EXPECT_EQ(kOCloexec, O_CLOEXEC);
  EXPECT_EQ(kSiocinq, unsigned{SIOCINQ});
  EXPECT_EQ(kSiocinq, unsigned{FIONREAD});
  EXPECT_EQ(kSiocatmark, unsigned{SIOCATMARK});
  EXPECT_EQ(kSiocoutq, unsigned{SIOCOUTQ});
  EXPECT_EQ(kSiocoutqnsd, unsigned{SIOCOUTQNSD});
  EXPECT_EQ(kFionbio, unsigned{FIONBIO});
  EXPECT_EQ(kMsgOob, MSG_OOB);
  EXPECT_EQ(kMsgPeek, MSG_PEEK);
  EXPECT_EQ(kMsgCtrunc, MSG_CTRUNC);
  EXPECT_EQ(kMsgTrunc, MSG_TRUNC);
  EXPECT_EQ(kMsgDontwait, MSG_DONTWAIT);
  EXPECT_EQ(kMsgWaitall, MSG_WAITALL);
  EXPECT_EQ(kMsgErrqueue, MSG_ERRQUEUE);
  EXPECT_EQ(kMsgMore, MSG_MORE);
  EXPECT_EQ(kMsgFastopen, MSG_FASTOPEN);
  EXPECT_EQ(kShutRd, SHUT_RD);
  EXPECT_EQ(kShutWr, SHUT_WR);
  EXPECT_EQ(kShutRdwr, SHUT_RDWR);
}

TEST(LinuxNumbers, BitsOfReadinessAreThoseOfTheSystem) {
  EXPECT_EQ(kPollIn, unsigned{POLLIN});
  EXPECT_EQ(kPollPri, unsigned{POLLPRI});
  EXPECT_EQ(kPollOut, unsigned{POLLOUT});
  EXPECT_EQ(kPollErr, unsigned{POLLERR});
  EXPECT_EQ(kPollHup, unsigned{POLLHUP});
  EXPECT_EQ(kPollNval, unsigned{POLLNVAL});
  EXPECT_EQ(kPollIn, unsigned{EPOLLIN});
  EXPECT_EQ(kPollOut, unsigned{EPOLLOUT});
  EXPECT_EQ(kPollRdnorm, unsigned{EPOLLRDNORM});
  EXPECT_EQ(kPollRdband, unsigned{EPOLLRDBAND});
  EXPECT_EQ(kPollWrnorm, unsigned{EPOLLWRNORM});
  EXPECT_EQ(kPollWrband, unsigned{EPOLLWRBAND});
  EXPECT_EQ(kPollRdhup, unsigned{EPOLLRDHUP});
  EXPECT_EQ(kEpollEt, unsigned{EPOLLET});
  EXPECT_EQ(kEpollOneshot, unsigned{EPOLLONESHOT});
  EXPECT_EQ(kEpollWakeup, unsigned{EPOLLWAKEUP});
  EXPECT_EQ(kEpollExclusive, unsigned{EPOLLEXCLUSIVE});
  EXPECT_EQ(kEpollCtlAdd, EPOLL_CTL_ADD);
  EXPECT_EQ(kEpollCtlDel, EPOLL_CTL_DEL);
  EXPECT_EQ(kEpollCtlMod, EPOLL_CTL_MOD);
}

TEST(LinuxNumbers, OptionsAreThoseOfTheSystem) {
  EXPECT_EQ(kSolSocket, SOL_SOCKET);
  EXPECT_EQ(kSoReuseaddr, SO_REUSEADDR);
  EXPECT_EQ(kSoType, SO_TYPE);
  EXPECT_EQ(kSoError, SO_ERROR);
  EXPECT_EQ(kSoSndbuf, SO_SNDBUF);
  EXPECT_EQ(kSoRcvbuf, SO_RCVBUF);
  EXPECT_EQ(kSoKeepalive, SO_KEEPALIVE);
  EXPECT_EQ(kSoOobinline, SO_OOBINLINE);
  EXPECT_EQ(kSoPriority, SO_PRIORITY);
  EXPECT_EQ(kSoLinger, SO_LINGER);
  EXPECT_EQ(kSoReuseport, SO_REUSEPORT);
  EXPECT_EQ(kSoRcvlowat, SO_RCVLOWAT);
  EXPECT_EQ(kSoSndlowat, SO_SNDLOWAT);
  EXPECT_EQ(kSoRcvtimeo, SO_RCVTIMEO);
  EXPECT_EQ(kSoSndtimeo, SO_SNDTIMEO);
  EXPECT_EQ(kSoAcceptconn, SO_ACCEPTCONN);
  EXPECT_EQ(kSoMark, SO_MARK);
  EXPECT_EQ(kSoProtocol, SO_PROTOCOL);
  EXPECT_EQ(kSoDomain, SO_DOMAIN);
  EXPECT_EQ(kSoMeminfo, SO_MEMINFO);
  EXPECT_EQ(kSoZerocopy, SO_ZEROCOPY);
  EXPECT_EQ(kIpTos, IP_TOS);
  EXPECT_EQ(kIpTtl, IP_TTL);
  EXPECT_EQ(kIpMtuDiscover, IP_MTU_DISCOVER);
  EXPECT_EQ(kIpRecverr, IP_RECVERR);
  EXPECT_EQ(kIpMtu, IP_MTU);
  EXPECT_EQ(kIpFreebind, IP_FREEBIND);
  EXPECT_EQ(kIpBindAddressNoPort, IP_BIND_ADDRESS_NO_PORT);
  EXPECT_EQ(kIpv6UnicastHops, IPV6_UNICAST_HOPS);
  EXPECT_EQ(kIpv6MtuDiscover, IPV6_MTU_DISCOVER);
  EXPECT_EQ(kIpv6Mtu, IPV6_MTU);
  EXPECT_EQ(kIpv6Recverr, IPV6_RECVERR);
  EXPECT_EQ(kIpv6V6only, IPV6_V6ONLY);
  EXPECT_EQ(kIpv6Tclass, IPV6_TCLASS);
  EXPECT_EQ(kTcpNodelay, TCP_NODELAY);
  EXPECT_EQ(kTcpMaxseg, TCP_MAXSEG);
  EXPECT_EQ(kTcpCork, TCP_CORK);
  EXPECT_EQ(kTcpKeepidle, TCP_KEEPIDLE);
  EXPECT_EQ(kTcpKeepintvl, TCP_KEEPINTVL);
  EXPECT_EQ(kTcpKeepcnt, TCP_KEEPCNT);
  EXPECT_EQ(kTcpSyncnt, TCP_SYNCNT);
  EXPECT_EQ(kTcpLinger2, TCP_LINGER2);
  EXPECT_EQ(kTcpDeferAccept, TCP_DEFER_ACCEPT);
  EXPECT_EQ(kTcpWindowClamp, TCP_WINDOW_CLAMP);
  EXPECT_EQ(kTcpInfo, TCP_INFO);
  EXPECT_EQ(kTcpQuickack, TCP_QUICKACK);
  EXPECT_EQ(kTcpCongestion, TCP_CONGESTION);
  EXPECT_EQ(kTcpUserTimeout, TCP_USER_TIMEOUT);
  EXPECT_EQ(kTcpFastopen, TCP_FASTOPEN);
  EXPECT_EQ(kTcpTimestamp, TCP_TIMESTAMP);
  EXPECT_EQ(kTcpNotsentLowat, TCP_NOTSENT_LOWAT);
  EXPECT_EQ(kTcpCcInfo, TCP_CC_INFO);
  EXPECT_EQ(kTcpFastopenConnect, TCP_FASTOPEN_CONNECT);
  EXPECT_EQ(kTcpFastopenKey, TCP_FASTOPEN_KEY);
  EXPECT_EQ(kTcpFastopenNoCookie, TCP_FASTOPEN_NO_COOKIE);
  EXPECT_EQ(kTcpInq, TCP_INQ);
  EXPECT_EQ(kTcpCmInq, TCP_CM_INQ);
}

TEST(LinuxNumbers, TcpInfoIsLaidOutAsTheSystemHasIt) {
  EXPECT_EQ(offsetof(LinuxTcpInfo, tcpi_rto), offsetof(tcp_info, tcpi_rto));
  EXPECT_EQ(offsetof(LinuxTcpInfo, tcpi_last_data_sent), offsetof(tcp_info, tcpi_last_data_sent));
  EXPECT_EQ(offsetof(LinuxTcpInfo, tcpi_snd_cwnd), offsetof(tcp_info, tcpi_snd_cwnd));
  EXPECT_EQ(offsetof(LinuxTcpInfo, tcpi_total_retrans), offsetof(tcp_info, tcpi_total_retrans));
  EXPECT_EQ(offsetof(LinuxTcpInfo, tcpi_pacing_rate), offsetof(tcp_info, tcpi_pacing_rate));
  EXPECT_EQ(offsetof(LinuxTcpInfo, tcpi_min_rtt), offsetof(tcp_info, tcpi_min_rtt));
  EXPECT_EQ(offsetof(LinuxTcpInfo, tcpi_busy_time), offsetof(tcp_info, tcpi_busy_time));
  EXPECT_EQ(offsetof(LinuxTcpInfo, tcpi_delivered), offsetof(tcp_info, tcpi_delivered));
  EXPECT_EQ(offsetof(LinuxTcpInfo, tcpi_reord_seen), offsetof(tcp_info, tcpi_reord_seen));
  EXPECT_EQ(offsetof(LinuxTcpInfo, tcpi_snd_wnd), offsetof(tcp_info, tcpi_snd_wnd));
  LinuxTcpInfo ours;
  ours.tcpi_snd_wscale = 7;
  ours.tcpi_rcv_wscale = 8;
  tcp_info theirs{};
  static_assert(sizeof(theirs) <= sizeof(ours));
  std::memcpy(&theirs, &ours, sizeof(theirs));
  EXPECT_EQ(theirs.tcpi_snd_wscale, 7);
  EXPECT_EQ(theirs.tcpi_rcv_wscale, 8);
}

}  // namespace
}  // namespace handfast::posix

#endif
