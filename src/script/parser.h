#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "script/lexer.h"
#include "script/script.h"
#include "script/syntax_error.h"

// Reads scripts in the packetdrill language. A script is options, perhaps a command, lines that each begin with a time,
// and perhaps a command again; parse_packet.h and parse_expression.h read what a line says. Whether a number is in its
// range, a length agrees with the sequence numbers beside it and a time may stand before an event is checked here;
// what words mean is for the interpreter.
//
// The text need not be friendly: limits.h says what is read of it, in time linear in its length.

namespace handfast::script {

/// Reads `text`; `name` is the file's, for messages. Words in `definitions` stand for their values, as do those that
/// the script defines itself with --define=NAME=value where `definitions` has them not. Packets in packets (GRE, MPLS,
/// PSP, IP in IP) are not supported.
std::expected<Script, SyntaxError> parse(std::string_view text, std::string name, const Definitions& definitions = {});

}  // namespace handfast::script
