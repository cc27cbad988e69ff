#include "app/survey.h"

#include <utility>

#include "core/reply_format.h"
#include "core/reply_tracker.h"
#include "core/subject.h"

namespace remaphore {
namespace {

SendOptions question(const SurveyOptions& options, const Config& config) {
  SendOptions question{};
  question.message.destination = options.pattern;
  question.message.verb = kWhoVerb;
  question.message.payload = kWhoPayload;
  question.message.uuid = Uuid::random();
  question.message.reply_wanted = true;
  question.identity = options.identity;
  question.subject = subject::broadcast(config.subject, kWhoSubject);
  question.names = options.names;
  return question;
}

ReplyTracker tracker_of(const SurveyOptions& options, const Config& config) {
  if (options.names.empty()) return ReplyTracker(config.peers, config.identities, options.pattern, config.send_only);
  return ReplyTracker(config.peers, config.identities, options.names, config.send_only);
}

// Its clock minus ours at the moment of its answer: halfway between the question and the arrival of the answer.
Duration offset_of(const Presence& presence, const VerifiedReply& reply, Duration latency) {
  const WallTime answered = reply.arrival() - latency / 2;
  const Duration apart = distance(presence.clock, answered);
  return presence.clock < answered ? -apart : apart;
}

}  // namespace

Survey survey(const SurveyOptions& options, const Config& config, const BusPorts& ports) {
  ReplyTracker tracker = tracker_of(options, config);
  Survey found;
  found.asked = tracker.awaited();
  const auto take = [&](Ask& ask, const VerifiedReply& reply) {
    const auto answer = parse_answer(reply.payload());
    auto presence = answer ? parse_presence(answer->output) : std::nullopt;
    if (!presence) return ask.ignore(reply, "it is not an answer to --who");
    if (!reply.bound()) return ask.ignore(reply, "it is not bound to this request");
    if (ask.record(reply, 0) == ReplyTracker::Answered::kRepeat) return;
    const Duration latency = ask.latency(reply);
    const Duration offset = offset_of(*presence, reply, latency);
    found.answers.push_back(
        {std::string(tracker.node_of(reply.sender()).destination), std::move(*presence), latency, offset});
  };
  // An answer carries its own clock's time; its binding to our question proves that it is fresh.
  constexpr Duration kAnySkew = Duration::max();
  Gathered gathered =
      await_answers({question(options, config), kAnySkew, options.timeout}, config, tracker, ports, take);
  found.silent = std::move(gathered.silent);
  found.delivered = gathered.delivered;
  return found;
}

}  // namespace remaphore
