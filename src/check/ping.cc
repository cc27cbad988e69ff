#include "check/ping.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "check/probe.h"
#include "core/message.h"
#include "core/roster.h"
#include "core/subject.h"
#include "core/trust.h"
#include "core/wire.h"
#include "io/runtime.h"

namespace remaphore {
namespace {

constexpr std::string_view kPattern = "**";
constexpr Duration kPatience = std::chrono::seconds(3);  // commands take their time

class Pinger {
 public:
  Pinger(const Config& config, const Identity& identity, Bus& bus, const Clock& clock, Checklist& list)
      : config_(config),
        identity_(identity),
        bus_(bus),
        clock_(clock),
        list_(list),
        asked_(config.peers, config.identities, kPattern, config.send_only) {}

  Result<void> handle(const BusEvent& event) {
    switch (event.kind) {
      case BusEvent::Kind::kOpen: send(); break;
      case BusEvent::Kind::kDelivery: take(event.payload, event.arrival); break;
      case BusEvent::Kind::kFlushed: break;
      case BusEvent::Kind::kDenied:
      case BusEvent::Kind::kRefused: return fail(Errc::kConnection, event.text);
      case BusEvent::Kind::kLost:
        if (event.maybe_delivered) return fail(Errc::kConnection, event.text);
        break;
    }
    return {};
  }

  bool complete() const { return asked_.complete(); }

  void note_missing() {
    for (const Peer* peer : asked_.missing()) list_.note(fmt::format("{} does not answer", peer->destination));
  }

 private:
  void send() {
    Message message;
    message.destination = kPattern;
    message.time = sent_ = clock_.now();
    message.uuid = Uuid::random();
    message.reply_wanted = true;
    const std::string bytes = wire::encode(message, identity_.secret_key);
    hash_ = wire::hash(bytes);
    bus_.subscribe(subject::reply(config_.subject, hash_));
    bus_.publish({.subject = subject::broadcast(config_.subject, "all"), .payload = bytes});
    bus_.flush();
  }

  // Whatever a reply's TIME, it shows the clock of the peer who signed it.
  void take(std::string_view bytes, WallTime arrival) {
    const ReplyPolicy policy{.addressed = asked_.addressed(),
                             .known = config_.peers,
                             .binding = Uuid::from_hash(hash_),
                             .require_bound = config_.require_bound_replies,
                             .allow_skew = Duration::max()};
    auto candidate = screen_reply(bytes, arrival, policy);
    if (!candidate) return;
    const std::optional<WallTime> time = wire::parse_time(candidate->fields().time());
    const auto reply = verify_reply(std::move(*candidate));
    if (!reply || !time || asked_.record(*reply, 0) != Roster::Answered::kFirst) return;
    const std::chrono::duration<double, std::milli> took = arrival - sent_;
    const std::chrono::duration<double> offset = distance(*time, arrival);
    list_.note(fmt::format("{} answers in {:.1f} ms, its clock is {:.3f} s {}", reply->sender().destination,
                           took.count(), offset.count(),
                           *time > arrival ? "ahead" : "behind or the answer was that long on its way"));
  }

  const Config& config_;
  const Identity& identity_;
  Bus& bus_;
  const Clock& clock_;
  Checklist& list_;
  Roster asked_;
  WallTime sent_;
  Digest hash_;
};

}  // namespace

void ping_peers(const Config& config, Signals& signals, Checklist& list) {
  const Result<const Identity*> identity = config.identity_for("ping", "");
  if (!identity) return list.note(identity.error().message);
  Runtime runtime(probe_options(config, config.servers), signals);
  auto& [clock, connection, workers, loop] = runtime;
  Pinger pinger(config, **identity, connection, clock, list);
  const MonotonicTime deadline = clock.monotonic() + kPatience;
  connection.connect();
  while (!pinger.complete() && !loop.stop_signal() && clock.monotonic() < deadline) {
    while (const std::optional<BusEvent> event = connection.next()) {
      if (Result<void> handled = pinger.handle(*event); !handled) return list.note(handled.error().message);
    }
    if (!pinger.complete()) loop.wait(deadline);
  }
  pinger.note_missing();
}

}  // namespace remaphore
