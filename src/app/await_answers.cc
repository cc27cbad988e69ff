#include "app/await_answers.h"

#include "app/bus_dispatch.h"
#include "app/turns.h"

namespace remaphore {

Gathered await_answers(const GatherOptions& options, const Config& config, ReplyTracker& tracker, const BusPorts& ports,
                       const std::function<void(Ask&, const VerifiedReply&)>& take) {
  const MonotonicTime started = options.request.started.value_or(ports.clock.monotonic());
  const Deadline deadline = deadline_after(started, options.timeout);
  BusDispatch dispatch(ports.bus);
  dispatch.connect();
  Ask ask(options.request, config, tracker, options.allow_skew, {dispatch, ports.clock, ports.log, ports.workers});
  const auto turn = [&] {
    dispatch.dispatch();
    auto budget = ask.round();  // then look at the socket again
    while (const auto reply = ask.next(budget)) take(ask, *reply);
    return tracker.complete() || ask.abandoned();
  };
  const auto wake = [&] { return ask.can_verify() ? Deadline(ports.clock.monotonic()) : std::nullopt; };
  take_turns(ports.clock, ports.poller, turn, wake, deadline);
  Gathered gathered;
  for (const Peer* peer : tracker.missing()) gathered.silent.emplace_back(peer->destination);
  gathered.delivered = ask.delivered();
  if (!gathered.delivered && !ask.abandoned() && !ports.poller.stop_signal()) ask.publisher().give_up(options.timeout);
  return gathered;
}

}  // namespace remaphore
