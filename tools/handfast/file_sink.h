#pragma once

#include <cstdio>
#include <expected>
#include <memory>
#include <string>

#include "handfast/exit_codes.h"
#include "trace/output.h"

namespace handfast::tool {

/// A reader's output as a file, or as standard error. Writing goes through a buffer; the first error is kept and told
/// by close(), since a full disk must not end a connection.
class FileSink final : public trace::Output {
 public:
  /// Makes the file, or empties it where it exists.
  static std::expected<std::unique_ptr<FileSink>, Failure> create(const std::string& path);
  /// Standard error, line by line.
  static std::unique_ptr<FileSink> standard_error();

  ~FileSink() override { close(); }
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;

  void write(std::string_view bytes) override;
  /// Writes out what is buffered; a sentence where anything was lost, else empty. Called twice it does nothing more.
  std::string close();

 private:
  FileSink(std::FILE* file, std::string path, bool owned) : file_(file), path_(std::move(path)), owned_(owned) {}

  std::FILE* file_;
  std::string path_;
  bool owned_;
  int error_ = 0;
};

}  // namespace handfast::tool
