#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "handfast/exit_codes.h"
#include "handfast/file_sink.h"
#include "handfast/stack_options.h"
#include "trace/fan_out.h"

namespace handfast::tool {

/// The readers of the event stream that the options ask for, each with its file.
class TraceOutputs {
 public:
  /// Makes every file at once, so that a directory that cannot be written to is known before anything is sent.
  static std::expected<std::unique_ptr<TraceOutputs>, Failure> create(const StackOptions& options);

  /// Where the Host's events go; null where nobody reads them.
  trace::Sink* sink() { return fan_out_.size() == 0 ? nullptr : &fan_out_; }
  /// Ends every reader and file; a sentence where something could not be written. The Host must be silent from now on.
  std::string close();

 private:
  TraceOutputs() = default;
  std::expected<void, Failure> add_all(const StackOptions& options);
  void add(std::unique_ptr<trace::Sink> reader, std::unique_ptr<FileSink> file);
  template <typename Reader>
  void add_with_end(std::unique_ptr<Reader> reader, std::unique_ptr<FileSink> file);

  std::vector<std::unique_ptr<FileSink>> files_;
  std::vector<std::unique_ptr<trace::Sink>> readers_;
  std::vector<std::function<void()>> at_end_;  // What a reader still has to write.
  trace::FanOut fan_out_;
};

}  // namespace handfast::tool
