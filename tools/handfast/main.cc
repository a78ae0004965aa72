#include "handfast/command_line.h"

namespace {

// One line a subcommand, in the order in which --help shows them.
constexpr handfast::tool::AddSubcommand kSubcommands[] = {
    handfast::tool::add_demo, handfast::tool::add_listen,  handfast::tool::add_connect, handfast::tool::add_serve,
    handfast::tool::add_sim,  handfast::tool::add_goodput, handfast::tool::add_drill,
};

}  // namespace

int main(int argc, char** argv) {
  return handfast::tool::run_command_line(kSubcommands,
                                          std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
