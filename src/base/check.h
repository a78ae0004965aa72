#pragma once

// Two strengths of "this cannot happen". HANDFAST_CHECK guards memory safety: it is compiled into every build, because
// going on would mean reading or writing what is not ours. HANDFAST_DCHECK states a cheaper belief and costs nothing
// where HANDFAST_INVARIANTS is off. Neither is ever reached by what a peer sends or a caller misuses.

namespace handfast::base {

/// Called once with the failed condition's text, the name of the source file and the line. It may log, save a capture
/// or end the program its own way; if it returns, the program aborts.
using FailureHook = void (*)(const char* condition, const char* file, int line);

/// Sets the process-wide hook and returns the one before; nullptr (the default) aborts without a word. Safe to call
/// from any thread.
FailureHook set_failure_hook(FailureHook hook);

/// Calls the hook, then aborts.
[[noreturn]] void fail(const char* condition, const char* file, int line);

}  // namespace handfast::base

#define HANDFAST_CHECK(condition)                                  \
  do {                                                             \
    if (!(condition)) [[unlikely]]                                 \
      ::handfast::base::fail(#condition, __FILE_NAME__, __LINE__); \
  } while (false)

#ifdef HANDFAST_INVARIANTS
#define HANDFAST_DCHECK(condition) HANDFAST_CHECK(condition)
#else
// The condition is still compiled, so that it cannot rot, but never evaluated.
#define HANDFAST_DCHECK(condition) \
  do {                             \
    if (false) (void)(condition);  \
  } while (false)
#endif
