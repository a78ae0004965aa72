#pragma once

#include "handfast/time.h"
#include "script/script.h"
#include "script/tokens.h"

namespace handfast::script {

/// Reads when an event comes: 0.1, +0.1, *, 0.1~0.2 or +0.1~+0.2, in seconds. A range does not run backward.
TimeWords parse_time(Tokens& tokens);

/// Reads seconds, at most a billion of them and no finer than to a microsecond.
Duration parse_duration(Tokens& tokens);

}  // namespace handfast::script
