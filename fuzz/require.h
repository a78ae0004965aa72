#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>

/// Ends the program where a property does not hold; in every build, since this is what the fuzzer looks for.
#define FUZZ_REQUIRE(condition)                                                    \
  do {                                                                             \
    if (!(condition)) {                                                            \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                \
    }                                                                              \
  } while (false)

// The name that libFuzzer and replay_main.cc call.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* input, std::size_t size);
