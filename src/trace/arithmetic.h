#pragma once

#include <string>

#include "trace/conversation.h"

// Sequence-number arithmetic in words. Every byte of text and each SYN and FIN uses one number (RFC 9293 §3.4); all the
// rest of TCP's bookkeeping follows from that, and these functions say how for one segment at a time. They are asked
// before the Conversation is told of the segment, so that "more" and "still" mean what they say.

namespace handfast::trace {

/// "seq = x = 2,847,120,981: the SYN uses one sequence number, next is x + 1".
std::string seq_words(const Conversation& talk, End sender, const SegmentView& segment);
/// "ack = x + 1 = 2,847,120,982: A's SYN used one sequence number"; empty without the ACK flag.
std::string ack_words(const Conversation& talk, End sender, const SegmentView& segment);
/// "offers MSS 1,460, window scale 7, SACK, timestamps" for a SYN, the ranges held for SACK blocks; else empty.
std::string options_words(const Conversation& talk, End sender, const SegmentView& segment);
/// What the two SYNs come to; empty while one of them is not known.
std::string agreed_words(const Conversation& talk);

}  // namespace handfast::trace
