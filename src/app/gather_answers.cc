#include "app/gather_answers.h"

#include "app/bus_dispatch.h"
#include "base/deadline.h"

namespace remaphore {

Gathered gather_answers(const SendOptions& request, const Config& config, ReplyTracker& tracker, Duration allow_skew,
                        Duration timeout, const GatherPorts& ports,
                        const std::function<void(Ask&, const VerifiedReply&)>& take) {
  const Deadline deadline = deadline_after(request.started.value_or(ports.clock.monotonic()), timeout);
  BusDispatch dispatch(ports.bus);
  dispatch.connect();
  Ask ask(request, config, tracker, allow_skew, {dispatch, ports.clock, ports.log, ports.workers});
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
  if (!gathered.delivered && !ask.abandoned() && !ports.poller.stop_signal()) ask.publisher().give_up(timeout);
  return gathered;
}

}  // namespace remaphore
