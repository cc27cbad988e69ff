#include "app/await_answers.h"

#include "app/bus_dispatch.h"
#include "base/deadline.h"

namespace remaphore {

Gathered await_answers(const GatherOptions& options, const Config& config, ReplyTracker& tracker,
                       const GatherPorts& ports, const std::function<void(Ask&, const VerifiedReply&)>& take) {
  const MonotonicTime started = options.request.started.value_or(ports.clock.monotonic());
  const Deadline deadline = deadline_after(started, options.timeout);
  BusDispatch dispatch(ports.bus);
  dispatch.connect();
  Ask ask(options.request, config, tracker, options.allow_skew, {dispatch, ports.clock, ports.log, ports.workers});
  while (true) {
    dispatch.dispatch();
    auto budget = ask.round();  // then look at the socket again
    while (const auto reply = ask.next(budget)) take(ask, *reply);
    if (tracker.complete() || ask.abandoned() || ports.poller.stop_signal()) break;
    if (passed(deadline, ports.clock.monotonic())) break;
    ports.poller.wait(ask.can_verify() ? ports.clock.monotonic() : deadline);
  }
  Gathered gathered;
  for (const Peer* peer : tracker.missing()) gathered.silent.emplace_back(peer->destination);
  gathered.delivered = ask.delivered();
  if (!gathered.delivered && !ask.abandoned() && !ports.poller.stop_signal()) ask.publisher().give_up(options.timeout);
  return gathered;
}

}  // namespace remaphore
