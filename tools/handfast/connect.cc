#include <fmt/format.h>

#include <memory>

#include "handfast/connection_words.h"
#include "handfast/info_text.h"
#include "handfast/parsed_option.h"
#include "handfast/relay.h"
#include "handfast/stack_session.h"
#include "handfast/subcommands.h"

// `handfast connect HOST PORT`: opens one connection and joins it to standard input and output.

namespace handfast::tool {

namespace {

constexpr Duration kGoodbye = std::chrono::seconds(2);

struct ConnectCommand {
  StackOptions stack;
  IpAddress peer;
  std::uint16_t port = 0;
  std::uint16_t source_port = 0;
  std::string input;
  std::string output;
  bool urgent = false;
};

// One run of the command.
class Connector {
 public:
  Connector(const ConnectCommand& command, StackSession& session, const Streams& streams)
      : command_(command), session_(session), streams_(streams), peer_{command.peer, command.port} {}

  ExitCode run() {
    ConnectOptions options;
    options.peer = peer_;
    options.source_port = command_.source_port;
    const Result<TcpHandle> connection = session_.host().connect(options, session_.now());
    if (!connection) return complain({kFailed, explain_connection_error(connection.error(), peer_)});
    connection_ = *connection;
    session_.progress().say("connecting to {} ...", peer_.to_string());
    session_.loop().on_event([this](const Event& event) { on_event(event); });
    session_.loop().on_turn([this] {
      if (relay_ != nullptr) relay_->look_whether_over();
    });
    if (command_.stack.timeout) {
      const Duration timeout = *command_.stack.timeout;
      alarm_ = session_.loop().add_alarm(session_.now() + timeout, [this, timeout] { give_up(timeout); });
    }
    const ExitCode ran = session_.run();
    if (ran != kOk) return ran;
    if (result_) return *result_;
    return session_.loop().signal() != 0 ? kInterrupted : kFailed;
  }

 private:
  void on_event(const Event& event) {
    const TcpHandle* source = std::get_if<TcpHandle>(&event.source);
    if (source == nullptr || *source != connection_ || result_) return;
    if (relay_ == nullptr && (event.readiness & Readiness::kConnected) != 0) start_relay();
    if ((event.readiness & Readiness::kUrgent) != 0) tell_urgent();
    if (relay_ != nullptr) return relay_->on_event(event);
    if ((event.readiness & Readiness::kFailed) != 0) {
      const Result<TcpInfo> info = session_.host().info(connection_);
      over(Failure{kFailed, explain_connection_error(info ? info->error : info.error(), peer_)});
    }
  }

  void tell_urgent() {
    const Result<TcpInfo> info = session_.host().info(connection_);
    if (info) session_.progress().say("urgent: {} bytes to take", info->urgent_remaining);
  }

  void start_relay() {
    session_.loop().cancel_alarm(alarm_);
    const Result<TcpInfo> info = session_.host().info(connection_);
    if (info) session_.progress().say("connected: {} to {}", info->tuple.host.to_string(), peer_.to_string());
    auto relay = Relay::start(session_.loop(), connection_, streams_,
                              [this](const std::optional<Failure>& failure) { over(failure); });
    if (!relay) return over(relay.error());
    relay_ = std::move(*relay);
    if (command_.urgent) relay_->send_urgently();
  }

  void give_up(Duration timeout) {
    (void)session_.host().abort(connection_, session_.now());
    const auto seconds = std::chrono::duration<double>(timeout).count();
    over(Failure{kFailed,
                 fmt::format("{}: timed out: no answer within {:g} s; is it up, and does it have a route back to us?",
                             peer_.to_string(), seconds)});
  }

  void over(const std::optional<Failure>& failure) {
    session_.loop().cancel_alarm(alarm_);
    if (relay_ != nullptr) {
      session_.progress().say("over: {} bytes sent, {} received", relay_->bytes_sent(), relay_->bytes_received());
      if (const auto& info = relay_->last_info(); command_.stack.info && info) {
        Progress::complain("{}", info_text(*info));
      }
    }
    result_ = failure ? complain(*failure) : kOk;
    session_.loop().begin_shutdown(kGoodbye);
  }

  static ExitCode complain(const Failure& failure) {
    Progress::complain("{}", failure.text);
    return failure.code;
  }

  const ConnectCommand& command_;
  StackSession& session_;
  const Streams& streams_;
  Endpoint peer_;
  TcpHandle connection_;
  drivers::EventLoop::Alarm alarm_ = 0;
  std::unique_ptr<Relay> relay_;
  std::optional<ExitCode> result_;
};

ExitCode run(const ConnectCommand& command) {
  const std::expected<Streams, Failure> streams = open_streams(command.input, command.output);
  if (!streams) {
    Progress::complain("{}", streams.error().text);
    return streams.error().code;
  }
  const auto session = StackSession::open(command.stack);
  if (!session) {
    Progress::complain("{}", session.error().text);
    return session.error().code;
  }
  Connector connector(command, **session, *streams);
  return (*session)->finish(connector.run());
}

}  // namespace

void add_connect(CLI::App& app, Job& job) {
  const auto command = std::make_shared<ConnectCommand>();
  CLI::App* sub =
      app.add_subcommand("connect", "Open a connection; standard input goes to the peer, its text to output");
  add_parsed(*sub, "HOST", command->peer, parse_address, "The peer's address")->required()->type_name("ADDRESS");
  add_parsed(*sub, "PORT", command->port, parse_port, "The peer's port")->required()->type_name("NUMBER");
  add_parsed(*sub, "--source-port", command->source_port, parse_port,
             "Our own port; otherwise one is chosen (RFC 6056)")
      ->type_name("NUMBER");
  sub->add_option("--input", command->input, "Read from this file instead of standard input")->type_name("FILE");
  sub->add_option("--output", command->output, "Write to this file instead of standard output")->type_name("FILE");
  sub->add_flag("--urgent", command->urgent, "Send all input as urgent text (RFC 9293 section 3.8.5)");
  add_stack_options(*sub, command->stack);
  sub->callback([command, &job] { job = [command] { return run(*command); }; });
}

}  // namespace handfast::tool
