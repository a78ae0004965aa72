#include "handfast/trace_outputs.h"

#include <unistd.h>

#include <cstdlib>

#include "trace/annotated_pcap.h"
#include "trace/json_lines.h"
#include "trace/ladder.h"

namespace handfast::tool {

namespace {

trace::LadderOptions ladder_options() {
  const char* no_color = std::getenv("NO_COLOR");
  trace::LadderOptions options;
  options.colour = ::isatty(STDERR_FILENO) != 0 && (no_color == nullptr || *no_color == '\0');
  return options;
}

}  // namespace

std::expected<std::unique_ptr<TraceOutputs>, Failure> TraceOutputs::create(const StackOptions& options) {
  std::unique_ptr<TraceOutputs> outputs(new TraceOutputs);
  if (std::expected<void, Failure> added = outputs->add_all(options); !added) {
    return std::unexpected(std::move(added.error()));
  }
  return outputs;
}

std::expected<void, Failure> TraceOutputs::add_all(const StackOptions& options) {
  if (!options.trace.empty()) {
    auto file = FileSink::create(options.trace);
    if (!file) return std::unexpected(std::move(file.error()));
    auto reader = std::make_unique<trace::JsonLines>(**file);
    add(std::move(reader), std::move(*file));
  }
  if (!options.pcap.empty()) {
    auto file = FileSink::create(options.pcap);
    if (!file) return std::unexpected(std::move(file.error()));
    const trace::CapturePoint point{.host_number = options.config.host_number,
                                    .interface = 0,
                                    .link = options.tap ? LinkKind::kEthernet : LinkKind::kIp,
                                    .name = options.device};
    auto reader = std::make_unique<trace::AnnotatedPcap>(**file, std::span(&point, 1));
    add_with_end(std::move(reader), std::move(*file));
  }
  if (options.ladder) {
    std::unique_ptr<FileSink> file = FileSink::standard_error();
    auto ladder = std::make_unique<trace::Ladder>(*file, ladder_options());
    add_with_end(std::move(ladder), std::move(file));
  }
  return {};
}

// A reader that holds something back until it is told that nothing more comes.
template <typename Reader>
void TraceOutputs::add_with_end(std::unique_ptr<Reader> reader, std::unique_ptr<FileSink> file) {
  at_end_.push_back([end = reader.get()] { end->finish(); });
  add(std::move(reader), std::move(file));
}

void TraceOutputs::add(std::unique_ptr<trace::Sink> reader, std::unique_ptr<FileSink> file) {
  fan_out_.add(*reader);
  readers_.push_back(std::move(reader));
  files_.push_back(std::move(file));
}

std::string TraceOutputs::close() {
  for (const std::function<void()>& end : at_end_) end();
  at_end_.clear();
  std::string trouble;
  for (const std::unique_ptr<FileSink>& file : files_) {
    const std::string lost = file->close();
    if (trouble.empty()) trouble = lost;
  }
  return trouble;
}

}  // namespace handfast::tool
