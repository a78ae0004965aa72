#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "handfast/trace_event.h"
#include "trace/output.h"

namespace handfast::trace {

/// Appends `value` as a JSON string, in quotation marks.
void append_json_text(std::string& to, std::string_view value);

struct JsonLinesOptions {
  bool frame_bytes = false;  ///< also the bytes of every frame, as hexadecimal digits in "frame"
};

/// One JSON object a line. The first line names the schema and its version; each further line is one event.
///
/// Every event has every key, in one order; what does not apply is null. Times are integers, nanoseconds on the Host's
/// clock. Variables have their RFC 9293 §3.3.1 names ("snd.una"); beside each raw sequence number stands the same told
/// from its ISS ("snd.una_relative"), null while that is not known. Keys are only ever added.
class JsonLines final : public Sink {
 public:
  /// `output` must outlive the reader. Writes the first line at once.
  explicit JsonLines(Output& output, JsonLinesOptions options = {});
  void on_event(const Event& event) override;

 private:
  Output& output_;
  JsonLinesOptions options_;
  std::string line_;
};

}  // namespace handfast::trace
