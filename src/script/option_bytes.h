#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "script/script.h"

// TCP options as a script writes them, to bytes and back: in their order, NOP by NOP, which wire/tcp_options.h does not
// keep.

namespace handfast::script {

/// The bytes of `options` in their order. Padding to four bytes is the script's business, as in packetdrill; what is
/// missing of it is filled up with End of Option List.
std::vector<std::byte> option_bytes(std::span<const OptionWords> options);

/// Reads them back. Fails with a sentence where a length does not fit; kinds that no script can name come as kUnknown's
/// text in the sentence.
std::expected<std::vector<OptionWords>, std::string> read_options(std::span<const std::byte> bytes);

/// "<mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 8>"; empty for none.
std::string to_string(std::span<const OptionWords> options);

}  // namespace handfast::script
