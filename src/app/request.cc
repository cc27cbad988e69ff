#include "app/request.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <span>

#include "app/ask.h"
#include "app/drain.h"
#include "app/request_report.h"
#include "app/request_rounds.h"
#include "app/turns.h"
#include "base/text.h"
#include "core/reply_format.h"

namespace remaphore {
namespace {

constexpr Duration kLastChecks = std::chrono::milliseconds(100);

class Requester {
 public:
  Requester(const RequestOptions& options, const Config& config, ReplyTracker& tracker, const RequestPorts& ports)
      : options_(options),
        tracker_(tracker),
        ports_(ports),
        timeout_(options.timeout.value_or(Publisher::kDefaultTimeout)),
        required_(options.require ? options.require->of(tracker.awaited()) : 0),
        printer_(AnswerPrinter::make(options.format, ports.output)),
        dispatch_(ports.bus),
        ask_(options, config, tracker, config.allow_skew, {dispatch_, ports.clock, ports.log, ports.workers}),
        rounds_(options, {ask_.publisher(), tracker, *printer_, ports.progress}, [this] { verify_last(); }) {}

  ExitStatus run(MonotonicTime start) {
    rounds_.begin(start);
    to_end_ = options_.timeout ? deadline_after(start, timeout_) : std::nullopt;
    std::optional<ExitStatus> status;
    const auto turn = [&] {
      dispatch_.dispatch();
      verify_replies();
      status = settle();
      return status.has_value();
    };
    const auto wake = [this] { return may_verify() ? ports_.clock.monotonic() : rounds_.deadline(); };
    const auto deadline = [this] { return ask_.delivered() ? to_end_ : to_confirm(); };
    const Ended ended = take_turns(ports_.clock, ports_.poller, turn, wake, deadline);
    if (ended == Ended::kTimeout) return time_is_up();
    return ended == Ended::kStopped ? fail() : *status;
  }

 private:
  // The status, if there is nothing to wait for any more.
  std::optional<ExitStatus> settle() {
    if (output_failure()) return output_failed();
    if (done()) verify_last();
    if (done()) return end();
    return ask_.abandoned() ? std::optional(fail()) : std::nullopt;
  }

  Deadline to_confirm() const {
    return options_.timeout ? to_end_ : deadline_after(rounds_.began(), Publisher::kDefaultTimeout);
  }

  // A slow reader of our output holds back the verification, not the loop; the waiting output is bounded.
  bool may_verify() const { return ask_.can_verify() && ports_.output.may_write(); }

  void verify_replies() {
    auto budget = ask_.round();  // then look at the socket again
    while (ports_.output.may_write()) {
      const auto reply = ask_.next(budget);
      if (!reply) break;
      accept(*reply);
    }
    ports_.output.flush();
  }

  // Replies that arrived in time, before silent nodes are reported.
  void verify_last() {
    const Deadline soon = deadline_after(ports_.clock.monotonic(), kLastChecks);
    while (ask_.has_unverified() && !passed(soon, ports_.clock.monotonic())) {
      Verification::Budget one{.checks = 1, .bytes = 1};
      if (const auto reply = ask_.next(one)) accept(*reply);
    }
    ports_.output.flush();
  }

  void accept(const VerifiedReply& reply) {
    const auto answer = parse_answer(reply.payload());
    if (!answer) return ask_.ignore(reply, "it is neither EXIT,OUTPUT nor NO_DATA");
    const std::size_t failed_before = tracker_.failed();
    const auto answered = ask_.record(reply, exit_number(*answer));
    if (answered == ReplyTracker::Answered::kRepeat) return;
    const bool first = answered == ReplyTracker::Answered::kFirst;
    if (first) rounds_.answered(ask_.message_of(reply));
    const Duration latency = ask_.latency(reply);
    if (ports_.progress) ports_.progress->answered(tracker_.node_of(reply.sender()), answer->exit_status, latency);
    if (!reply.bound() && ports_.log.is_verbose()) {
      ports_.log.verbose(
          fmt::format("the answer from {} is not bound to this request", escape_control(reply.sender().destination)));
    }
    printer_->answer(reply, *answer, latency);
    if (ports_.answers && (first || tracker_.failed() > failed_before)) {
      ports_.answers->keep(reply.sender().destination, answer->exit_status, answer->output);
    }
    ++answers_;
  }

  bool met() const { return required_ > 0 && tracker_.succeeded() >= required_; }
  // No more replies can come, and all output is written.
  bool done() {
    const bool is_over = rounds_.advance(ports_.clock.monotonic()) || (met() && !options_.in_rounds());
    return is_over && ports_.output.idle();
  }

  ExitStatus verdict() const {
    if (rounds_.never_asked() > 0) return ExitStatus::kStopped;
    if (required_ == 0) return answers_ > 0 ? ExitStatus::kOk : ExitStatus::kNothing;
    if (met()) return ExitStatus::kOk;
    return tracker_.complete() ? ExitStatus::kCommandFailed : ExitStatus::kSilent;
  }

  ExitStatus time_is_up() {
    verify_last();
    if (ask_.delivered()) return end();
    if (ask_.publisher().size() == 1 && ask_.publisher().state() == Publisher::State::kUncertain) {
      ports_.log.failure(
          "no answer, and the link was lost before the server confirmed the message; it may not have been delivered");
    } else {
      ask_.publisher().give_up(timeout_);
    }
    return fail();
  }

  ExitStatus end() {
    verify_last();
    return conclude(verdict());
  }

  // The reason has been logged, or is a signal.
  ExitStatus fail() {
    verify_last();
    return conclude(ExitStatus::kFailure);
  }

  ExitStatus conclude(ExitStatus status) {
    mark_not_asked();
    ask_.report_suppressed();
    if (ask_.publisher().written()) {  // there was time for an answer
      const bool in_rounds = options_.in_rounds();
      if (!met() || in_rounds) name_silent(tracker_, ports_.log);
      if (in_rounds || (required_ > 0 && !met())) name_failed(tracker_, ports_.log);
      if (rounds_.never_asked() > 0) ports_.log.error(rounds_.describe_stop(why_it_ends()));
      sum_up(status);
    }
    return output_failure() || !ports_.output.idle() ? output_failed() : status;
  }

  void mark_not_asked() {
    if (options_.has_names()) {
      tracker_.set_not_asked(std::span(options_.names).subspan(ask_.publisher().handed_over()));
    } else if (!ask_.publisher().written()) {
      tracker_.set_none_asked();
    }
  }

  std::optional<Error> output_failure() const {
    auto failure = ports_.output.failure();
    return failure || !ports_.answers ? failure : ports_.answers->failure();
  }

  ExitStatus output_failed() {
    mark_not_asked();
    const auto failure = output_failure();
    const std::string why = failure ? failure->message : "some answers were not written: standard output is not read";
    failure && !ports_.output.failure() ? ports_.log.failure(why) : ports_.log.error(why);
    return ExitStatus::kFailure;
  }

  const char* why_it_ends() const {
    if (ports_.poller.stop_signal()) return "interrupted by a signal";
    return ask_.abandoned() ? "no server accepts the messages" : "the time is up";
  }

  void sum_up(ExitStatus status) {
    const auto signal = ports_.poller.stop_signal();
    const int code = signal ? 128 + *signal : static_cast<int>(status);
    if (!printer_->end({options_.message.uuid, tracker_, required_, code, options_.in_rounds()})) return;
    const Drain::End end = signal ? Drain::End::kStopped : Drain::End::kNormal;
    drain_output(ports_.output, end, ports_.clock, ports_.poller);
  }

  const RequestOptions& options_;
  ReplyTracker& tracker_;
  const RequestPorts& ports_;
  const Duration timeout_;
  const std::size_t required_;  // nodes that must succeed; 0: any answer will do
  const std::unique_ptr<AnswerPrinter> printer_;
  BusDispatch dispatch_;
  Ask ask_;
  RequestRounds rounds_;
  Deadline to_end_;
  std::size_t answers_ = 0;
};

}  // namespace

ExitStatus request(const RequestOptions& options, const Config& config, ReplyTracker& tracker,
                   const RequestPorts& ports) {
  const MonotonicTime start = options.started.value_or(ports.clock.monotonic());
  ports.bus.connect();  // and sign meanwhile
  const ExitStatus status = Requester(options, config, tracker, ports).run(start);
  if (ports.progress) ports.progress->ended(options.require && status == ExitStatus::kOk);
  return status;
}

}  // namespace remaphore
