#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <variant>
#include <vector>

#include "drivers/file_descriptor.h"
#include "handfast/exit_codes.h"
#include "handfast/http_response.h"

namespace handfast::tool {

/// A directory whose files may be read by strangers, and nothing outside of it.
///
/// Every file is opened relative to the directory's descriptor, and the kernel itself refuses a path that leaves it, be
/// it by "..", by a symlink or by a mount of /proc (openat2 with RESOLVE_BENEATH). Where the kernel is too old for that
/// the path is walked one name at a time and no symlink is followed at all. There is no moment between a check and its
/// use.
class ServedDirectory {
 public:
  struct File {
    drivers::FileDescriptor file;
    FileVersion version;
    std::string name;
  };
  struct Listing {
    std::vector<ListedEntry> entries;
  };
  /// The path names a directory and lacks the slash that relative links need.
  struct AddSlash {};
  /// 403, 404 or 500.
  struct Refused {
    int status = 404;
  };
  using Found = std::variant<File, Listing, AddSlash, Refused>;

  /// How many entries of a directory are listed.
  static constexpr std::size_t kMostEntries = 10'000;

  static std::expected<ServedDirectory, Failure> open(const std::string& path);

  /// `path` as HttpRequest has it. A directory is its index.html where it has one, else its listing.
  Found look_up(const std::string& path, bool names_directory) const;

 private:
  explicit ServedDirectory(drivers::FileDescriptor root) : root_(std::move(root)) {}
  Found look_into(drivers::FileDescriptor directory) const;

  drivers::FileDescriptor root_;
};

/// Opens `path` beneath `root`; the number of the error where that is not possible. `walk`: the way for old kernels.
std::expected<drivers::FileDescriptor, int> open_beneath(int root, const std::string& path, bool walk = false);

}  // namespace handfast::tool
