#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "kernel_states.h"
#include "linux_differences.h"
#include "matrix/grid.h"
#include "matrix/rules.h"

// Puts the cases of the grid to the kernel and compares what becomes of each with tests/matrix/outcomes. Runs inside
// the lab's namespace (cases.py linux-matrix): linux_matrix DEVICE OUTCOMES [all | rules] [TABLE].
//
// Without a word more it plays the sets of flags in which PSH, ECE, CWR and AE are all clear, all set, or one alone
// set; with "all" every case. "rules" plays all, and prints what Linux does otherwise in the form of the outcomes.

namespace handfast::interop {
namespace {

constexpr std::uint32_t kNetwork = 10u << 24 | 77u << 16;
constexpr std::size_t kMostLines = 40;
constexpr int kTries = 3;

std::vector<std::string> parts_of(std::string_view outcome) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t at = outcome.find(" | ");
    parts.emplace_back(outcome.substr(0, at));
    if (at == std::string_view::npos) return parts;
    outcome.remove_prefix(at + 3);
  }
}

void erase_all(std::string& text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word)) text.erase(at, word.size());
}

// What of an outcome of ours can be compared: not why a segment was dropped, nor whether an acknowledgment waits, nor
// the bits of ECN, which both sides negotiate as they are set.
Ending ending_of(std::string_view outcome) {
  const std::vector<std::string> parts = parts_of(outcome);
  if (parts.size() != 4) fail("no outcome: " + std::string(outcome));
  Ending ending{.state = parts[0], .sends = parts[1]};
  for (const char* word : {" later", " ECE", " CWR", " AE"}) erase_all(ending.sends, word);
  const std::size_t takes = parts[2].find("takes ");
  if (takes != std::string::npos) ending.takes = static_cast<std::uint32_t>(std::stoul(parts[2].substr(takes + 6)));
  return ending;
}

std::string text_of(const Ending& ending) {
  return ending.state + " | " + ending.sends + " | takes " + std::to_string(ending.takes);
}

matrix::Outcomes outcomes_in(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  auto outcomes = matrix::outcomes_of(text.str());
  if (!outcomes) fail(path + ": " + outcomes.error());
  return std::move(*outcomes);
}

bool is_in_subset(const matrix::Case& one) {
  using namespace matrix;
  constexpr std::uint16_t kCarried = kPshBit | kEceBit | kCwrBit | kAeBit;
  const int set = (one.flags & kPshBit ? 1 : 0) + (one.flags & kEceBit ? 1 : 0) + (one.flags & kCwrBit ? 1 : 0) +
                  (one.flags & kAeBit ? 1 : 0);
  return set <= 1 || (one.flags & kCarried) == kCarried;
}

// The names are those of 6.18; kernels before it differ in more and in other places.
bool is_older_kernel() {
  utsname name{};
  int major = 0;
  int minor = 0;
  if (::uname(&name) != 0 || std::sscanf(name.release, "%d.%d", &major, &minor) != 2) return false;
  const bool older = major < 6 || (major == 6 && minor < 18);
  if (older) std::printf("Linux %s is older than 6.18: the result does not count\n", name.release);
  return older;
}

struct Settings {
  std::string device;
  std::string outcomes;
  bool all = false;
  bool rules = false;
  std::string table;
};

class Comparison {
 public:
  explicit Comparison(const Settings& settings) : settings_(settings), kernel_(settings.device, kNetwork) {}

  int run() {
    for (const std::string_view table : matrix::kTables) {
      if (settings_.table.empty() || settings_.table == table) play(std::string(table));
    }
    return conclude();
  }

 private:
  void play(const std::string& table) {
    const auto begun = std::chrono::steady_clock::now();
    const matrix::Outcomes outcomes = outcomes_in(settings_.outcomes + "/" + table + ".txt");
    matrix::Outcomes differences(matrix::kCases, "same");
    std::size_t played = 0;
    std::size_t others = 0;
    for (std::size_t number = 0; number < matrix::kCases; ++number) {
      const matrix::Case one = matrix::case_at(number);
      if (!settings_.all && !is_in_subset(one)) continue;
      ++played;
      const Pair pair = compare(table, one, ending_of(outcomes[number]));
      if (pair.ours == pair.linux) continue;
      ++others;
      differences[number] = explain(pair) + ": " + text_of(pair.ours) + " / Linux " + text_of(pair.linux);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    std::printf("%s: %zu cases, %zu end otherwise, %.1f s\n", table.c_str(), played, others, took.count());
    if (settings_.rules) std::printf("%s", matrix::rules_of(differences).c_str());
    std::fflush(stdout);
    cases_ += played;
  }

  // A machine that stands still for long enough lets a timer of the kernel fire in the middle of a case. What has no
  // name must be there each time.
  Pair compare(std::string_view table, const matrix::Case& one, const Ending& ours) {
    Pair pair{.table = table, .one = one, .ours = ours, .linux = {}};
    for (int tries = 0; tries < kTries; ++tries) {
      try {
        pair.linux = kernel_.play(table, one);
      } catch (const Failed&) {
        if (tries + 1 == kTries) throw;
        continue;
      }
      if (pair.ours == pair.linux || name_of(pair) != nullptr) break;
    }
    return pair;
  }

  static const LinuxDifference* name_of(const Pair& pair) {
    for (const LinuxDifference& difference : linux_differences()) {
      if (difference.covers(pair)) return &difference;
    }
    return nullptr;
  }

  std::string explain(const Pair& pair) {
    if (const LinuxDifference* difference = name_of(pair)) {
      ++named_[difference->name];
      return std::string(difference->name);
    }
    ++unnamed_[std::string(pair.table) + ": ours " + text_of(pair.ours) + ", Linux " + text_of(pair.linux)];
    if (examples_.size() < kMostLines) {
      examples_.push_back(std::string(pair.table) + ": " + matrix::describe(pair.one) +
                          "\n  ours:  " + text_of(pair.ours) + "\n  Linux: " + text_of(pair.linux));
    }
    return "UNEXPLAINED";
  }

  // Every name is to be needed, and nothing else to be found; with an older kernel both are only told.
  int conclude() const {
    bool fine = unnamed_.empty();
    for (const std::string& example : examples_) std::printf("%s\n", example.c_str());
    for (const auto& [what, count] : unnamed_) std::printf("unexplained, %zu cases: %s\n", count, what.c_str());
    for (const LinuxDifference& difference : linux_differences()) {
      const auto used = named_.find(difference.name);
      const std::size_t count = used == named_.end() ? 0 : used->second;
      std::printf("%6zu cases: %s\n", count, std::string(difference.name).c_str());
      fine = fine && (count > 0 || !settings_.table.empty());
    }
    std::printf("%zu cases compared, %s\n", cases_, fine ? "every difference has its name" : "failed");
    return fine || is_older_kernel() ? 0 : 1;
  }

  Settings settings_;
  KernelStates kernel_;
  std::map<std::string_view, std::size_t> named_;
  std::map<std::string, std::size_t> unnamed_;
  std::vector<std::string> examples_;
  std::size_t cases_ = 0;
};

Settings settings_from(int count, char** words) {
  if (count < 3) fail("linux_matrix DEVICE OUTCOMES [all | rules] [TABLE]");
  Settings settings;
  settings.device = words[1];
  settings.outcomes = words[2];
  for (int i = 3; i < count; ++i) {
    const std::string_view word = words[i];
    settings.all = settings.all || word == "all" || word == "rules";
    settings.rules = settings.rules || word == "rules";
    if (word != "all" && word != "rules") settings.table = word;
  }
  return settings;
}

}  // namespace
}  // namespace handfast::interop

int main(int count, char** words) {
  try {
    return handfast::interop::Comparison(handfast::interop::settings_from(count, words)).run();
  } catch (const handfast::interop::Failed& problem) {
    std::fprintf(stderr, "failed: %s\n", problem.what());
    return 1;
  }
}
