#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace handfast {

/// The control block of a run of bytes that several slices may share. It is owned by its reference count alone: when
/// the last Slice goes, `release` is called once and gets the block back. The count is not atomic: all slices of a
/// buffer stay with one Host and its driver, on one thread.
struct Buffer {
  using Release = void (*)(Buffer* buffer, void* owner);

  std::byte* bytes = nullptr;
  std::uint32_t capacity = 0;
  std::uint32_t references = 0;
  Release release = nullptr;
  void* owner = nullptr;
};

/// A view of part of a Buffer that keeps the buffer alive. Copying shares the bytes, never copies them.
class Slice {
 public:
  constexpr Slice() = default;
  /// Takes a reference on `buffer`; `offset + length` must lie within its capacity.
  Slice(Buffer& buffer, std::uint32_t offset, std::uint32_t length)
      : buffer_(&buffer), bytes_(buffer.bytes + offset), length_(length) {
    ++buffer.references;
  }
  Slice(const Slice& other) : buffer_(other.buffer_), bytes_(other.bytes_), length_(other.length_) {
    if (buffer_ != nullptr) ++buffer_->references;
  }
  Slice(Slice&& other) noexcept
      : buffer_(std::exchange(other.buffer_, nullptr)),
        bytes_(std::exchange(other.bytes_, nullptr)),
        length_(std::exchange(other.length_, 0)) {}
  Slice& operator=(Slice other) noexcept {
    std::swap(buffer_, other.buffer_);
    std::swap(bytes_, other.bytes_);
    std::swap(length_, other.length_);
    return *this;
  }
  ~Slice() { reset(); }

  void reset() {
    if (buffer_ != nullptr && --buffer_->references == 0) buffer_->release(buffer_, buffer_->owner);
    buffer_ = nullptr;
    bytes_ = nullptr;
    length_ = 0;
  }

  std::span<const std::byte> bytes() const { return {bytes_, length_}; }
  /// For whoever filled the buffer and shares it with nobody yet.
  std::span<std::byte> mutable_bytes() { return {bytes_, length_}; }
  std::uint32_t size() const { return length_; }
  bool empty() const { return length_ == 0; }
  Buffer* buffer() const { return buffer_; }

  /// The part from `offset` on, at most `length` bytes; shares the buffer.
  Slice sub(std::uint32_t offset, std::uint32_t length) const& {
    Slice part(*this);
    part.narrow(offset, length);
    return part;
  }
  Slice sub(std::uint32_t offset, std::uint32_t length) && {
    narrow(offset, length);
    return std::move(*this);
  }
  /// Drops the first `count` bytes, which must be there.
  void remove_prefix(std::uint32_t count) {
    bytes_ += count;
    length_ -= count;
  }
  /// Keeps the first `count` bytes.
  void truncate(std::uint32_t count) {
    if (count < length_) length_ = count;
  }
  /// Grows the view over `count` more bytes of the same buffer, which the caller knows to be its own.
  void extend(std::uint32_t count) { length_ += count; }

 private:
  void narrow(std::uint32_t offset, std::uint32_t length) {
    if (offset > length_) offset = length_;
    remove_prefix(offset);
    truncate(length);
  }

  Buffer* buffer_ = nullptr;
  std::byte* bytes_ = nullptr;
  std::uint32_t length_ = 0;
};

}  // namespace handfast
