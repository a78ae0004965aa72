#pragma once

#include <memory>
#include <optional>
#include <string>

#include "handfast/config.h"
#include "handfast/host.h"
#include "posix/settings.h"
#include "script/commands.h"

// How a Host looks like Linux to a script: by configuration alone. The numbers are those that packetdrill's defaults.sh
// sets and Linux 6's own where it sets none.

namespace handfast::script {

struct Profile {
  Config config;                  ///< of the Host, but for its `tcp`
  posix::LinuxSettings settings;  ///< of the socket calls; their `tcp` is what connections begin with
  std::optional<SecretKey> fast_open_key;
};

Profile linux_profile();

/// A Host of this profile; `random` and `sink`, which may be null, outlive it. Its secrets are the next numbers of
/// `random`, but for the key of Fast Open where the profile has one.
Result<std::unique_ptr<Host>> make_host(const Profile& profile, Random& random, trace::Sink* sink);

/// Changes what a sysctl stands for. A sentence where this stack has nothing that it could mean. `started`: the Host is
/// there already, so that only what connections begin with can still change.
std::optional<std::string> apply(const Setting& setting, bool started, Profile& profile);

}  // namespace handfast::script
