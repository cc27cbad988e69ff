#include "app/collect.h"

#include "app/ask.h"
#include "app/bus_dispatch.h"
#include "base/deadline.h"
#include "core/reply_format.h"
#include "core/reply_tracker.h"

namespace remaphore {
namespace {

// True: there is more to verify.
bool take_answers(Ask& ask, std::vector<Collected::Answer>& answers) {
  auto budget = ask.round();  // then look at the socket again
  while (const auto reply = ask.next(budget)) {
    const auto answer = parse_answer(reply->payload());
    if (!answer) {
      ask.ignore(*reply, "it is neither EXIT,OUTPUT nor NO_DATA");
      continue;
    }
    if (ask.record(*reply, exit_number(*answer)) == ReplyTracker::Answered::kRepeat) continue;
    const Peer& sender = reply->sender();
    answers.push_back({std::string(ask.roster().node_of(sender).destination), std::string(sender.public_key),
                       exit_number(*answer), std::string(answer->output)});
  }
  return ask.can_verify();
}

}  // namespace

Collected collect(const SendOptions& options, const Config& config, const CollectPorts& ports) {
  const Duration timeout = options.timeout.value_or(Publisher::kDefaultTimeout);
  const Deadline deadline = deadline_after(options.started.value_or(ports.clock.monotonic()), timeout);
  BusDispatch dispatch(ports.bus);
  dispatch.connect();
  ReplyTracker roster(config.peers, config.identities, options.message.destination, config.send_only);
  Ask ask(options, config, roster, config.allow_skew, {dispatch, ports.clock, ports.log, ports.workers});
  Collected collected;
  while (true) {
    dispatch.dispatch();
    const bool more = take_answers(ask, collected.answers);
    if (roster.complete() || ask.abandoned() || ports.poller.stop_signal()) break;
    if (passed(deadline, ports.clock.monotonic())) break;
    ports.poller.wait(more ? ports.clock.monotonic() : deadline);
  }
  for (const Peer* peer : roster.missing()) collected.silent.emplace_back(peer->destination);
  collected.delivered = ask.delivered();
  if (!collected.delivered && !ask.abandoned() && !ports.poller.stop_signal()) ask.publisher().give_up(timeout);
  return collected;
}

}  // namespace remaphore
