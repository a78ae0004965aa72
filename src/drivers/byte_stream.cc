#include "drivers/byte_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace handfast::drivers {

namespace {

Outcome<ByteStream> open_file(const std::string& path, int flags, std::string_view doing) {
  FileDescriptor file(::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, 0666));
  if (!file.is_open()) return std::unexpected(system_trouble(errno, std::string(doing) + " " + path));
  return ByteStream(std::move(file), path);
}

bool is_regular(int file) {
  struct stat status{};
  return ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

Outcome<ByteStream> ByteStream::open_to_read(const std::string& path) { return open_file(path, O_RDONLY, "read"); }

Outcome<ByteStream> ByteStream::open_to_write(const std::string& path) {
  return open_file(path, O_WRONLY | O_CREAT | O_TRUNC, "write");
}

ByteStream::ByteStream(int file, std::string name)
    : number_(file), name_(std::move(name)), regular_(is_regular(file)) {}

ByteStream::ByteStream(FileDescriptor file, std::string name) : ByteStream(file.get(), std::move(name)) {
  owned_ = std::move(file);
}

bool ByteStream::is_ready(short events) const {
  if (regular_) return true;
  pollfd request{.fd = number_, .events = events, .revents = 0};
  return ::poll(&request, 1, 0) > 0 && request.revents != 0;
}

Outcome<ByteStream::Moved> ByteStream::read(std::span<std::byte> into) const {
  if (!is_ready(POLLIN)) return Moved{};
  const ssize_t got = ::read(number_, into.data(), into.size());
  if (got > 0) return Moved{Step::kMoved, static_cast<std::size_t>(got)};
  if (got == 0) return Moved{Step::kEnd, 0};
  if (errno == EAGAIN || errno == EINTR) return Moved{};
  if (errno == EIO) return Moved{Step::kEnd, 0};  // A terminal that was hung up.
  return std::unexpected(system_trouble(errno, "read " + name_));
}

Outcome<ByteStream::Moved> ByteStream::write(std::span<const std::byte> from) const {
  if (!is_ready(POLLOUT)) return Moved{};
  const std::size_t count = regular_ ? from.size() : std::min<std::size_t>(from.size(), PIPE_BUF);
  const ssize_t put = ::write(number_, from.data(), count);
  if (put >= 0) return Moved{Step::kMoved, static_cast<std::size_t>(put)};
  if (errno == EAGAIN || errno == EINTR) return Moved{};
  const int error = errno;
  std::string remedy;
  if (error == EPIPE) remedy = "whoever read it has gone";
  if (error == ENOSPC) remedy = "make room on the disk";
  return std::unexpected(system_trouble(error, "write " + name_, std::move(remedy)));
}

}  // namespace handfast::drivers
