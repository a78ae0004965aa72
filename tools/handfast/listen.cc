#include <memory>

#include "handfast/connection_words.h"
#include "handfast/echo_service.h"
#include "handfast/info_text.h"
#include "handfast/parsed_option.h"
#include "handfast/relay.h"
#include "handfast/stack_session.h"
#include "handfast/subcommands.h"

// `handfast listen PORT`: waits for a connection and joins it to standard input and output; with --keep-open one
// connection after another, with --echo any number at once, each of which gets its own text back.

namespace handfast::tool {

namespace {

constexpr Duration kGoodbye = std::chrono::seconds(2);

struct ListenCommand {
  StackOptions stack;
  std::uint16_t port = 0;
  bool keep_open = false;
  bool echo = false;
  std::uint32_t backlog = 128;
  std::string input;
  std::string output;
};

// One run of the command.
class Listening {
 public:
  Listening(const ListenCommand& command, StackSession& session, Streams* streams)
      : command_(command), session_(session), streams_(streams), echo_(session.loop(), session.progress()) {}

  ExitCode run() {
    const ListenOptions options{.local = {session_.address(), command_.port}, .backlog = command_.backlog};
    const Result<ListenerHandle> listener = session_.host().listen(options, session_.now());
    if (!listener) return complain({kFailed, explain_listen_error(listener.error(), command_.port)});
    listener_ = *listener;
    session_.progress().say("listening on {}", options.local.to_string());
    session_.loop().on_event([this](const Event& event) { on_event(event); });
    session_.loop().on_turn([this] {
      if (relay_ != nullptr) relay_->look_whether_over();
    });
    const ExitCode ran = session_.run();
    if (command_.echo) {
      session_.progress().say("echoed {} bytes on {} connections; {} failed", echo_.bytes(), echo_.served(),
                              echo_.failed());
    }
    if (ran != kOk) return ran;
    if (result_) return *result_;
    // A signal is how a listener that stays open ends; one that waits for its only connection is interrupted by it.
    return command_.echo || command_.keep_open ? kOk : kInterrupted;
  }

 private:
  void on_event(const Event& event) {
    if (std::holds_alternative<ListenerHandle>(event.source)) return accept_waiting();
    if (command_.echo) return echo_.on_event(event);
    const TcpHandle* source = std::get_if<TcpHandle>(&event.source);
    if (relay_ != nullptr && *source == connection_) relay_->on_event(event);
  }

  void accept_waiting() {
    while (command_.echo || !busy_) {
      const Result<TcpHandle> connection = session_.host().accept(listener_, session_.now());
      if (!connection) return;
      if (const Result<TcpInfo> info = session_.host().info(*connection)) {
        session_.progress().say("connection from {}", info->tuple.peer.to_string());
      }
      if (command_.echo) {
        echo_.add(*connection);
      } else {
        start_relay(*connection);
      }
    }
  }

  void start_relay(TcpHandle connection) {
    busy_ = true;
    connection_ = connection;
    if (!command_.keep_open) (void)session_.host().close_listener(listener_, session_.now());
    auto relay = Relay::start(session_.loop(), connection, *streams_,
                              [this](const std::optional<Failure>& failure) { over(failure); });
    if (!relay) return over(relay.error());
    relay_ = std::move(*relay);
    // Text may have come with the last segment of the handshake, before anybody asked for events.
    relay_->on_event(Event{.source = connection, .readiness = Readiness::kReadable});
  }

  void over(const std::optional<Failure>& failure) {
    if (relay_ != nullptr) {
      session_.progress().say("over: {} bytes sent, {} received", relay_->bytes_sent(), relay_->bytes_received());
      if (const auto& info = relay_->last_info(); command_.stack.info && info) {
        Progress::complain("{}", info_text(*info));
      }
    }
    if (failure) complain(*failure);
    if (command_.keep_open && !session_.loop().is_shutting_down()) {
      // Not from here: this runs inside the relay that is to go.
      session_.loop().add_alarm(session_.now(), [this] { accept_next(); });
      return;
    }
    result_ = failure ? failure->code : kOk;
    if (session_.loop().signal() != 0 && !command_.keep_open) result_ = kInterrupted;
    session_.loop().begin_shutdown(kGoodbye);
  }

  // With --input every connection gets the file from its start; standard input has only one.
  void accept_next() {
    relay_.reset();
    if (!command_.input.empty() && command_.input != "-") {
      drivers::Outcome<drivers::ByteStream> again = drivers::ByteStream::open_to_read(command_.input);
      if (!again) {
        result_ = complain({kEnvironment, again.error().to_string()});
        return session_.loop().begin_shutdown(kGoodbye);
      }
      streams_->input = std::move(*again);
    }
    busy_ = false;
    accept_waiting();
  }

  static ExitCode complain(const Failure& failure) {
    Progress::complain("{}", failure.text);
    return failure.code;
  }

  const ListenCommand& command_;
  StackSession& session_;
  Streams* streams_;
  EchoService echo_;
  ListenerHandle listener_;
  TcpHandle connection_;
  bool busy_ = false;
  std::unique_ptr<Relay> relay_;
  std::optional<ExitCode> result_;
};

ExitCode run(const ListenCommand& command) {
  std::expected<Streams, Failure> streams = open_streams(command.input, command.output);
  if (!streams) {
    Progress::complain("{}", streams.error().text);
    return streams.error().code;
  }
  const auto session = StackSession::open(command.stack);
  if (!session) {
    Progress::complain("{}", session.error().text);
    return session.error().code;
  }
  Listening listening(command, **session, &*streams);
  return (*session)->finish(listening.run());
}

}  // namespace

void add_listen(CLI::App& app, Job& job) {
  const auto command = std::make_shared<ListenCommand>();
  CLI::App* sub =
      app.add_subcommand("listen", "Wait for a connection; standard input goes to the peer, its text to output");
  add_parsed(*sub, "PORT", command->port, parse_port, "The port to listen on")->required()->type_name("NUMBER");
  CLI::Option* keep = sub->add_flag("-k,--keep-open", command->keep_open, "Take the next connection when one is over");
  CLI::Option* echo =
      sub->add_flag("--echo", command->echo, "Send everything back that arrives, on any number of connections at once");
  echo->excludes(keep);
  sub->add_option("--backlog", command->backlog, "Connections that may wait to be accepted")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str()
      ->type_name("NUMBER");
  sub->add_option("--input", command->input, "Read from this file instead of standard input")
      ->type_name("FILE")
      ->excludes(echo);
  sub->add_option("--output", command->output, "Write to this file instead of standard output")
      ->type_name("FILE")
      ->excludes(echo);
  add_stack_options(*sub, command->stack);
  sub->callback([command, &job] { job = [command] { return run(*command); }; });
}

}  // namespace handfast::tool
