#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "drivers/file_descriptor.h"
#include "drivers/trouble.h"

namespace handfast::drivers {

/// A file that bytes go through in order: standard input or output, a pipe, a terminal, a regular file.
///
/// It never blocks, and it never sets O_NONBLOCK: that flag belongs to the open file, which a shell or another program
/// may share. Instead it asks first whether the file is ready, and moves no more than a ready file takes at once: a
/// pipe that can be written to has room for a page.
class ByteStream {
 public:
  enum class Step : std::uint8_t { kMoved, kNotReady, kEnd };
  struct Moved {
    Step step = Step::kNotReady;
    std::size_t count = 0;
  };

  /// Standard input or output; not closed.
  static ByteStream standard_input() { return ByteStream(0, "standard input"); }
  static ByteStream standard_output() { return ByteStream(1, "standard output"); }
  static Outcome<ByteStream> open_to_read(const std::string& path);
  /// Makes the file, or empties it where it exists.
  static Outcome<ByteStream> open_to_write(const std::string& path);

  ByteStream(int file, std::string name);
  ByteStream(FileDescriptor file, std::string name);

  int descriptor() const { return number_; }
  const std::string& name() const { return name_; }

  /// kEnd: there will be no more.
  Outcome<Moved> read(std::span<std::byte> into) const;
  /// May write less than all. A reader that went away is a Trouble (EPIPE).
  Outcome<Moved> write(std::span<const std::byte> from) const;

 private:
  bool is_ready(short events) const;

  FileDescriptor owned_;
  int number_ = -1;
  std::string name_;
  bool regular_ = false;
};

}  // namespace handfast::drivers
