#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "handfast/time.h"

// What a script says, line by line, in the packetdrill language: values alone. parser.h makes them out of text; nothing
// is looked up here, so a word is still a word and a sequence number is still the script's.

namespace handfast::script {

/// Where something stands in the text; both count from 1.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

/// An argument or a result of a system call.
struct Expression {
  enum class Kind : std::uint8_t {
    kEllipsis,  ///< ... : anything
    kInteger,   ///< number
    kWord,      ///< a symbol such as SOCK_STREAM, in text
    kString,    ///< the bytes in text, escapes read, strings in a row joined; open_ended where "..." followed
    kOr,        ///< the parts, joined by |
    kAssign,    ///< text = parts[0]; with an argument, as msg_iov(2) has it, in parts[1]
    kList,      ///< [parts]
    kStruct,    ///< {parts}, each a kAssign or a plain expression
    kCall,      ///< text(parts): htons(8080), inet_addr("192.0.2.1")
  };
  Kind kind = Kind::kEllipsis;
  bool is_hexadecimal = false;
  bool open_ended = false;
  std::int64_t number = 0;
  std::string text;
  std::vector<Expression> parts;
  Position at;

  /// As a script would have it, for messages.
  std::string to_string() const;
};

enum class Direction : std::uint8_t { kInbound, kOutbound };

/// The two ECN bits of the IP header as a line names them.
enum class EcnWord : std::uint8_t { kNone, kNoEcn, kEct0, kEct1, kCe, kEct01 };

/// What stands in ( ) or [ ] behind the direction. What is not written is not checked.
struct IpFields {
  EcnWord ecn = EcnWord::kNone;
  std::optional<std::uint8_t> tos;
  std::optional<std::uint8_t> ttl;
  std::optional<std::uint32_t> flow_label;
};

struct Ports {
  std::uint16_t source = 0;
  std::uint16_t destination = 0;
};

/// One of the options in < >.
struct OptionWords {
  enum class Kind : std::uint8_t {
    kNop,
    kEol,
    kMss,          ///< value
    kWindowScale,  ///< value
    kSackPermitted,
    kSack,        ///< blocks
    kTimestamps,  ///< value and echo
    kFastOpen,    ///< cookie
    kFastOpenExperimental,
    kMd5,     ///< cookie holds the digest
    kAccEcn,  ///< counters, in the order of the line
  };
  /// A byte counter of AccECN: which of the code points, and its 24 bits.
  struct Counter {
    EcnWord of = EcnWord::kNone;
    std::uint32_t value = 0;
  };
  Kind kind = Kind::kNop;
  std::uint32_t value = 0;
  std::uint32_t echo = 0;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> blocks{};
  std::vector<std::uint8_t> cookie{};
  std::vector<Counter> counters{};
};

struct TcpWords {
  std::uint16_t flags = 0;            ///< as wire/tcp.h numbers them; ACK where the line has a dot
  std::optional<std::uint8_t> ace{};  ///< the number behind the dot: AE, CWR and ECE as one field (RFC 9768)
  std::uint32_t sequence = 0;         ///< relative to the initial one
  std::uint32_t length = 0;           ///< bytes of text
  std::uint32_t acknowledgment = 0;   ///< relative; 0 where the line has none
  std::optional<std::uint16_t> window{};
  std::uint16_t urgent = 0;
  bool any_options = false;  ///< <...>
  std::vector<OptionWords> options{};
};

struct UdpWords {
  std::uint32_t length = 0;
};

/// The packet that an ICMP error quotes.
struct QuotedWords {
  enum class Protocol : std::uint8_t { kTcp, kUdp, kRaw };
  Protocol protocol = Protocol::kTcp;
  std::uint32_t sequence = 0;
  std::uint32_t length = 0;
};

struct IcmpWords {
  std::string type;
  std::string code;  ///< empty where the line has none
  std::optional<std::uint32_t> mtu;
  std::uint32_t echo_id = 0;
  std::optional<QuotedWords> quoted;
};

struct PacketLine {
  Direction direction = Direction::kInbound;
  IpFields ip;
  std::optional<Ports> ports;
  std::variant<TcpWords, UdpWords, IcmpWords> what;
};

struct CallLine {
  std::string name;
  std::vector<Expression> arguments;
  Expression result;
  std::string error;              ///< ECONNRESET; empty where none is expected
  std::optional<Duration> until;  ///< when a call that blocks returns: counted as the line's own time is
};

/// `...`: nothing is executed. commands.h reads settings out of those it knows.
struct CommandLine {
  std::string text;
};

/// %{ ... }%
struct CodeLine {
  std::string text;
  Position begin;  ///< of its first character
};

struct TimeWords {
  enum class Kind : std::uint8_t {
    kAbsolute,       ///< 0.100: since the script began
    kRelative,       ///< +0.1: since the event before
    kAny,            ///< *: whenever
    kAbsoluteRange,  ///< 0.1~0.2
    kRelativeRange,  ///< +0.1~+0.2
  };
  Kind kind = Kind::kAbsolute;
  Duration at{};
  Duration end{};  ///< of a range
};

struct ScriptLine {
  Position at;
  TimeWords time;
  std::variant<PacketLine, CallLine, CommandLine, CodeLine> what;
};

/// --name=value at the top.
struct ScriptOption {
  std::string name;
  std::string value;
  Position at;
};

struct Script {
  std::string name;  ///< of the file, for messages
  std::vector<ScriptOption> options;
  std::optional<CommandLine> first_command;  ///< without a time, before the first line
  std::vector<ScriptLine> lines;
  std::optional<CommandLine> last_command;  ///< without a time, after the last line
};

}  // namespace handfast::script
