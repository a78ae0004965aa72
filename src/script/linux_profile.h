#pragma once

#include <optional>
#include <string>

#include "handfast/config.h"
#include "posix/settings.h"
#include "script/commands.h"

// How a Host looks like Linux to a script: by configuration alone. The numbers are those that packetdrill's defaults.sh
// sets and Linux 6's own where it sets none.

namespace handfast::script {

struct Profile {
  Config config;                  ///< of the Host
  posix::LinuxSettings settings;  ///< of the socket calls; their `tcp` is what connections begin with
  std::optional<SecretKey> fast_open_key;
};

Profile linux_profile();

/// Changes what a sysctl stands for. A sentence where this stack has nothing that it could mean. `started`: the Host is
/// there already, so that only what connections begin with can still change.
std::optional<std::string> apply(const Setting& setting, bool started, Profile& profile);

}  // namespace handfast::script
