#pragma once

#include <cstddef>

// What a script may ask of its reader: a script is input as any other, and so has limits.

namespace handfast::script {

inline constexpr std::size_t kMaxScriptBytes = 16 * 1024 * 1024;
inline constexpr std::size_t kMaxLines = 100'000;        ///< with a time, of one script
inline constexpr std::size_t kMaxScriptOptions = 1'000;  ///< --name=value
inline constexpr std::size_t kMaxExpressions = 250'000;  ///< of all calls of one script, parts of others counted
inline constexpr std::size_t kMaxWordBytes = 255;        ///< words, numbers, and what a definition stands for
inline constexpr int kMaxDepth = 32;                     ///< of brackets in brackets

// Of the code in one %{ }%, and of what it makes.
inline constexpr std::size_t kMaxTerms = 4096;          ///< of one statement
inline constexpr std::size_t kMaxBlockTerms = 100'000;  ///< of all statements of a block
inline constexpr std::size_t kMaxTextBytes = 1024;      ///< of a string
inline constexpr std::size_t kMaxVariables = 1000;
inline constexpr std::size_t kMaxPrinted = 1000;  ///< lines that one block prints
inline constexpr std::size_t kMaxNamesTold = 32;  ///< in the message of one assertion

}  // namespace handfast::script
