#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "handfast/demo_parts.h"
#include "handfast/parsed_option.h"
#include "handfast/subcommands.h"

// `handfast demo`: a connection opens, moves text over a link that loses and reorders, and closes; every step is told.

namespace handfast::tool {

namespace {

struct DemoCommand {
  DemoOptions options;
  bool memory_only = false;
};

bool wants_colour() {
  const char* no_color = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) != 0 && (no_color == nullptr || *no_color == '\0');
}

ExitCode run(DemoCommand command) {
  command.options.colour = wants_colour();
  const ExitCode in_memory = demo_in_memory(command.options);
  if (in_memory != kOk || command.memory_only) return in_memory;
  return demo_with_kernel(command.options);
}

void add_share(CLI::App& app, const std::string& name, std::uint32_t& share, const std::string& help) {
  const auto read = [name, &share](const std::string& text) {
    const Parsed<Shares> shares = parse_percent(text);
    if (!shares || shares->in != shares->out)
      throw CLI::ValidationError(name, shares ? "one number, for both ways" : shares.error());
    if (shares->in > 300'000) throw CLI::ValidationError(name, "more than 30 percent makes no demonstration");
    share = shares->in;
  };
  app.add_option_function<std::string>(name, read, help)->default_str("3")->type_name("PERCENT");
}

}  // namespace

void StandardOutput::write(std::string_view bytes) {
  std::fwrite(bytes.data(), 1, bytes.size(), stdout);
  std::fflush(stdout);
}

void add_demo(CLI::App& app, Job& job) {
  const auto command = std::make_shared<DemoCommand>();
  CLI::App* sub = app.add_subcommand("demo", "Watch a connection open, move text over a bad link, and close");
  add_parsed(*sub, "--seed", command->options.seed, parse_seed, "Another seed meets other losses")
      ->default_str("1")
      ->type_name("NUMBER");
  add_parsed(*sub, "--bytes", command->options.bytes, parse_size, "How much goes each way")
      ->default_str("1M")
      ->type_name("SIZE");
  add_share(*sub, "--loss", command->options.loss, "Lose packets, each way");
  add_share(*sub, "--reorder", command->options.reorder, "Let packets be overtaken, each way");
  sub->add_flag("--memory-only", command->memory_only, "Leave out the part with the kernel as the peer");
  sub->callback([command, &job] { job = [command] { return run(*command); }; });
}

}  // namespace handfast::tool
