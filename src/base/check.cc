#include "base/check.h"

#include <atomic>
#include <cstdlib>

namespace handfast::base {

namespace {
// The only global of the core. A failed check cannot ask a Host for its hook: it may not know which Host it is in.
std::atomic<FailureHook> failure_hook = nullptr;
}  // namespace

FailureHook set_failure_hook(FailureHook hook) { return failure_hook.exchange(hook); }

void fail(const char* condition, const char* file, int line) {
  if (FailureHook hook = failure_hook.load()) hook(condition, file, line);
  std::abort();
}

}  // namespace handfast::base
