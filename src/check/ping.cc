#include "check/ping.h"

#include <fmt/format.h>

#include <chrono>
#include <string_view>

#include "app/ask.h"
#include "check/probe.h"
#include "core/subject.h"
#include "io/runtime.h"

namespace remaphore {
namespace {

constexpr std::string_view kPattern = "**";
constexpr Duration kPatience = std::chrono::seconds(3);  // commands take their time
constexpr Verification::Budget kAtOnce{.checks = 64, .bytes = std::size_t{1} << 20};

// What goes wrong on the way becomes a note of the checklist.
class Notes : public Log {
 public:
  explicit Notes(Checklist& list) : list_(list) {}

  void error(std::string_view line) override { list_.note(line); }
  void failure(std::string_view line, ExitStatus) override { list_.note(line); }
  void notice(std::string_view) override {}
  void verbose(std::string_view) override {}
  bool is_verbose() const override { return false; }
  void ready() override {}

 private:
  Checklist& list_;
};

SendOptions ping_options(const Config& config, const Identity& identity) {
  SendOptions options{.message = {}, .identity = &identity, .subject = {}, .timeout = kPatience};
  options.message.destination = kPattern;
  options.message.uuid = Uuid::random();
  options.message.reply_wanted = true;
  options.subject = subject::broadcast(config.subject, "all");
  return options;
}

void note_answer(const VerifiedReply& reply, Ask& ask, Checklist& list) {
  if (ask.record(reply, 0) != Roster::Answered::kFirst) return;
  const std::chrono::duration<double, std::milli> took = ask.latency(reply);
  const std::chrono::duration<double> offset = distance(reply.time(), reply.arrival());
  list.note(fmt::format("{} answers in {:.1f} ms, its clock is {:.3f} s {}", reply.sender().destination, took.count(),
                        offset.count(),
                        reply.time() > reply.arrival() ? "ahead" : "behind or the answer was that long on its way"));
}

}  // namespace

void ping_peers(const Config& config, Signals& signals, Checklist& list) {
  const Result<const Identity*> identity = config.identity_for("ping", "");
  if (!identity) return list.note(identity.error().message);
  Runtime runtime(probe_options(config, config.servers), signals);
  auto& [clock, bus, workers, loop] = runtime;
  const MonotonicTime deadline = clock.monotonic() + kPatience;
  BusDispatch dispatch(bus);
  dispatch.connect();
  Notes notes(list);
  const SendOptions options = ping_options(config, **identity);
  Roster roster(config.peers, config.identities, kPattern, config.send_only);
  // Whatever a reply's TIME, it shows the clock of the peer who signed it.
  Ask ask(options, config, roster, Duration::max(), {dispatch, clock, notes});
  while (!roster.complete() && !loop.stop_signal() && clock.monotonic() < deadline) {
    dispatch.dispatch();
    Verification::Budget budget = kAtOnce;
    while (const auto reply = ask.next(budget)) note_answer(*reply, ask, list);
    if (ask.abandoned()) return;
    if (!roster.complete()) loop.wait(ask.can_verify() ? clock.monotonic() : deadline);
  }
  for (const Peer* peer : roster.missing()) list.note(fmt::format("{} does not answer", peer->destination));
}

}  // namespace remaphore
