#include "app/collect.h"

#include <utility>

#include "core/reply_format.h"
#include "core/reply_tracker.h"

namespace remaphore {

Collected collect(const SendOptions& options, const Config& config, const BusPorts& ports) {
  ReplyTracker tracker(config.peers, config.identities, options.message.destination, config.send_only);
  Collected collected;
  const auto take = [&](Ask& ask, const VerifiedReply& reply) {
    const auto answer = parse_answer(reply.payload());
    if (!answer) return ask.ignore(reply, "it is neither EXIT,OUTPUT nor NO_DATA");
    if (ask.record(reply, exit_number(*answer)) == ReplyTracker::Answered::kRepeat) return;
    const Peer& sender = reply.sender();
    collected.answers.push_back({std::string(tracker.node_of(sender).destination), std::string(sender.public_key),
                                 exit_number(*answer), std::string(answer->output)});
  };
  const Duration timeout = options.timeout.value_or(Publisher::kDefaultTimeout);
  Gathered gathered = await_answers({options, config.allow_skew, timeout}, config, tracker, ports, take);
  collected.silent = std::move(gathered.silent);
  collected.delivered = gathered.delivered;
  return collected;
}

}  // namespace remaphore
