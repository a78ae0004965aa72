#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "posix/linux_tcp_info.h"

namespace handfast::script {

/// The field of that name, such as "tcpi_snd_cwnd"; nothing where there is none.
std::optional<std::int64_t> tcp_info_value(std::string_view name, const posix::LinuxTcpInfo& info);

}  // namespace handfast::script
