#include "handfast/serve_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

namespace handfast::tool {

namespace {

using drivers::FileDescriptor;

// O_NONBLOCK: opening a FIFO must not wait for its writer.
constexpr int kReading = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

std::expected<FileDescriptor, int> walk_beneath(int root, const std::string& path) {
  FileDescriptor at(::openat(root, ".", kReading | O_DIRECTORY));
  if (!at.is_open()) return std::unexpected(errno);
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string name = path.substr(begin, end - begin);
    if (name == "..") return std::unexpected(EXDEV);
    FileDescriptor next(::openat(at.get(), name.c_str(), kReading | O_NOFOLLOW));
    if (!next.is_open()) return std::unexpected(errno);
    at = std::move(next);
    begin = end + 1;
  }
  return at;
}

int status_for(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ENXIO:  // A socket's file.
    case EINVAL:
      return 404;
    case EACCES:
    case EPERM:
    case EXDEV:
    case ELOOP:
      return 403;
    default:
      return 500;
  }
}

ServedDirectory::Found refused(int error) { return ServedDirectory::Refused{status_for(error)}; }

// What stat says of an open file, or the errno.
std::expected<struct stat, int> state_of(const FileDescriptor& file) {
  struct stat state{};
  if (::fstat(file.get(), &state) != 0) return std::unexpected(errno);
  return state;
}

ServedDirectory::Found regular_file(FileDescriptor file, const struct stat& state, const std::string& path) {
  return ServedDirectory::File{.file = std::move(file),
                               .version = {.size = static_cast<std::uint64_t>(state.st_size),
                                           .modified_seconds = state.st_mtim.tv_sec,
                                           .modified_nanoseconds = state.st_mtim.tv_nsec},
                               .name = path.substr(path.rfind('/') + 1)};
}

std::optional<ListedEntry> entry_of(int directory, const char* name) {
  struct stat state{};
  if (std::string_view(name).starts_with('.')) return std::nullopt;
  if (::fstatat(directory, name, &state, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  const bool is_directory = S_ISDIR(state.st_mode);
  if (!is_directory && !S_ISREG(state.st_mode)) return std::nullopt;
  return ListedEntry{name, is_directory, static_cast<std::uint64_t>(state.st_size)};
}

}  // namespace

std::expected<FileDescriptor, int> open_beneath(int root, const std::string& path, bool walk) {
  if (path.find('\0') != std::string::npos) return std::unexpected(EINVAL);
  if (!walk) {
    open_how how{};
    how.flags = kReading;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    const char* name = path.empty() ? "." : path.c_str();
    const long opened = ::syscall(SYS_openat2, root, name, &how, sizeof(how));
    if (opened >= 0) return FileDescriptor(static_cast<int>(opened));
    // Old kernels do not know the call, and some sandboxes refuse it.
    if (errno != ENOSYS && errno != EPERM) return std::unexpected(errno);
  }
  return walk_beneath(root, path);
}

std::expected<ServedDirectory, Failure> ServedDirectory::open(const std::string& path) {
  FileDescriptor root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (root.is_open()) return ServedDirectory(std::move(root));
  return std::unexpected(Failure{
      kEnvironment, fmt::format("cannot open the directory {}: {}", path, std::generic_category().message(errno))});
}

ServedDirectory::Found ServedDirectory::look_up(const std::string& path, bool names_directory) const {
  auto file = open_beneath(root_.get(), path);
  if (!file) return refused(file.error());
  const auto state = state_of(*file);
  if (!state) return refused(state.error());
  if (S_ISDIR(state->st_mode)) {
    if (!names_directory) return AddSlash{};
    return look_into(std::move(*file));
  }
  if (!S_ISREG(state->st_mode)) return Refused{403};
  if (names_directory) return Refused{404};
  return regular_file(std::move(*file), *state, path);
}

ServedDirectory::Found ServedDirectory::look_into(FileDescriptor directory) const {
  // An index that is a symlink is left out: here only names of this very directory count.
  FileDescriptor index(::openat(directory.get(), "index.html", kReading | O_NOFOLLOW));
  if (index.is_open()) {
    const auto state = state_of(index);
    if (state && S_ISREG(state->st_mode)) return regular_file(std::move(index), *state, "index.html");
  }
  const int copy = ::fcntl(directory.get(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return refused(errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(copy), &::closedir);
  if (stream == nullptr) {
    const int error = errno;
    ::close(copy);
    return refused(error);
  }
  Listing listing;
  for (const dirent* next = ::readdir(stream.get()); next != nullptr; next = ::readdir(stream.get())) {
    if (listing.entries.size() == kMostEntries) break;
    if (auto entry = entry_of(directory.get(), next->d_name)) listing.entries.push_back(std::move(*entry));
  }
  std::ranges::sort(listing.entries, {}, &ListedEntry::name);
  return listing;
}

}  // namespace handfast::tool
