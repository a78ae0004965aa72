#pragma once

#include <vector>

#include "pair.h"

namespace handfast::bench {

inline constexpr std::size_t kChunk = 64 * 1024;
inline constexpr std::size_t kChunks = 4;  // more than one, so that the source is no hotter than a caller's would be

/// A bulk transfer from the opener to the acceptor.
class Bulk {
 public:
  Bulk(Pair& pair, bool slices) : pair_(pair), slices_(slices), source_(kChunk * kChunks), sink_(kChunk) {
    for (std::size_t i = 0; i < source_.size(); ++i) source_[i] = static_cast<std::byte>(i * 7);
    for (std::size_t i = 0; i < kChunks; ++i) {
      buffers_[i].bytes = source_.data() + i * kChunk;
      buffers_[i].capacity = kChunk;
      buffers_[i].references = 1;  // the bench's own: they are never released
    }
    sender_ = pair.connect();
    pair.carry_all();
    if (!pair.accept(receiver_)) fail("not accepted");
  }

  // What the send queue takes goes over, is taken out, and is acknowledged.
  std::size_t round() {
    while (send_chunk()) next_ = (next_ + 1) % kChunks;
    pair_.pass(20us);
    pair_.carry_to_acceptor();
    const std::size_t taken = take();
    pair_.pass(20us);
    pair_.carry_to_opener();
    for (Event event; pair_.opener().poll_event(event);) {
    }
    for (Event event; pair_.acceptor().poll_event(event);) {
    }
    return taken;
  }

 private:
  bool send_chunk() {
    if (slices_) return pair_.opener().send_slice(sender_, Slice(buffers_[next_], 0, kChunk), pair_.now()).has_value();
    const auto chunk = std::span<const std::byte>(source_).subspan(next_ * kChunk, kChunk);
    return pair_.opener().send(sender_, chunk, pair_.now()).has_value();
  }

  std::size_t take() {
    std::size_t taken = 0;
    if (slices_) {
      for (auto one = pair_.acceptor().receive_slice(receiver_, pair_.now()); one;
           one = pair_.acceptor().receive_slice(receiver_, pair_.now())) {
        taken += one->size();
      }
      return taken;
    }
    for (auto one = pair_.acceptor().receive(receiver_, sink_, pair_.now()); one;
         one = pair_.acceptor().receive(receiver_, sink_, pair_.now())) {
      taken += *one;
    }
    return taken;
  }

  Pair& pair_;
  bool slices_;
  std::vector<std::byte> source_;
  std::vector<std::byte> sink_;
  std::array<Buffer, kChunks> buffers_;
  std::size_t next_ = 0;
  TcpHandle sender_;
  TcpHandle receiver_;
};

}  // namespace handfast::bench
