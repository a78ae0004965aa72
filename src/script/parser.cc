#include "script/parser.h"

#include <optional>
#include <utility>

#include "script/limits.h"
#include "script/parse_expression.h"
#include "script/parse_packet.h"
#include "script/parse_time.h"
#include "script/tokens.h"

namespace handfast::script {
namespace {

class Parser {
 public:
  Parser(std::string_view text, Script& script, const Definitions& definitions)
      : tokens_(text, script.name), expressions_(tokens_), script_(script) {
    for (const auto& [name, value] : definitions) tokens_.define(name, value);
  }

  std::optional<SyntaxError> run();

 private:
  void option();
  void define(std::string_view value);
  CommandLine command() { return {std::string(tokens_.take().text)}; }
  void line();
  void event(ScriptLine& out);
  void check_time(const ScriptLine& line);
  CallLine call();
  void note();

  Tokens tokens_;
  ExpressionParser expressions_;
  Script& script_;
};

std::optional<SyntaxError> Parser::run() {
  while (tokens_.is(Token::Kind::kOption)) option();
  if (tokens_.is(Token::Kind::kCommand)) script_.first_command = command();
  do {
    line();
  } while (!tokens_.failed() && !tokens_.is(Token::Kind::kEnd) && !tokens_.is(Token::Kind::kCommand));
  if (tokens_.is(Token::Kind::kCommand)) script_.last_command = command();
  if (!tokens_.is(Token::Kind::kEnd)) tokens_.fail("the end of the script behind its last command");
  return tokens_.error();
}

void Parser::option() {
  ScriptOption out{std::string(tokens_.now().text), {}, tokens_.now().at};
  if (script_.options.size() >= kMaxScriptOptions) tokens_.fail("at most 1000 options");
  const std::string_view value = tokens_.option_value();
  out.value = value;
  if (out.name == "define") define(value);
  tokens_.take();
  script_.options.push_back(std::move(out));
}

void Parser::define(std::string_view value) {
  const std::size_t equals = value.find('=');
  if (equals == 0 || equals == std::string_view::npos) {
    tokens_.fail_at(tokens_.now().at, "--define=NAME=value", "--define=" + printable(value));
    return;
  }
  tokens_.define(value.substr(0, equals), value.substr(equals + 1));
}

void Parser::line() {
  if (script_.lines.size() >= kMaxLines) tokens_.fail("at most 100000 lines with a time");
  ScriptLine out;
  out.at = tokens_.now().at;
  out.time = parse_time(tokens_);
  event(out);
  check_time(out);
  script_.lines.push_back(std::move(out));
}

void Parser::event(ScriptLine& out) {
  if (tokens_.is_symbol('<') || tokens_.is_symbol('>')) {
    out.what = parse_packet(tokens_);
  } else if (tokens_.is(Token::Kind::kCommand)) {
    out.what = command();
  } else if (tokens_.is(Token::Kind::kCode)) {
    const Token code = tokens_.take();
    out.what = CodeLine{std::string(code.text), code.begin};
  } else if (tokens_.is(Token::Kind::kWord) || tokens_.is(Token::Kind::kEllipsis)) {
    out.what = call();
  } else {
    tokens_.fail("a packet, a call, a command or a block of code");
  }
}

// Only what we wait for may come at any time, or within a range of times.
void Parser::check_time(const ScriptLine& line) {
  if (line.time.kind == TimeWords::Kind::kAbsolute || line.time.kind == TimeWords::Kind::kRelative) return;
  const auto* packet = std::get_if<PacketLine>(&line.what);
  if (packet != nullptr && packet->direction == Direction::kOutbound) return;
  const bool any = line.time.kind == TimeWords::Kind::kAny;
  tokens_.fail_at(line.at, "one point in time, since this is no outbound packet", any ? "*" : "a range of times");
}

CallLine Parser::call() {
  CallLine out;
  if (tokens_.is(Token::Kind::kEllipsis)) {
    tokens_.take();
    out.until = parse_duration(tokens_);
  }
  if (!tokens_.is(Token::Kind::kWord)) tokens_.fail("the name of a system call");
  out.name = tokens_.take().text;
  tokens_.expect_symbol('(');
  if (!tokens_.failed()) out.arguments = expressions_.list(')');
  tokens_.expect_symbol('=');
  if (!tokens_.failed()) out.result = expressions_.expression();
  if (tokens_.is(Token::Kind::kWord)) out.error = tokens_.take().text;
  note();
  return out;
}

// (words), which say to the reader what the result means.
void Parser::note() {
  if (!tokens_.take_symbol('(')) return;
  do {
    if (!tokens_.is(Token::Kind::kWord)) tokens_.fail("the words of a note");
    tokens_.take();
  } while (tokens_.is(Token::Kind::kWord));
  if (!tokens_.take_symbol(')')) tokens_.fail("a word or )");
}

}  // namespace

std::expected<Script, SyntaxError> parse(std::string_view text, std::string name, const Definitions& definitions) {
  Script script;
  script.name = std::move(name);
  if (text.size() > kMaxScriptBytes) {
    return std::unexpected(SyntaxError{script.name, {1, 1}, "a script of at most 16 MiB", "a longer one"});
  }
  if (auto error = Parser(text, script, definitions).run()) return std::unexpected(*std::move(error));
  return script;
}

}  // namespace handfast::script
