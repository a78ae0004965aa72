#include "script/commands.h"

#include <algorithm>
#include <span>

#include "script/letters.h"

namespace handfast::script {

namespace {

using Words = std::vector<std::string>;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Splits a shell text into simple commands and those into words, with quotes, comments and continued lines as the shell
// has them. Redirections are left out: they change what is printed. What follows || runs where a command fails, and
// none does here.
class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  std::vector<Words> split() {
    while (at_ < text_.size()) step();
    end_command();
    return std::move(commands_);
  }

 private:
  bool next_is(std::string_view word) const { return text_.substr(at_).starts_with(word); }

  void step() {
    const char c = text_[at_];
    if (next_is("\\\n")) {
      at_ += 2;
    } else if (c == '\'' || c == '"') {
      take_quoted(c);
    } else if (c == '#' && !in_word_) {
      skip_to_end_of_line();
    } else if (next_is("||")) {
      end_command();
      at_ += 2;
      alternative_ = true;
    } else if (next_is("&>") || c == '>' || c == '<') {
      skip_redirection();
    } else if (c == '\n' || c == ';' || c == '&' || c == '|') {
      end_command();
      ++at_;
      if (c == '\n' || c == ';') alternative_ = false;
    } else if (is_blank(c)) {
      end_word();
      ++at_;
    } else {
      in_word_ = true;
      word_ += c;
      ++at_;
    }
  }

  void take_quoted(char quote) {
    const std::size_t end = std::min(text_.find(quote, at_ + 1), text_.size());
    in_word_ = true;
    word_ += text_.substr(at_ + 1, end - at_ - 1);
    at_ = std::min(end + 1, text_.size());
  }

  void skip_to_end_of_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  // `2>&1`, `> /dev/null`, `&> /dev/null`. A digit in front of it is the descriptor.
  void skip_redirection() {
    const bool is_descriptor = word_.size() == 1 && is_digit(word_[0]);
    if (is_descriptor) word_.clear();
    if (is_descriptor) in_word_ = false;
    end_word();
    while (at_ < text_.size() && (text_[at_] == '>' || text_[at_] == '<' || text_[at_] == '&')) ++at_;
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != '\n' && text_[at_] != ';') ++at_;
    redirected_to_ = std::string(text_.substr(begin, at_ - begin));
  }

  void end_word() {
    if (in_word_) words_.push_back(std::move(word_));
    word_.clear();
    in_word_ = false;
  }

  void end_command() {
    end_word();
    // A command that writes to a file is not one that only prints.
    const bool prints = redirected_to_.empty() || redirected_to_ == "/dev/null" || redirected_to_ == "1";
    if (!prints && !words_.empty()) words_.push_back("> " + redirected_to_);
    if (!words_.empty() && !alternative_) commands_.push_back(std::move(words_));
    words_.clear();
    redirected_to_.clear();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool in_word_ = false;
  bool alternative_ = false;
  std::string word_;
  std::string redirected_to_;
  Words words_;
  std::vector<Words> commands_;
};

std::string joined(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// "/proc/sys/net/ipv4/tcp_ecn" and "net/ipv4/tcp_ecn" are "net.ipv4.tcp_ecn".
std::string sysctl_name(std::string_view path) {
  constexpr std::string_view kRoot = "/proc/sys/";
  if (path.starts_with(kRoot)) path.remove_prefix(kRoot.size());
  std::string name(path);
  std::ranges::replace(name, '/', '.');
  return name;
}

bool read_assignments(std::span<const std::string> words, std::vector<Setting>& settings) {
  for (const std::string& word : words) {
    if (word.starts_with('-')) continue;
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return false;
    settings.push_back({.name = sysctl_name(word.substr(0, equals)), .value = word.substr(equals + 1)});
  }
  return true;
}

// What prepares a machine for packetdrill or puts it back, and a queue that a virtual link does not have.
bool means_nothing_here(const Words& words) {
  const std::string_view program = base_name(words[0]);
  if (program == "defaults.sh" || program.starts_with("sysctl_restore_")) return true;
  return program == "tc" && words.size() > 1 && words[1] == "qdisc";
}

bool read(const Words& words, Commands& commands) {
  if (means_nothing_here(words)) return true;
  const std::string_view program = base_name(words[0]);
  const std::span<const std::string> arguments = std::span(words).subspan(1);
  if (program == "sysctl" || program == "set_sysctls.py") return read_assignments(arguments, commands.settings);
  if (program == "ip" && words.size() >= 3 && words[1] == "tcp_metrics" && words[2] == "flush") {
    commands.forgets_peers = true;
    return true;
  }
  // The detectors of HyStart: both, which is what CUBIC has here.
  return joined(words) == "echo 3 > /sys/module/tcp_cubic/parameters/hystart_detect";
}

}  // namespace

Commands read_commands(std::string_view text) {
  Commands commands;
  for (const Words& words : Splitter(text).split()) {
    if (!read(words, commands)) commands.unsupported.push_back(joined(words));
  }
  return commands;
}

}  // namespace handfast::script
