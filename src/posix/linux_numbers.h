#pragma once

#include <cstdint>

// The numbers of Linux that a socket call is made with and answers with, as its headers have them on x86-64 and Arm:
// those alone that the calls here look at. A program of Linux then means the same by them, and nothing here includes
// the headers of a system. linux_numbers_test.cc holds them against the system's where that is Linux.

namespace handfast::posix {

// Errors.
inline constexpr int kEbadf = 9;
inline constexpr int kEagain = 11;
inline constexpr int kEnomem = 12;
inline constexpr int kEacces = 13;
inline constexpr int kEfault = 14;
inline constexpr int kEexist = 17;
inline constexpr int kEinval = 22;
inline constexpr int kEmfile = 24;
inline constexpr int kEnotty = 25;
inline constexpr int kEpipe = 32;
inline constexpr int kEdom = 33;
inline constexpr int kEnoent = 2;
inline constexpr int kEperm = 1;
inline constexpr int kEnonet = 64;
inline constexpr int kEproto = 71;
inline constexpr int kEnotsock = 88;
inline constexpr int kEdestaddrreq = 89;
inline constexpr int kEnoprotoopt = 92;
inline constexpr int kEprotonosupport = 93;
inline constexpr int kEsocktnosupport = 94;
inline constexpr int kEopnotsupp = 95;
inline constexpr int kEafnosupport = 97;
inline constexpr int kEaddrinuse = 98;
inline constexpr int kEaddrnotavail = 99;
inline constexpr int kEnetunreach = 101;
inline constexpr int kEconnaborted = 103;
inline constexpr int kEconnreset = 104;
inline constexpr int kEnobufs = 105;
inline constexpr int kEisconn = 106;
inline constexpr int kEnotconn = 107;
inline constexpr int kEtimedout = 110;
inline constexpr int kEconnrefused = 111;
inline constexpr int kEhostdown = 112;
inline constexpr int kEhostunreach = 113;
inline constexpr int kEalready = 114;
inline constexpr int kEinprogress = 115;

// socket().
inline constexpr int kAfUnspec = 0;
inline constexpr int kAfInet = 2;
inline constexpr int kAfInet6 = 10;
inline constexpr int kSockStream = 1;
inline constexpr int kSockNonblock = 0x800;
inline constexpr int kSockCloexec = 0x80000;
inline constexpr int kIpprotoIp = 0;
inline constexpr int kIpprotoTcp = 6;
inline constexpr int kIpprotoIpv6 = 41;

// fcntl() and ioctl().
inline constexpr int kFGetfd = 1;
inline constexpr int kFSetfd = 2;
inline constexpr int kFGetfl = 3;
inline constexpr int kFSetfl = 4;
inline constexpr int kFdCloexec = 1;
inline constexpr int kORdwr = 2;
inline constexpr int kOAppend = 0x400;
inline constexpr int kONonblock = 0x800;
inline constexpr int kOCloexec = 0x80000;
inline constexpr unsigned kSiocinq = 0x541B;  // FIONREAD too
inline constexpr unsigned kSiocoutq = 0x5411;
inline constexpr unsigned kSiocoutqnsd = 0x894B;
inline constexpr unsigned kSiocatmark = 0x8905;
inline constexpr unsigned kFionbio = 0x5421;

// Flags of send and recv.
inline constexpr int kMsgOob = 0x1;
inline constexpr int kMsgPeek = 0x2;
inline constexpr int kMsgCtrunc = 0x8;
inline constexpr int kMsgTrunc = 0x20;
inline constexpr int kMsgDontwait = 0x40;
inline constexpr int kMsgEor = 0x80;
inline constexpr int kMsgWaitall = 0x100;
inline constexpr int kMsgErrqueue = 0x2000;
inline constexpr int kMsgNosignal = 0x4000;
inline constexpr int kMsgMore = 0x8000;
inline constexpr int kMsgZerocopy = 0x4000000;
inline constexpr int kMsgFastopen = 0x20000000;

inline constexpr int kShutRd = 0;
inline constexpr int kShutWr = 1;
inline constexpr int kShutRdwr = 2;

// poll() and epoll: the same bits.
inline constexpr std::uint32_t kPollIn = 0x1;
inline constexpr std::uint32_t kPollPri = 0x2;
inline constexpr std::uint32_t kPollOut = 0x4;
inline constexpr std::uint32_t kPollErr = 0x8;
inline constexpr std::uint32_t kPollHup = 0x10;
inline constexpr std::uint32_t kPollNval = 0x20;
inline constexpr std::uint32_t kPollRdnorm = 0x40;
inline constexpr std::uint32_t kPollRdband = 0x80;
inline constexpr std::uint32_t kPollWrnorm = 0x100;
inline constexpr std::uint32_t kPollWrband = 0x200;
inline constexpr std::uint32_t kPollRdhup = 0x2000;
inline constexpr std::uint32_t kEpollExclusive = 1u << 28;
inline constexpr std::uint32_t kEpollWakeup = 1u << 29;
inline constexpr std::uint32_t kEpollOneshot = 1u << 30;
inline constexpr std::uint32_t kEpollEt = 1u << 31;
inline constexpr std::uint32_t kEpollModes = kEpollEt | kEpollOneshot | kEpollWakeup | kEpollExclusive;
inline constexpr int kEpollCtlAdd = 1;
inline constexpr int kEpollCtlDel = 2;
inline constexpr int kEpollCtlMod = 3;

// Options of SOL_SOCKET.
inline constexpr int kSolSocket = 1;
inline constexpr int kSoReuseaddr = 2;
inline constexpr int kSoType = 3;
inline constexpr int kSoError = 4;
inline constexpr int kSoSndbuf = 7;
inline constexpr int kSoRcvbuf = 8;
inline constexpr int kSoKeepalive = 9;
inline constexpr int kSoOobinline = 10;
inline constexpr int kSoPriority = 12;
inline constexpr int kSoLinger = 13;
inline constexpr int kSoReuseport = 15;
inline constexpr int kSoRcvlowat = 18;
inline constexpr int kSoSndlowat = 19;
inline constexpr int kSoRcvtimeo = 20;
inline constexpr int kSoSndtimeo = 21;
inline constexpr int kSoAcceptconn = 30;
inline constexpr int kSoMark = 36;
inline constexpr int kSoProtocol = 38;
inline constexpr int kSoDomain = 39;
inline constexpr int kSoIncomingCpu = 49;
inline constexpr int kSoMeminfo = 55;
inline constexpr int kSoZerocopy = 60;

// Options of IP and IPv6.
inline constexpr int kIpTos = 1;
inline constexpr int kIpTtl = 2;
inline constexpr int kIpMtuDiscover = 10;
inline constexpr int kIpRecverr = 11;
inline constexpr int kIpMtu = 14;
inline constexpr int kIpFreebind = 15;
inline constexpr int kIpBindAddressNoPort = 24;
inline constexpr int kIpv6UnicastHops = 16;
inline constexpr int kIpv6MtuDiscover = 23;
inline constexpr int kIpv6Mtu = 24;
inline constexpr int kIpv6Recverr = 25;
inline constexpr int kIpv6V6only = 26;
inline constexpr int kIpv6Tclass = 67;
inline constexpr int kIpPmtudiscLast = 5;  // IP_PMTUDISC_OMIT, the largest

// Options of TCP.
inline constexpr int kTcpNodelay = 1;
inline constexpr int kTcpMaxseg = 2;
inline constexpr int kTcpCork = 3;
inline constexpr int kTcpKeepidle = 4;
inline constexpr int kTcpKeepintvl = 5;
inline constexpr int kTcpKeepcnt = 6;
inline constexpr int kTcpSyncnt = 7;
inline constexpr int kTcpLinger2 = 8;
inline constexpr int kTcpDeferAccept = 9;
inline constexpr int kTcpWindowClamp = 10;
inline constexpr int kTcpInfo = 11;
inline constexpr int kTcpQuickack = 12;
inline constexpr int kTcpCongestion = 13;
inline constexpr int kTcpUserTimeout = 18;
inline constexpr int kTcpFastopen = 23;
inline constexpr int kTcpTimestamp = 24;
inline constexpr int kTcpNotsentLowat = 25;
inline constexpr int kTcpCcInfo = 26;
inline constexpr int kTcpFastopenConnect = 30;
inline constexpr int kTcpFastopenKey = 33;
inline constexpr int kTcpFastopenNoCookie = 34;
inline constexpr int kTcpInq = 36;
inline constexpr int kTcpCmInq = 36;  // the type of its control message

// tcp_info: states, what congestion control is at, options.
inline constexpr std::uint8_t kTcpEstablished = 1;
inline constexpr std::uint8_t kTcpSynSent = 2;
inline constexpr std::uint8_t kTcpSynRecv = 3;
inline constexpr std::uint8_t kTcpFinWait1 = 4;
inline constexpr std::uint8_t kTcpFinWait2 = 5;
inline constexpr std::uint8_t kTcpTimeWait = 6;
inline constexpr std::uint8_t kTcpClose = 7;
inline constexpr std::uint8_t kTcpCloseWait = 8;
inline constexpr std::uint8_t kTcpLastAck = 9;
inline constexpr std::uint8_t kTcpListen = 10;
inline constexpr std::uint8_t kTcpClosing = 11;
inline constexpr std::uint8_t kTcpCaOpen = 0;
inline constexpr std::uint8_t kTcpCaDisorder = 1;
inline constexpr std::uint8_t kTcpCaCwr = 2;
inline constexpr std::uint8_t kTcpCaRecovery = 3;
inline constexpr std::uint8_t kTcpCaLoss = 4;
inline constexpr std::uint8_t kTcpiOptTimestamps = 1;
inline constexpr std::uint8_t kTcpiOptSack = 2;
inline constexpr std::uint8_t kTcpiOptWscale = 4;
inline constexpr std::uint8_t kTcpiOptEcn = 8;
inline constexpr std::uint8_t kTcpiOptEcnSeen = 16;
inline constexpr std::uint8_t kTcpiOptSynData = 32;

// tcp_fastopen, the sysctl: a mask.
inline constexpr std::uint32_t kFastopenClient = 0x1;
inline constexpr std::uint32_t kFastopenServer = 0x2;
inline constexpr std::uint32_t kFastopenClientNoCookie = 0x4;
inline constexpr std::uint32_t kFastopenServerNoCookie = 0x200;
inline constexpr std::uint32_t kFastopenEveryListener = 0x400;  // without TCP_FASTOPEN too

}  // namespace handfast::posix
