#include "app/survey.h"

#include <utility>

#include "app/ask.h"
#include "app/bus_dispatch.h"
#include "base/deadline.h"
#include "core/reply_format.h"
#include "core/reply_tracker.h"
#include "core/subject.h"

namespace remaphore {
namespace {

SendOptions question(const SurveyOptions& options, const Config& config) {
  SendOptions question{};
  question.message.destination = options.pattern;
  question.message.verb = kWhoVerb;
  question.message.uuid = Uuid::random();
  question.message.reply_wanted = true;
  question.identity = options.identity;
  question.subject = subject::broadcast(config.subject, kWhoSubject);
  question.names = options.names;
  return question;
}

ReplyTracker roster_of(const SurveyOptions& options, const Config& config) {
  if (options.names.empty()) return ReplyTracker(config.peers, config.identities, options.pattern, config.send_only);
  return ReplyTracker(config.peers, config.identities, options.names, config.send_only);
}

class Surveyor {
 public:
  Surveyor(const SurveyOptions& options, const Config& config, const SurveyPorts& ports)
      : options_(options),
        ports_(ports),
        question_(question(options, config)),
        roster_(roster_of(options, config)),
        dispatch_(ports.bus),
        // An answer carries its own clock's time; its binding to our question proves that it is fresh.
        ask_(question_, config, roster_, Duration::max(), {dispatch_, ports.clock, ports.log, ports.workers}) {}

  Survey run() {
    const Deadline deadline = deadline_after(ports_.clock.monotonic(), options_.timeout);
    dispatch_.connect();
    while (true) {
      dispatch_.dispatch();
      take_answers();
      if (roster_.complete() || ask_.abandoned() || ports_.poller.stop_signal()) break;
      if (passed(deadline, ports_.clock.monotonic())) break;
      ports_.poller.wait(ask_.can_verify() ? ports_.clock.monotonic() : deadline);
    }
    return conclude();
  }

 private:
  void take_answers() {
    auto budget = ask_.round();  // then look at the socket again
    while (const auto reply = ask_.next(budget)) take(*reply);
  }

  void take(const VerifiedReply& reply) {
    const auto answer = parse_answer(reply.payload());
    auto presence = answer ? parse_presence(answer->output) : std::nullopt;
    if (!presence) return ask_.ignore(reply, "it is not an answer to --who");
    if (!reply.bound()) return ask_.ignore(reply, "it is not bound to this request");
    if (ask_.record(reply, 0) == ReplyTracker::Answered::kRepeat) return;
    const Duration latency = ask_.latency(reply);
    const WallTime answered = reply.arrival() - latency / 2;
    const Duration apart = distance(presence->clock, answered);
    survey_.answers.push_back({std::string(roster_.node_of(reply.sender()).destination), std::move(*presence), latency,
                               presence->clock < answered ? -apart : apart});
  }

  Survey conclude() {
    survey_.asked = roster_.awaited();
    survey_.delivered = ask_.delivered() || !survey_.answers.empty();
    for (const Peer* peer : roster_.missing()) survey_.silent.emplace_back(peer->destination);
    if (!survey_.delivered && !ask_.abandoned() && !ports_.poller.stop_signal()) {
      ask_.publisher().give_up(options_.timeout);
    }
    return std::move(survey_);
  }

  const SurveyOptions& options_;
  const SurveyPorts& ports_;
  const SendOptions question_;
  ReplyTracker roster_;
  BusDispatch dispatch_;
  Ask ask_;
  Survey survey_;
};

}  // namespace

Survey survey(const SurveyOptions& options, const Config& config, const SurveyPorts& ports) {
  return Surveyor(options, config, ports).run();
}

}  // namespace remaphore
