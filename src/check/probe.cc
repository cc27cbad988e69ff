#include "check/probe.h"

#include <fmt/format.h>

#include <utility>

#include "base/duration.h"
#include "core/subject.h"
#include "io/runtime.h"

namespace remaphore {
namespace {

// A subject like that of the replies to a message that nobody has sent.
std::string unused_subject(const Config& config) {
  Digest random;
  keys::random_bytes(random.bytes);
  return subject::reply(config.subject, random);
}

// What has been said to the server and waits for its confirmation.
enum class Step { kLogin, kPing, kSubscribe, kPublish, kDone };

class Prober {
 public:
  Prober(Bus& bus, const Clock& clock, const Config& config)
      : bus_(bus), clock_(clock), config_(config), unused_(unused_subject(config)) {}

  // Errc::kConnection or kConfig if there is no link any more.
  Result<void> handle(const BusEvent& event) {
    switch (event.kind) {
      case BusEvent::Kind::kOpen: flush_ = bus_.flush(); break;
      case BusEvent::Kind::kFlushed:
        if (event.flush == flush_) flushed();
        break;
      case BusEvent::Kind::kDenied:
        denied(event.denied == BusEvent::Denied::kPublication ? probe_.may_not_publish : probe_.may_not_subscribe,
               event.text);
        break;
      case BusEvent::Kind::kDelivery: break;
      case BusEvent::Kind::kLost: return fail(Errc::kConnection, event.text);
      case BusEvent::Kind::kRefused: return fail(Errc::kConfig, event.text);
    }
    return {};
  }

  void passed_over(std::string why) { probe_.passed_over.push_back(std::move(why)); }
  bool done() const { return step_ == Step::kDone; }
  const Probe& result() const { return probe_; }

 private:
  static void denied(std::optional<std::string>& where, const std::string& said) {
    if (!where) where = said;
  }

  void flushed() {
    switch (step_) {
      case Step::kLogin:
        step_ = Step::kPing;
        asked_ = clock_.monotonic();
        break;
      case Step::kPing:
        step_ = Step::kSubscribe;
        probe_.round_trip = clock_.monotonic() - asked_;
        bus_.subscribe(subject::broadcast(config_.subject, "all"));
        bus_.subscribe(unused_);
        break;
      case Step::kSubscribe:
        step_ = Step::kPublish;
        bus_.publish({.subject = unused_});
        break;
      case Step::kPublish:
      case Step::kDone: step_ = Step::kDone; return;
    }
    flush_ = bus_.flush();
  }

  Bus& bus_;
  const Clock& clock_;
  const Config& config_;
  std::string unused_;
  Step step_ = Step::kLogin;
  FlushId flush_ = FlushId::kNone;  // of this step
  MonotonicTime asked_;
  Probe probe_;
};

}  // namespace

NatsOptions probe_options(const Config& config, std::vector<ServerAddress> servers) {
  return NatsOptions{.servers = std::move(servers),
                     .credentials = config.credentials,
                     .loaded = std::nullopt,
                     .tls = tls_files(config),
                     .tls_first = config.tls_first,
                     .learns_servers = config.announced_servers,
                     .refusals = 1};
}

Result<Probe> probe_server(const ServerAddress& server, const Config& config, Signals& signals, Duration timeout) {
  NatsOptions options = probe_options(config, {server});
  options.whole = timeout;
  Runtime runtime(std::move(options), signals);
  auto& [clock, connection, workers, loop] = runtime;
  Prober prober(connection, clock, config);
  const MonotonicTime deadline = clock.monotonic() + timeout;
  connection.connect();
  while (true) {
    while (const std::optional<BusEvent> event = connection.next()) {
      if (event->kind == BusEvent::Kind::kLost && connection.tries_another_address()) {
        prober.passed_over(event->text);
        continue;
      }
      if (Result<void> handled = prober.handle(*event); !handled) return Unexpected(handled.error());
    }
    if (prober.done()) return prober.result();
    if (loop.stop_signal()) return fail(Errc::kConnection, "interrupted");
    if (clock.monotonic() >= deadline) {
      return fail(Errc::kConnection,
                  fmt::format("{} does not answer within {}", server.display(), format_duration(timeout)));
    }
    loop.wait(deadline);
  }
}

}  // namespace remaphore
