#pragma once

#include "script/linux_profile.h"

namespace handfast::packetdrill_so {

/// Takes over the sysctls of this network namespace that have a counterpart. Scripts set them by commands, before and
/// between their lines; packetdrill runs those itself, and a shared object sees no more of it than this. `started`: the
/// Host is there already.
void take_system_sysctls(bool started, script::Profile& profile);

}  // namespace handfast::packetdrill_so
