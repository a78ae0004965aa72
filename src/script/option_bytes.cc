#include "script/option_bytes.h"

#include <algorithm>

#include "wire/tcp_option_kinds.h"

namespace handfast::script {

namespace {

using Kind = OptionWords::Kind;

constexpr std::uint8_t kKindMd5 = 19;  // RFC 2385; only scripts have it

class Writer {
 public:
  void number(std::uint32_t value, std::size_t bytes) {
    for (std::size_t i = bytes; i-- > 0;) bytes_.push_back(static_cast<std::byte>(value >> (8 * i)));
  }
  void kind(std::uint8_t kind, std::size_t length) {
    number(kind, 1);
    number(static_cast<std::uint32_t>(length), 1);
  }
  void blob(std::span<const std::uint8_t> blob) {
    for (const std::uint8_t byte : blob) bytes_.push_back(static_cast<std::byte>(byte));
  }
  std::vector<std::byte> take_padded() {
    while (bytes_.size() % 4 != 0) number(wire::kKindEnd, 1);
    return std::move(bytes_);
  }

 private:
  std::vector<std::byte> bytes_;
};

void write_accurate_ecn(Writer& writer, const OptionWords& option) {
  const bool ect1_first = !option.counters.empty() && option.counters.front().of == EcnWord::kEct1;
  writer.kind(ect1_first ? wire::kKindAccurateEcn1 : wire::kKindAccurateEcn0, 2 + 3 * option.counters.size());
  for (const OptionWords::Counter& counter : option.counters) writer.number(counter.value, 3);
}

void write(Writer& writer, const OptionWords& option) {
  switch (option.kind) {
    case Kind::kNop:
      return writer.number(wire::kKindNop, 1);
    case Kind::kEol:
      return writer.number(wire::kKindEnd, 1);
    case Kind::kMss:
      writer.kind(wire::kKindMss, 4);
      return writer.number(option.value, 2);
    case Kind::kWindowScale:
      writer.kind(wire::kKindWindowScale, 3);
      return writer.number(option.value, 1);
    case Kind::kSackPermitted:
      return writer.kind(wire::kKindSackPermitted, 2);
    case Kind::kSack:
      writer.kind(wire::kKindSack, 2 + 8 * option.blocks.size());
      for (const auto& [left, right] : option.blocks) {
        writer.number(left, 4);
        writer.number(right, 4);
      }
      return;
    case Kind::kTimestamps:
      writer.kind(wire::kKindTimestamps, 10);
      writer.number(option.value, 4);
      return writer.number(option.echo, 4);
    case Kind::kFastOpen:
    case Kind::kMd5:
      writer.kind(option.kind == Kind::kMd5 ? kKindMd5 : wire::kKindFastOpen, 2 + option.cookie.size());
      return writer.blob(option.cookie);
    case Kind::kFastOpenExperimental:
      writer.kind(wire::kKindExperimental, 4 + option.cookie.size());
      writer.number(wire::kFastOpenMagic, 2);
      return writer.blob(option.cookie);
    case Kind::kAccEcn:
      return write_accurate_ecn(writer, option);
  }
}

std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t offset, std::size_t length) {
  std::uint32_t value = 0;
  for (const std::byte byte : bytes.subspan(offset, length)) value = value << 8 | std::to_integer<std::uint32_t>(byte);
  return value;
}

std::vector<std::uint8_t> blob_of(std::span<const std::byte> bytes) {
  std::vector<std::uint8_t> blob;
  blob.reserve(bytes.size());
  for (const std::byte byte : bytes) blob.push_back(std::to_integer<std::uint8_t>(byte));
  return blob;
}

OptionWords read_sack(std::span<const std::byte> body) {
  OptionWords option{.kind = Kind::kSack};
  for (std::size_t at = 0; at + 8 <= body.size(); at += 8) {
    option.blocks.emplace_back(number_at(body, at, 4), number_at(body, at + 4, 4));
  }
  return option;
}

OptionWords read_accurate_ecn(std::span<const std::byte> body, bool ect1_first) {
  constexpr EcnWord kOrders[2][3] = {{EcnWord::kEct0, EcnWord::kCe, EcnWord::kEct1},
                                     {EcnWord::kEct1, EcnWord::kCe, EcnWord::kEct0}};
  OptionWords option{.kind = Kind::kAccEcn};
  for (std::size_t i = 0; i < 3 && 3 * i + 3 <= body.size(); ++i) {
    option.counters.push_back({.of = kOrders[ect1_first ? 1 : 0][i], .value = number_at(body, 3 * i, 3)});
  }
  return option;
}

// The option of this kind with this body; nothing where the two do not fit or no script can name it.
std::optional<OptionWords> read_option(std::uint8_t kind, std::span<const std::byte> body) {
  switch (kind) {
    case wire::kKindMss:
      if (body.size() != 2) return std::nullopt;
      return OptionWords{.kind = Kind::kMss, .value = number_at(body, 0, 2)};
    case wire::kKindWindowScale:
      if (body.size() != 1) return std::nullopt;
      return OptionWords{.kind = Kind::kWindowScale, .value = number_at(body, 0, 1)};
    case wire::kKindSackPermitted:
      if (!body.empty()) return std::nullopt;
      return OptionWords{.kind = Kind::kSackPermitted};
    case wire::kKindSack:
      if (body.empty() || body.size() % 8 != 0) return std::nullopt;
      return read_sack(body);
    case wire::kKindTimestamps:
      if (body.size() != 8) return std::nullopt;
      return OptionWords{.kind = Kind::kTimestamps, .value = number_at(body, 0, 4), .echo = number_at(body, 4, 4)};
    case kKindMd5:
      return OptionWords{.kind = Kind::kMd5, .cookie = blob_of(body)};
    case wire::kKindFastOpen:
      return OptionWords{.kind = Kind::kFastOpen, .cookie = blob_of(body)};
    case wire::kKindExperimental:
      if (body.size() < 2 || number_at(body, 0, 2) != wire::kFastOpenMagic) return std::nullopt;
      return OptionWords{.kind = Kind::kFastOpenExperimental, .cookie = blob_of(body.subspan(2))};
    case wire::kKindAccurateEcn0:
    case wire::kKindAccurateEcn1:
      return read_accurate_ecn(body, kind == wire::kKindAccurateEcn1);
    default:
      return std::nullopt;
  }
}

std::string hexadecimal(std::span<const std::uint8_t> blob) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : blob) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xF];
  }
  return text;
}

std::string text_of_accurate_ecn(const OptionWords& option) {
  std::string text = "ECN";
  for (const OptionWords::Counter& counter : option.counters) {
    text += counter.of == EcnWord::kEct0 ? " e0b " : counter.of == EcnWord::kEct1 ? " e1b " : " ceb ";
    text += std::to_string(counter.value);
  }
  return text;
}

std::string text_of(const OptionWords& option) {
  switch (option.kind) {
    case Kind::kNop:
      return "nop";
    case Kind::kEol:
      return "eol";
    case Kind::kMss:
      return "mss " + std::to_string(option.value);
    case Kind::kWindowScale:
      return "wscale " + std::to_string(option.value);
    case Kind::kSackPermitted:
      return "sackOK";
    case Kind::kSack: {
      std::string text = "sack";
      for (const auto& [left, right] : option.blocks) {
        text += ' ' + std::to_string(left) + ':' + std::to_string(right);
      }
      return text;
    }
    case Kind::kTimestamps:
      return "TS val " + std::to_string(option.value) + " ecr " + std::to_string(option.echo);
    case Kind::kFastOpen:
      return option.cookie.empty() ? "FO" : "FO " + hexadecimal(option.cookie);
    case Kind::kFastOpenExperimental:
      return option.cookie.empty() ? "FOEXP" : "FOEXP " + hexadecimal(option.cookie);
    case Kind::kMd5:
      return "md5 " + hexadecimal(option.cookie);
    case Kind::kAccEcn:
      return text_of_accurate_ecn(option);
  }
  return "?";
}

}  // namespace

std::vector<std::byte> option_bytes(std::span<const OptionWords> options) {
  Writer writer;
  for (const OptionWords& option : options) write(writer, option);
  return writer.take_padded();
}

std::expected<std::vector<OptionWords>, std::string> read_options(std::span<const std::byte> bytes) {
  std::vector<OptionWords> options;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto kind = std::to_integer<std::uint8_t>(bytes[at]);
    if (kind == wire::kKindEnd || kind == wire::kKindNop) {
      options.push_back({.kind = kind == wire::kKindEnd ? Kind::kEol : Kind::kNop});
      ++at;
      continue;
    }
    if (at + 1 >= bytes.size()) return std::unexpected("option " + std::to_string(kind) + " without a length");
    const auto length = std::to_integer<std::size_t>(bytes[at + 1]);
    if (length < 2 || at + length > bytes.size()) {
      return std::unexpected("option " + std::to_string(kind) + " with the length " + std::to_string(length));
    }
    std::optional<OptionWords> option = read_option(kind, bytes.subspan(at + 2, length - 2));
    if (!option) return std::unexpected("option " + std::to_string(kind) + ", which scripts have no word for");
    options.push_back(*std::move(option));
    at += length;
  }
  return options;
}

std::string to_string(std::span<const OptionWords> options) {
  if (options.empty()) return {};
  std::string text;
  for (const OptionWords& option : options) text += (text.empty() ? '<' : ',') + text_of(option);
  return text + '>';
}

}  // namespace handfast::script
