#include "tcp/receive_queue.h"

#include <algorithm>
#include <cstring>

namespace handfast::tcp {

std::uint32_t grow_chunk(TextChunk& tail, std::span<const std::byte> text) {
  if (!tail.growable) return 0;
  Slice& slice = tail.text;
  const auto used = static_cast<std::uint32_t>(slice.bytes().data() - slice.buffer()->bytes) + slice.size();
  const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(text.size(), slice.buffer()->capacity - used));
  if (count == 0) return 0;
  std::memcpy(slice.buffer()->bytes + used, text.data(), count);
  slice.extend(count);
  return count;
}

TextChunk settle(Slice text, base::BufferPool& buffers) {
  if (text.buffer() == nullptr || text.size() >= text.buffer()->capacity / 4) return {std::move(text), false};
  std::optional<Slice> copy = buffers.wrap_copy(text.bytes());
  if (!copy) return {std::move(text), false};
  return {std::move(*copy), true};
}

bool ReceiveQueue::append(TextChunk chunk) {
  const std::uint32_t size = chunk.text.size();
  if (size == 0) return true;
  if (!chunks_.empty() && size < 1024) {
    const std::uint32_t grown = grow_chunk(chunks_.back(), chunk.text.bytes());
    size_ += grown;
    if (grown == size) return true;
    chunk.text.remove_prefix(grown);
    if (chunks_.push_back(std::move(chunk))) {
      size_ += size - grown;
      return true;
    }
    // What went to the tail stays: the caller of this function is told that nothing was taken, so take it back.
    chunks_.back().text.truncate(chunks_.back().text.size() - grown);
    size_ -= grown;
    return false;
  }
  if (!chunks_.push_back(std::move(chunk))) return false;
  size_ += size;
  return true;
}

std::uint32_t ReceiveQueue::take(std::span<std::byte> out) {
  std::uint32_t taken = 0;
  while (taken < out.size() && !chunks_.empty()) {
    Slice& front = chunks_.front().text;
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(front.size(), out.size() - taken));
    std::memcpy(out.data() + taken, front.bytes().data(), count);
    taken += count;
    front.remove_prefix(count);
    if (front.empty()) chunks_.pop_front();
  }
  size_ -= taken;
  return taken;
}

std::uint32_t ReceiveQueue::copy(std::span<std::byte> out) const {
  std::uint32_t copied = 0;
  for (std::uint32_t i = 0; i < chunks_.size() && copied < out.size(); ++i) {
    const std::span<const std::byte> run = chunks_[i].text.bytes();
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(run.size(), out.size() - copied));
    std::memcpy(out.data() + copied, run.data(), count);
    copied += count;
  }
  return copied;
}

Slice ReceiveQueue::take_slice() {
  if (chunks_.empty()) return {};
  Slice front = chunks_.pop_front().text;
  size_ -= front.size();
  return front;
}

}  // namespace handfast::tcp
