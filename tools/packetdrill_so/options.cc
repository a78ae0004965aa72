#include "packetdrill_so/options.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace handfast::packetdrill_so {

namespace {

template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool read_part(std::string_view name, std::string_view value, bool& first_local, Options& options) {
  if (name == "local") {
    const auto prefix = Prefix::parse(value);
    if (!prefix) return false;
    if (std::exchange(first_local, false)) options.local.clear();
    options.local.push_back(*prefix);
    return true;
  }
  if (name == "gateway") {
    const auto address = IpAddress::parse(value);
    options.gateway = address.value_or(IpAddress());
    return address.has_value();
  }
  if (name == "mtu") return read_number(value, options.mtu) && options.mtu >= 68;
  if (name == "patience") {
    std::uint32_t seconds = 0;
    if (!read_number(value, seconds)) return false;
    options.patience = std::chrono::seconds(seconds);
    return true;
  }
  if (name == "sysctls") {
    options.system_sysctls = value == "yes";
    return value == "yes" || value == "no";
  }
  if (!name.starts_with("net.")) return false;
  options.settings.push_back({std::string(name), std::string(value)});
  return true;
}

}  // namespace

std::optional<Options> Options::parse(std::string_view flags, std::string& wrong) {
  Options options;
  bool first_local = true;
  while (!flags.empty()) {
    const std::size_t end = std::min(flags.find(','), flags.size());
    const std::string_view part = flags.substr(0, end);
    flags.remove_prefix(std::min(end + 1, flags.size()));
    const std::size_t equals = part.find('=');
    const bool is_pair = equals != std::string_view::npos;
    if (!is_pair || !read_part(part.substr(0, equals), part.substr(equals + 1), first_local, options)) {
      wrong = part;
      return std::nullopt;
    }
  }
  return options;
}

}  // namespace handfast::packetdrill_so
