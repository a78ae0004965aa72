#include <memory>
#include <unordered_map>

#include "handfast/connection_words.h"
#include "handfast/parsed_option.h"
#include "handfast/serve_exchange.h"
#include "handfast/stack_session.h"
#include "handfast/subcommands.h"

// `handfast serve DIR`: the files of a directory over HTTP/1.1, to any number of peers at once.

namespace handfast::tool {

namespace {

constexpr Duration kSweep = std::chrono::seconds(1);

struct ServeCommand {
  StackOptions stack;
  std::string directory;
  std::uint16_t port = 80;
  std::uint32_t backlog = 1024;
  std::uint32_t most_connections = 4096;
  bool fast_open = false;
  Duration idle = std::chrono::seconds(30);
};

// One run of the command. Connections beyond the limit wait to be accepted, and their peers with them.
class Serving {
 public:
  Serving(const ServeCommand& command, StackSession& session, const ServedDirectory& directory)
      : command_(command),
        session_(session),
        around_{.host = session.host(), .directory = directory, .progress = session.progress()} {
    around_.info = command.stack.info;
    around_.chunk = std::clamp(command.stack.config.tcp.send_buffer / 4, 2048u, 64u * 1024u);
  }

  ExitCode run() {
    const ListenOptions options{.local = {session_.address(), command_.port},
                                .backlog = command_.backlog,
                                .syn_backlog = command_.backlog,
                                .fast_open = command_.fast_open};
    const Result<ListenerHandle> listener = session_.host().listen(options, session_.now());
    if (!listener) {
      Progress::complain("{}", explain_listen_error(listener.error(), command_.port));
      return kFailed;
    }
    listener_ = *listener;
    session_.progress().say("serving {} at http://{}/", command_.directory, options.local.to_string());
    session_.loop().on_event([this](const Event& event) { on_event(event); });
    set_sweep();
    const ExitCode ran = session_.run();
    session_.progress().say("{} requests answered, {} bytes of files sent", around_.requests, around_.bytes);
    return ran;
  }

 private:
  void on_event(const Event& event) {
    const TcpHandle* source = std::get_if<TcpHandle>(&event.source);
    if (source == nullptr) return accept_waiting();
    const auto found = exchanges_.find(source->number());
    if (found == exchanges_.end()) return;
    if (found->second.pump(session_.now())) return;
    exchanges_.erase(found);
    accept_waiting();
  }

  void accept_waiting() {
    while (exchanges_.size() < command_.most_connections) {
      const Instant now = session_.now();
      const Result<TcpHandle> connection = session_.host().accept(listener_, now);
      if (!connection) return;
      const Result<TcpInfo> info = session_.host().info(*connection);
      const Endpoint peer = info ? info->tuple.peer : Endpoint{};
      ServeExchange exchange(around_, *connection, peer, now);
      if (exchange.pump(now)) exchanges_.emplace(connection->number(), std::move(exchange));
    }
  }

  void set_sweep() {
    session_.loop().add_alarm(session_.now() + kSweep, [this] { sweep(); });
  }

  void sweep() {
    const Instant now = session_.now();
    const std::size_t before = exchanges_.size();
    for (auto at = exchanges_.begin(); at != exchanges_.end();) {
      at = at->second.check_idle(now - command_.idle, now) ? std::next(at) : exchanges_.erase(at);
    }
    if (exchanges_.size() < before) accept_waiting();
    set_sweep();
  }

  const ServeCommand& command_;
  StackSession& session_;
  ServeSurroundings around_;
  ListenerHandle listener_;
  std::unordered_map<std::uint64_t, ServeExchange> exchanges_;  // By TcpHandle::number().
};

ExitCode run(const ServeCommand& command) {
  const auto directory = ServedDirectory::open(command.directory);
  if (!directory) {
    Progress::complain("{}", directory.error().text);
    return directory.error().code;
  }
  const auto session = StackSession::open(command.stack);
  if (!session) {
    Progress::complain("{}", session.error().text);
    return session.error().code;
  }
  Serving serving(command, **session, *directory);
  return (*session)->finish(serving.run());
}

}  // namespace

void add_serve(CLI::App& app, Job& job) {
  const auto command = std::make_shared<ServeCommand>();
  CLI::App* sub = app.add_subcommand("serve", "Serve the files of a directory over HTTP/1.1");
  sub->add_option("DIR", command->directory, "The directory; nothing outside of it can be reached")->required();
  add_parsed(*sub, "--port", command->port, parse_port, "The port to listen on")
      ->default_str("80")
      ->type_name("NUMBER");
  sub->add_option("--backlog", command->backlog, "Connections that may wait to be accepted")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str()
      ->type_name("NUMBER");
  sub->add_option("--max-connections", command->most_connections, "Connections served at once; others wait")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str()
      ->type_name("NUMBER");
  add_parsed(*sub, "--idle-timeout", command->idle, parse_span, "End a connection without progress after this")
      ->default_str("30s")
      ->type_name("SPAN");
  sub->add_flag("--fast-open", command->fast_open, "Give TCP Fast Open cookies and take text with the SYN (RFC 7413)");
  add_stack_options(*sub, command->stack);
  sub->callback([command, &job] { job = [command] { return run(*command); }; });
}

}  // namespace handfast::tool
