#include "handfast/file_sink.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace handfast::tool {

namespace {

std::string words_for(int error, const std::string& path) {
  return fmt::format("cannot write {}: {}", path, std::generic_category().message(error));
}

}  // namespace

std::expected<std::unique_ptr<FileSink>, Failure> FileSink::create(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "wbe");
  if (file == nullptr) return std::unexpected(Failure{kEnvironment, words_for(errno, path)});
  return std::unique_ptr<FileSink>(new FileSink(file, path, true));
}

std::unique_ptr<FileSink> FileSink::standard_error() {
  return std::unique_ptr<FileSink>(new FileSink(stderr, "standard error", false));
}

void FileSink::write(std::string_view bytes) {
  if (file_ == nullptr || error_ != 0) return;
  errno = 0;
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) error_ = errno != 0 ? errno : EIO;
}

std::string FileSink::close() {
  std::FILE* file = std::exchange(file_, nullptr);
  if (file == nullptr) return {};
  const int result = owned_ ? std::fclose(file) : std::fflush(file);
  if (result != 0 && error_ == 0) error_ = errno;
  return error_ == 0 ? std::string() : words_for(error_, path_);
}

}  // namespace handfast::tool
