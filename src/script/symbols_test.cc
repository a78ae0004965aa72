#include "script/symbols.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "script/errors.h"

namespace handfast::script {
namespace {

struct Row {
  const char* name;
  std::int64_t number;
};

#define ROW(word) {#word, static_cast<std::int64_t>(word)}

// All words but those of the kernel alone and those that the oldest headers we build with have not.
const Row kRows[] = {ROW(AF_INET),
                     ROW(AF_INET6),
                     ROW(AF_UNIX),
                     ROW(AF_UNSPEC),
                     ROW(EPOLLERR),
                     ROW(EPOLLET),
                     ROW(EPOLLEXCLUSIVE),
                     ROW(EPOLLHUP),
                     ROW(EPOLLIN),
                     ROW(EPOLLMSG),
                     ROW(EPOLLONESHOT),
                     ROW(EPOLLOUT),
                     ROW(EPOLLPRI),
                     ROW(EPOLLRDBAND),
                     ROW(EPOLLRDHUP),
                     ROW(EPOLLRDNORM),
                     ROW(EPOLLWAKEUP),
                     ROW(EPOLLWRBAND),
                     ROW(EPOLLWRNORM),
                     ROW(EPOLL_CLOEXEC),
                     ROW(EPOLL_CTL_ADD),
                     ROW(EPOLL_CTL_DEL),
                     ROW(EPOLL_CTL_MOD),
                     ROW(FD_CLOEXEC),
                     ROW(FIONBIO),
                     ROW(FIONREAD),
                     ROW(F_DUPFD),
                     ROW(F_DUPFD_CLOEXEC),
                     ROW(F_GETFD),
                     ROW(F_GETFL),
                     ROW(F_GETLK),
                     ROW(F_GETOWN),
                     ROW(F_GETSIG),
                     ROW(F_RDLCK),
                     ROW(F_SETFD),
                     ROW(F_SETFL),
                     ROW(F_SETLK),
                     ROW(F_SETLKW),
                     ROW(F_SETOWN),
                     ROW(F_SETSIG),
                     ROW(F_UNLCK),
                     ROW(F_WRLCK),
                     ROW(INADDR_LOOPBACK),
                     ROW(IPPROTO_ICMP),
                     ROW(IPPROTO_ICMPV6),
                     ROW(IPPROTO_IP),
                     ROW(IPPROTO_IPV6),
                     ROW(IPPROTO_RAW),
                     ROW(IPPROTO_TCP),
                     ROW(IPPROTO_UDP),
                     ROW(IPV6_AUTOFLOWLABEL),
                     ROW(IPV6_HOPLIMIT),
                     ROW(IPV6_MTU),
                     ROW(IPV6_MTU_DISCOVER),
                     ROW(IPV6_PMTUDISC_DO),
                     ROW(IPV6_PMTUDISC_DONT),
                     ROW(IPV6_PMTUDISC_PROBE),
                     ROW(IPV6_PMTUDISC_WANT),
                     ROW(IPV6_RECVERR),
                     ROW(IPV6_TCLASS),
                     ROW(IPV6_UNICAST_HOPS),
                     ROW(IPV6_V6ONLY),
                     ROW(IP_BIND_ADDRESS_NO_PORT),
                     ROW(IP_FREEBIND),
                     ROW(IP_MTU),
                     ROW(IP_MTU_DISCOVER),
                     ROW(IP_PMTUDISC_DO),
                     ROW(IP_PMTUDISC_DONT),
                     ROW(IP_PMTUDISC_PROBE),
                     ROW(IP_PMTUDISC_WANT),
                     ROW(IP_RECVERR),
                     ROW(IP_RECVTOS),
                     ROW(IP_RECVTTL),
                     ROW(IP_TOS),
                     ROW(IP_TRANSPARENT),
                     ROW(IP_TTL),
                     ROW(MSG_CMSG_CLOEXEC),
                     ROW(MSG_CONFIRM),
                     ROW(MSG_CTRUNC),
                     ROW(MSG_DONTROUTE),
                     ROW(MSG_DONTWAIT),
                     ROW(MSG_EOR),
                     ROW(MSG_ERRQUEUE),
                     ROW(MSG_FASTOPEN),
                     ROW(MSG_FIN),
                     ROW(MSG_MORE),
                     ROW(MSG_NOSIGNAL),
                     ROW(MSG_OOB),
                     ROW(MSG_PEEK),
                     ROW(MSG_PROXY),
                     ROW(MSG_RST),
                     ROW(MSG_SYN),
                     ROW(MSG_TRUNC),
                     ROW(MSG_WAITALL),
                     ROW(MSG_WAITFORONE),
                     ROW(MSG_ZEROCOPY),
                     ROW(O_ACCMODE),
                     ROW(O_APPEND),
                     ROW(O_CLOEXEC),
                     ROW(O_CREAT),
                     ROW(O_EXCL),
                     ROW(O_NOCTTY),
                     ROW(O_NONBLOCK),
                     ROW(O_RDONLY),
                     ROW(O_RDWR),
                     ROW(O_TRUNC),
                     ROW(O_WRONLY),
                     ROW(PF_INET),
                     ROW(PF_INET6),
                     ROW(POLLERR),
                     ROW(POLLHUP),
                     ROW(POLLIN),
                     ROW(POLLNVAL),
                     ROW(POLLOUT),
                     ROW(POLLPRI),
                     ROW(POLLRDBAND),
                     ROW(POLLRDHUP),
                     ROW(POLLRDNORM),
                     ROW(POLLWRBAND),
                     ROW(POLLWRNORM),
                     ROW(SCM_RIGHTS),
                     ROW(SCM_TIMESTAMPING),
                     ROW(SCM_TSTAMP_ACK),
                     ROW(SCM_TSTAMP_SCHED),
                     ROW(SCM_TSTAMP_SND),
                     ROW(SEEK_CUR),
                     ROW(SEEK_END),
                     ROW(SEEK_SET),
                     ROW(SHUT_RD),
                     ROW(SHUT_RDWR),
                     ROW(SHUT_WR),
                     ROW(SIOCATMARK),
                     ROW(SIOCINQ),
                     ROW(SIOCOUTQ),
                     ROW(SIOCOUTQNSD),
                     ROW(SOCK_CLOEXEC),
                     ROW(SOCK_DGRAM),
                     ROW(SOCK_NONBLOCK),
                     ROW(SOCK_RAW),
                     ROW(SOCK_STREAM),
                     ROW(SOF_TIMESTAMPING_OPT_CMSG),
                     ROW(SOF_TIMESTAMPING_OPT_ID),
                     ROW(SOF_TIMESTAMPING_OPT_STATS),
                     ROW(SOF_TIMESTAMPING_OPT_TSONLY),
                     ROW(SOF_TIMESTAMPING_RAW_HARDWARE),
                     ROW(SOF_TIMESTAMPING_RX_HARDWARE),
                     ROW(SOF_TIMESTAMPING_RX_SOFTWARE),
                     ROW(SOF_TIMESTAMPING_SOFTWARE),
                     ROW(SOF_TIMESTAMPING_SYS_HARDWARE),
                     ROW(SOF_TIMESTAMPING_TX_ACK),
                     ROW(SOF_TIMESTAMPING_TX_HARDWARE),
                     ROW(SOF_TIMESTAMPING_TX_SCHED),
                     ROW(SOF_TIMESTAMPING_TX_SOFTWARE),
                     ROW(SOL_IP),
                     ROW(SOL_IPV6),
                     ROW(SOL_SOCKET),
                     ROW(SOMAXCONN),
                     ROW(SO_ACCEPTCONN),
                     ROW(SO_ATTACH_FILTER),
                     ROW(SO_BINDTODEVICE),
                     ROW(SO_BROADCAST),
                     ROW(SO_BSDCOMPAT),
                     ROW(SO_BUSY_POLL),
                     ROW(SO_COOKIE),
                     ROW(SO_DEBUG),
                     ROW(SO_DETACH_FILTER),
                     ROW(SO_DOMAIN),
                     ROW(SO_DONTROUTE),
                     ROW(SO_EE_CODE_ZEROCOPY_COPIED),
                     ROW(SO_EE_ORIGIN_ICMP),
                     ROW(SO_EE_ORIGIN_ICMP6),
                     ROW(SO_EE_ORIGIN_LOCAL),
                     ROW(SO_EE_ORIGIN_TIMESTAMPING),
                     ROW(SO_EE_ORIGIN_ZEROCOPY),
                     ROW(SO_ERROR),
                     ROW(SO_INCOMING_CPU),
                     ROW(SO_KEEPALIVE),
                     ROW(SO_LINGER),
                     ROW(SO_MARK),
                     ROW(SO_MAX_PACING_RATE),
                     ROW(SO_MEMINFO),
                     ROW(SO_NO_CHECK),
                     ROW(SO_OOBINLINE),
                     ROW(SO_PASSCRED),
                     ROW(SO_PEERCRED),
                     ROW(SO_PEERNAME),
                     ROW(SO_PEERSEC),
                     ROW(SO_PRIORITY),
                     ROW(SO_PROTOCOL),
                     ROW(SO_RCVBUF),
                     ROW(SO_RCVBUFFORCE),
                     ROW(SO_RCVLOWAT),
                     ROW(SO_RCVTIMEO),
                     ROW(SO_REUSEADDR),
                     ROW(SO_REUSEPORT),
                     ROW(SO_SNDBUF),
                     ROW(SO_SNDBUFFORCE),
                     ROW(SO_SNDLOWAT),
                     ROW(SO_SNDTIMEO),
                     ROW(SO_TIMESTAMP),
                     ROW(SO_TIMESTAMPING),
                     ROW(SO_TIMESTAMPNS),
                     ROW(SO_TXTIME),
                     ROW(SO_TYPE),
                     ROW(SO_ZEROCOPY),
                     ROW(SPLICE_F_GIFT),
                     ROW(SPLICE_F_MORE),
                     ROW(SPLICE_F_MOVE),
                     ROW(SPLICE_F_NONBLOCK),
                     ROW(TCPI_OPT_ECN),
                     ROW(TCPI_OPT_ECN_SEEN),
                     ROW(TCPI_OPT_SACK),
                     ROW(TCPI_OPT_SYN_DATA),
                     ROW(TCPI_OPT_TIMESTAMPS),
                     ROW(TCPI_OPT_WSCALE),
                     ROW(TCP_CA_CWR),
                     ROW(TCP_CA_Disorder),
                     ROW(TCP_CA_Loss),
                     ROW(TCP_CA_Open),
                     ROW(TCP_CA_Recovery),
                     ROW(TCP_CC_INFO),
                     ROW(TCP_CM_INQ),
                     ROW(TCP_CONGESTION),
                     ROW(TCP_CORK),
                     ROW(TCP_DEFER_ACCEPT),
                     ROW(TCP_FASTOPEN),
                     ROW(TCP_FASTOPEN_CONNECT),
                     ROW(TCP_FASTOPEN_KEY),
                     ROW(TCP_FASTOPEN_NO_COOKIE),
                     ROW(TCP_INFO),
                     ROW(TCP_INQ),
                     ROW(TCP_KEEPCNT),
                     ROW(TCP_KEEPIDLE),
                     ROW(TCP_KEEPINTVL),
                     ROW(TCP_LINGER2),
                     ROW(TCP_MAXSEG),
                     ROW(TCP_MD5SIG),
                     ROW(TCP_MD5SIG_EXT),
                     ROW(TCP_NLA_BUSY),
                     ROW(TCP_NLA_BYTES_RETRANS),
                     ROW(TCP_NLA_BYTES_SENT),
                     ROW(TCP_NLA_CA_STATE),
                     ROW(TCP_NLA_DATA_SEGS_OUT),
                     ROW(TCP_NLA_DELIVERED),
                     ROW(TCP_NLA_DELIVERED_CE),
                     ROW(TCP_NLA_DELIVERY_RATE),
                     ROW(TCP_NLA_DELIVERY_RATE_APP_LMT),
                     ROW(TCP_NLA_DSACK_DUPS),
                     ROW(TCP_NLA_MIN_RTT),
                     ROW(TCP_NLA_PACING_RATE),
                     ROW(TCP_NLA_RECUR_RETRANS),
                     ROW(TCP_NLA_REORDERING),
                     ROW(TCP_NLA_REORD_SEEN),
                     ROW(TCP_NLA_RWND_LIMITED),
                     ROW(TCP_NLA_SNDBUF_LIMITED),
                     ROW(TCP_NLA_SNDQ_SIZE),
                     ROW(TCP_NLA_SND_CWND),
                     ROW(TCP_NLA_SND_SSTHRESH),
                     ROW(TCP_NLA_SRTT),
                     ROW(TCP_NLA_TOTAL_RETRANS),
                     ROW(TCP_NODELAY),
                     ROW(TCP_NOTSENT_LOWAT),
                     ROW(TCP_QUICKACK),
                     ROW(TCP_REPAIR),
                     ROW(TCP_SAVED_SYN),
                     ROW(TCP_SAVE_SYN),
                     ROW(TCP_SYNCNT),
                     ROW(TCP_THIN_DUPACK),
                     ROW(TCP_THIN_LINEAR_TIMEOUTS),
                     ROW(TCP_TIMESTAMP),
                     ROW(TCP_TX_DELAY),
                     ROW(TCP_ULP),
                     ROW(TCP_USER_TIMEOUT),
                     ROW(TCP_WINDOW_CLAMP),
                     ROW(TCP_ZEROCOPY_RECEIVE),
                     ROW(TIOCINQ),
                     ROW(TIOCOUTQ)};

TEST(ScriptSymbols, AreThoseOfTheSystemsHeaders) {
  for (const Row& row : kRows) EXPECT_EQ(symbol(row.name), row.number) << row.name;
}

TEST(ScriptSymbols, ThatNoHeaderBesideTheKernelsHas) {
  EXPECT_EQ(symbol("TCP_ESTABLISHED"), 1);
  EXPECT_EQ(symbol("TCP_SYN_SENT"), 2);
  EXPECT_EQ(symbol("TCP_SYN_RECV"), 3);
  EXPECT_EQ(symbol("TCP_FIN_WAIT1"), 4);
  EXPECT_EQ(symbol("TCP_FIN_WAIT2"), 5);
  EXPECT_EQ(symbol("TCP_TIME_WAIT"), 6);
  EXPECT_EQ(symbol("TCP_CLOSE"), 7);
  EXPECT_EQ(symbol("TCP_CLOSE_WAIT"), 8);
  EXPECT_EQ(symbol("TCP_LAST_ACK"), 9);
  EXPECT_EQ(symbol("TCP_LISTEN"), 10);
  EXPECT_EQ(symbol("TCP_CLOSING"), 11);
  EXPECT_EQ(symbol("SOL_TCP"), IPPROTO_TCP);
  EXPECT_EQ(symbol("SOL_UDP"), IPPROTO_UDP);
  EXPECT_EQ(symbol("TCPI_OPT_USEC_TS"), 64);
  EXPECT_EQ(symbol("TCPI_OPT_TFO_CHILD"), 128);
  EXPECT_EQ(symbol("TCP_INFINITE_SSTHRESH"), 0x7FFFFFFF);
  EXPECT_EQ(symbol("SOF_TIMESTAMPING_OPT_ID_TCP"), 1 << 16);
  EXPECT_EQ(symbol("NULL"), 0);
}

TEST(ScriptSymbols, OtherWordsAreNone) {
  EXPECT_EQ(symbol(""), std::nullopt);
  EXPECT_EQ(symbol("SO_"), std::nullopt);
  EXPECT_EQ(symbol("zz"), std::nullopt);
  EXPECT_EQ(symbol("tcpi_snd_cwnd"), std::nullopt);
}

TEST(ScriptErrors, HaveTheNamesAndTextsOfTheSystem) {
  for (int number = 1; number < 200; ++number) {
    const std::string_view name = name_of_errno(number);
    if (name.empty()) {
      EXPECT_EQ(std::string(strerror(number)).substr(0, 13), "Unknown error") << number;
      EXPECT_EQ(text_of_errno(number), "");
      continue;
    }
    EXPECT_EQ(name, strerrorname_np(number));
    EXPECT_EQ(text_of_errno(number), strerror(number));
    EXPECT_EQ(number_of_error(name), number);
    EXPECT_EQ(symbol(name), number);
  }
  EXPECT_EQ(number_of_error("EWOULDBLOCK"), EWOULDBLOCK);
  EXPECT_EQ(number_of_error("ENOTSUP"), ENOTSUP);
  EXPECT_EQ(number_of_error("EDEADLOCK"), EDEADLOCK);
  EXPECT_EQ(number_of_error("ENOTHING"), std::nullopt);
  EXPECT_EQ(name_of_errno(0), "");
  EXPECT_EQ(name_of_errno(-1), "");
}

}  // namespace
}  // namespace handfast::script
