#include "tcp/send_queue.h"

#include <algorithm>
#include <cstring>

namespace handfast::tcp {

std::uint32_t SendQueue::append_copy(std::span<const std::byte> text, base::BufferPool& buffers) {
  std::uint32_t taken = fill_tail(text);
  while (taken < text.size()) {
    const auto rest = text.subspan(taken);
    const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(rest.size(), base::BufferPool::kLargest));
    std::optional<Slice> chunk = buffers.get(size);
    if (!chunk) break;
    std::memcpy(chunk->mutable_bytes().data(), rest.data(), size);
    if (!chunks_.push_back({std::move(*chunk), end_, true})) break;
    end_ += size;
    taken += size;
  }
  return taken;
}

// Small writes share a chunk: what is in flight keeps its own view of the bytes before.
std::uint32_t SendQueue::fill_tail(std::span<const std::byte> text) {
  if (chunks_.empty() || !chunks_.back().growable) return 0;
  Slice& tail = chunks_.back().text;
  const auto used = static_cast<std::uint32_t>(tail.bytes().data() - tail.buffer()->bytes) + tail.size();
  const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(text.size(), tail.buffer()->capacity - used));
  if (count == 0) return 0;
  std::memcpy(tail.buffer()->bytes + used, text.data(), count);
  tail.extend(count);
  end_ += count;
  return count;
}

bool SendQueue::append_slice(Slice text) {
  const std::uint32_t size = text.size();
  if (size == 0) return true;
  if (!chunks_.push_back({std::move(text), end_, false})) return false;
  end_ += size;
  return true;
}

void SendQueue::drop_front(std::uint32_t count) {
  front_ += std::min<std::uint64_t>(count, end_ - front_);
  while (!chunks_.empty() && chunks_.front().start + chunks_.front().text.size() <= front_) chunks_.pop_front();
}

// The chunk that holds `place`, by halving: a long queue of small slices must not make each segment walk it.
std::uint32_t SendQueue::find(std::uint64_t place) const {
  std::uint32_t low = 0;
  std::uint32_t high = chunks_.size();
  while (high - low > 1) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (chunks_[middle].start <= place) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

SendQueue::Gathered SendQueue::gather(std::uint32_t offset, std::uint32_t length, std::span<Slice> out) const {
  Gathered result;
  std::uint64_t place = front_ + offset;
  length = static_cast<std::uint32_t>(std::min<std::uint64_t>(length, end_ - std::min(end_, place)));
  for (std::uint32_t i = length == 0 ? 0 : find(place); result.bytes < length && result.slices < out.size(); ++i) {
    const Chunk& chunk = chunks_[i];
    Slice part = chunk.text.sub(static_cast<std::uint32_t>(place - chunk.start), length - result.bytes);
    result.bytes += part.size();
    place += part.size();
    out[result.slices++] = std::move(part);
  }
  return result;
}

std::uint32_t SendQueue::gatherable(std::uint32_t offset, std::uint32_t length, std::size_t slices) const {
  const std::uint64_t place = front_ + offset;
  if (place >= end_) return 0;
  length = static_cast<std::uint32_t>(std::min<std::uint64_t>(length, end_ - place));
  const std::uint32_t last = find(place) + static_cast<std::uint32_t>(slices);
  if (last >= chunks_.size()) return length;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(length, chunks_[last].start - place));
}

}  // namespace handfast::tcp
