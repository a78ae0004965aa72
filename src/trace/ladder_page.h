#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "trace/ladder.h"
#include "trace/ladder_entry.h"
#include "trace/output.h"

namespace handfast::trace {

/// Columns that UTF-8 text takes, where every character takes one.
std::size_t columns_of(std::string_view text);

/// Draws rungs. It knows lines, columns and colours, and nothing of what the rungs mean.
class LadderPage {
 public:
  LadderPage(Output& output, const LadderOptions& options);

  /// Times are told from the first instant that it is given.
  void begin_at(Instant now);
  void draw(const LadderTrack& track, const LadderEntry& entry);
  /// Nothing more comes of this track: what was left out so far is summed up.
  void end_of(const LadderTrack& track);
  void end(std::uint64_t dropped_below);

 private:
  enum class Ink : std::uint8_t { kPlain, kDim, kBold, kA, kB, kGood, kBad, kAgain };
  /// What a run of segments that are not shown one by one comes to.
  struct Sum {
    std::uint64_t segments[2] = {};
    std::uint64_t bytes[2] = {};
    std::uint64_t again[2] = {};
    std::uint64_t lost[2] = {};
    std::uint64_t refused[2] = {};
    std::uint64_t total() const { return segments[0] + segments[1]; }
  };

  bool is_shown(const LadderEntry& entry) const;
  void turn_to(const LadderTrack& track);
  void title(const LadderTrack& track);
  void leave_out(const LadderEntry& entry);
  void write_sum();
  void head(const LadderEntry& entry);
  void arrow(const LadderEntry& entry);
  void fate(const LadderEntry& entry);
  void states(const LadderEntry& entry);
  void knowledge(const LadderEntry& entry);
  std::string state_text(const StateStep& step) const;
  /// Text between the lifelines, wrapped, with `right` at the right end of its first line.
  void row(std::string_view text, std::string_view right = {}, Ink ink = Ink::kPlain);
  void one_row(std::string_view text, std::string_view right, Ink ink);
  void line(std::string_view left, std::string_view right, Ink ink);
  std::string paint(std::string_view text, Ink ink) const;
  std::string time_of(Instant at) const;
  std::size_t inner() const { return width_ - 6; }

  Output& output_;
  LadderOptions options_;
  std::size_t width_;
  std::optional<Instant> origin_;
  const LadderTrack* current_ = nullptr;
  std::uint64_t current_incarnation_ = 0;
  std::uint32_t run_ = 0;  ///< Segments of text shown since the last rung of another kind.
  Sum sum_;
};

}  // namespace handfast::trace
