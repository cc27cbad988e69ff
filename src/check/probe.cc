#include "check/probe.h"

#include <fmt/format.h>

#include <utility>

#include "app/bus_dispatch.h"
#include "app/stream_client.h"
#include "app/turns.h"
#include "base/duration.h"
#include "core/subject.h"
#include "io/runtime.h"
#include "jetstream/request.h"

namespace remaphore {
namespace {

// A subject like that of the replies to a message, but to one that was never sent.
std::string unused_subject(const Config& config) {
  Digest random;
  keys::random_bytes(random.bytes);
  return subject::reply(config.subject, random);
}

// What has been sent to the server and awaits its confirmation.
enum class Step { kLogin, kPing, kSubscribe, kPublish, kStreams, kDone };

constexpr Duration kStreamTimeout = std::chrono::seconds(2);  // a server without JetStream may be silent

class Prober : public BusClient {
 public:
  Prober(const NatsConnection& connection, const Clock& clock, const Config& config, StreamClient* streams)
      : connection_(connection), clock_(clock), config_(config), streams_(streams), unused_(unused_subject(config)) {}

  bool done() const { return step_ == Step::kDone; }
  const Probe& result() const { return probe_; }
  // After every wait: the answers about the streams.
  void take_answers() {
    while (streams_ != nullptr) {
      const auto answered = streams_->next();
      if (!answered) break;
      auto& about = answered->ticket == messages_ ? probe_.messages : probe_.locks;
      about = parse_answer(answered->payload, jetstream::parse_stream_info);
    }
    if (step_ == Step::kStreams && probe_.messages && probe_.locks) step_ = Step::kDone;
  }
  // Errc::kConnection or kConfig if the link is lost.
  const std::optional<Error>& failure() const { return failure_; }

  void opened() override { flush_ = bus().flush(*this); }
  void flushed(FlushId id) override {
    if (id == flush_) next_step();
  }
  void denied(const Denial& denial) override {
    const bool publication = denial.of == Denial::Of::kPublication;
    std::optional<std::string>& where = publication ? probe_.may_not_publish : probe_.may_not_subscribe;
    if (!where) where = denial.text;
  }
  void lost(const LinkLost& loss) override {
    if (!connection_.tries_another_address()) return fail_with({Errc::kConnection, loss.reason});
    probe_.passed_over.push_back(loss.reason);
  }
  void refused(const std::string& why) override { fail_with({Errc::kConfig, why}); }

 private:
  void fail_with(Error error) {
    if (!failure_) failure_ = std::move(error);
  }

  void next_step() {
    switch (step_) {
      case Step::kLogin:
        step_ = Step::kPing;
        asked_ = clock_.monotonic();
        break;
      case Step::kPing:
        step_ = Step::kSubscribe;
        probe_.round_trip = clock_.monotonic() - asked_;
        probe_.certificate_expires = connection_.certificate_expires();
        bus().subscribe(*this, subject::broadcast(config_.subject, "all"));
        bus().subscribe(*this, unused_);
        break;
      case Step::kSubscribe:
        step_ = Step::kPublish;
        bus().publish({.subject = unused_});
        break;
      case Step::kPublish:
        probe_.server_id = connection_.server().id;
        probe_.cluster = connection_.server().cluster;
        step_ = streams_ != nullptr ? Step::kStreams : Step::kDone;
        if (streams_ != nullptr) ask_for_streams();
        return;
      case Step::kStreams:
      case Step::kDone: return;
    }
    flush_ = bus().flush(*this);
  }

  void ask_for_streams() {
    messages_ = streams_->ask(jetstream::stream_info(jetstream::stream_name(config_.subject)), kStreamTimeout);
    streams_->ask(jetstream::stream_info(jetstream::lock_stream_name(config_.subject)), kStreamTimeout);
  }

  const NatsConnection& connection_;
  const Clock& clock_;
  const Config& config_;
  StreamClient* const streams_;  // nullptr: they are not asked for
  StreamClient::Ticket messages_ = 0;
  std::string unused_;
  Step step_ = Step::kLogin;
  FlushId flush_ = FlushId::kNone;  // of this step
  MonotonicTime asked_;
  Probe probe_;
  std::optional<Error> failure_;
};

}  // namespace

NatsOptions probe_options(const Config& config, std::vector<ServerAddress> servers) {
  NatsOptions options{
      .servers = nats_servers(config), .credentials = config.credentials, .loaded = std::nullopt, .refusals = 1};
  options.servers.servers = std::move(servers);
  return options;
}

Result<Probe> probe_server(const ServerAddress& server, const Config& config, StreamRights rights, Signals& signals,
                           Duration timeout) {
  NatsOptions options = probe_options(config, {server});
  options.whole = timeout;
  Runtime runtime(std::move(options), signals);
  auto& [clock, connection, workers, loop] = runtime;
  BusDispatch dispatch(connection);
  StreamClient client(clock);
  const bool asks_for_streams = rights != StreamRights::kNone;
  if (asks_for_streams) dispatch.attach(client);
  Prober prober(connection, clock, config, asks_for_streams ? &client : nullptr);
  dispatch.attach(prober);
  const Deadline deadline = clock.monotonic() + timeout;
  dispatch.connect();
  const auto turn = [&] {
    dispatch.dispatch();
    prober.take_answers();
    return prober.failure() || prober.done();
  };
  const Ended ended = take_turns(
      clock, loop, turn, [&] { return client.wake_at(); }, deadline);
  if (prober.failure()) return Unexpected(*prober.failure());
  if (prober.done()) return prober.result();
  if (ended == Ended::kStopped) return fail(Errc::kConnection, "interrupted");
  return fail(Errc::kConnection,
              fmt::format("{} does not answer within {}", server.display(), format_duration(timeout)));
}

}  // namespace remaphore
