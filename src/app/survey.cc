#include "app/survey.h"

#include <deque>
#include <memory>
#include <string_view>
#include <utility>

#include "app/ask.h"
#include "app/bus_dispatch.h"
#include "base/deadline.h"
#include "core/reply_format.h"
#include "core/reply_tracker.h"
#include "core/subject.h"

namespace remaphore {
namespace {

class Surveyor {
 public:
  Surveyor(const SurveyOptions& options, const Config& config, const SurveyPorts& ports)
      : options_(options), config_(config), ports_(ports), dispatch_(ports.bus) {
    for (const std::string& pattern : options.patterns)
      questions_.push_back(std::make_unique<Question>(*this, pattern));
  }

  Survey run() {
    const Deadline deadline = deadline_after(ports_.clock.monotonic(), options_.timeout);
    dispatch_.connect();
    while (true) {
      dispatch_.dispatch();
      bool more = false;
      for (const auto& question : questions_) more = take_answers(*question) || more;
      if (complete() || abandoned() || ports_.poller.stop_signal()) break;
      if (passed(deadline, ports_.clock.monotonic())) break;
      ports_.poller.wait(more ? ports_.clock.monotonic() : deadline);
    }
    return conclude();
  }

 private:
  // One message, and the nodes that should answer it.
  struct Question {
    Question(Surveyor& surveyor, const std::string& pattern)
        : options(surveyor.message_for(pattern)),
          roster(surveyor.config_.peers, surveyor.config_.identities, pattern, surveyor.config_.send_only),
          // An answer carries its own clock's time; its binding to our question proves that it is fresh.
          ask(options, surveyor.config_, roster, Duration::max(),
              {surveyor.dispatch_, surveyor.ports_.clock, surveyor.ports_.log, surveyor.ports_.workers}) {}

    const SendOptions options;
    ReplyTracker roster;
    Ask ask;
  };

  SendOptions message_for(const std::string& pattern) const {
    SendOptions options{};
    options.message.destination = pattern;
    options.message.verb = kWhoVerb;
    options.message.uuid = Uuid::random();
    options.message.reply_wanted = true;
    options.identity = options_.identity;
    options.subject = subject::broadcast(config_.subject, kWhoSubject);
    return options;
  }

  // True: there is more to verify.
  bool take_answers(Question& question) {
    auto budget = question.ask.round();  // then look at the socket again
    while (const auto reply = question.ask.next(budget)) take(question, *reply);
    return question.ask.can_verify();
  }

  void take(Question& question, const VerifiedReply& reply) {
    const auto answer = parse_answer(reply.payload());
    auto presence = answer ? parse_presence(answer->output) : std::nullopt;
    if (!presence) return question.ask.ignore(reply, "it does not say who is there");
    if (!reply.bound()) return question.ask.ignore(reply, "it is not bound to this question");
    if (question.ask.record(reply, 0) == ReplyTracker::Answered::kRepeat) return;
    const Duration latency = question.ask.latency(reply);
    const WallTime answered = reply.arrival() - latency / 2;
    const Duration apart = distance(presence->clock, answered);
    survey_.answers.push_back({std::string(question.roster.node_of(reply.sender()).destination), std::move(*presence),
                               latency, presence->clock < answered ? -apart : apart});
  }

  bool complete() const {
    for (const auto& question : questions_) {
      if (!question->roster.complete()) return false;
    }
    return true;
  }

  bool abandoned() const {
    for (const auto& question : questions_) {
      if (!question->ask.abandoned()) return false;
    }
    return true;
  }

  Survey conclude() {
    for (const auto& question : questions_) {
      survey_.asked += question->roster.awaited();
      survey_.delivered = survey_.delivered || question->ask.delivered();
      for (const Peer* peer : question->roster.missing()) survey_.silent.emplace_back(peer->destination);
    }
    Publisher& first = questions_.front()->ask.publisher();
    if (!survey_.delivered && first.state() != Publisher::State::kAbandoned && !ports_.poller.stop_signal()) {
      first.give_up(options_.timeout);
    }
    return std::move(survey_);
  }

  const SurveyOptions& options_;
  const Config& config_;
  const SurveyPorts& ports_;
  BusDispatch dispatch_;
  std::deque<std::unique_ptr<Question>> questions_;
  Survey survey_;
};

}  // namespace

Survey survey(const SurveyOptions& options, const Config& config, const SurveyPorts& ports) {
  return Surveyor(options, config, ports).run();
}

}  // namespace remaphore
