#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

// A table of 20,480 outcomes as a few rules that a person can read, and back. The rules of a table exclude each other:
// each case is in exactly one, so their order means nothing, and a line can be judged by itself.
//
// A line is "flags | seq | ack | text => outcome". Of the flags each has its column, in the order R S A F U P E C N
// (RST SYN ACK FIN URG PSH ECE CWR AE): the letter where the flag is set, '-' where it is not, '.' where it may be
// either. A place may be a list; '*' stands for all.

namespace handfast::matrix {

/// The outcome of each case, by its number.
using Outcomes = std::vector<std::string>;

/// The rules, one a line. The same outcomes give the same lines: the axes are split in a fixed order, and values behind
/// which everything is the same are put together.
std::string rules_of(const Outcomes& outcomes);

/// The outcomes of all cases; or a sentence that says which line is wrong, which case is in two rules, or in none.
/// Empty lines and those that start with '#' are passed over.
std::expected<Outcomes, std::string> outcomes_of(std::string_view rules);

}  // namespace handfast::matrix
