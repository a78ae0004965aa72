#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace handfast::trace {

/// Where a reader puts what it makes: text, JSON or the bytes of a capture. The readers do no file IO; a tool connects
/// a file, a terminal or a socket here. `bytes` are valid only during the call.
class Output {
 public:
  virtual ~Output() = default;
  virtual void write(std::string_view bytes) = 0;

  void write_bytes(std::span<const std::byte> bytes) {
    write(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
};

/// Keeps everything in one string.
class StringOutput final : public Output {
 public:
  void write(std::string_view bytes) override { text_.append(bytes); }
  const std::string& text() const { return text_; }
  void clear() { text_.clear(); }

 private:
  std::string text_;
};

}  // namespace handfast::trace
