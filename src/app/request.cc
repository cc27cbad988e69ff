#include "app/request.h"

#include <fmt/format.h>

#include <optional>
#include <span>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "app/ask.h"
#include "app/request_report.h"
#include "base/text.h"
#include "core/reply_format.h"

namespace remaphore {
namespace {

constexpr Duration kLastChecks = std::chrono::milliseconds(100);

constexpr Duration kLastWrites = std::chrono::seconds(10);  // for output that is written only at the end
constexpr Duration kLastWritesWhenStopped = std::chrono::milliseconds(400);

class Requester {
 public:
  Requester(const RequestOptions& options, const Config& config, ReplyTracker& roster, const RequestPorts& ports)
      : options_(options),
        roster_(roster),
        ports_(ports),
        timeout_(options.timeout.value_or(Publisher::kDefaultTimeout)),
        required_(options.require ? options.require->of(roster.awaited()) : 0),
        printer_(AnswerPrinter::make(options.format, ports.output)),
        dispatch_(ports.bus),
        ask_(options, config, roster, config.allow_skew, {dispatch_, ports.clock, ports.log, ports.workers}),
        rounds_(has_names() ? options.names.size() : roster.awaited(), options.rounds) {
    ask_.publisher().on_sent([this] { report_sending(); });
    if (has_names()) ask_.publisher().release(rounds_.end());
  }

  ExitStatus run(MonotonicTime start) {
    round_began_ = start;
    to_end_ = options_.timeout ? deadline_after(start, timeout_) : std::nullopt;
    while (true) {
      dispatch_.dispatch();
      verify_replies();
      if (output_failure()) return output_failed();
      if (done()) verify_last();
      if (done()) return end();
      if (ask_.abandoned() || ports_.poller.stop_signal()) return fail();

      const Deadline deadline = ask_.delivered() ? to_end_ : to_confirm();
      if (passed(deadline, ports_.clock.monotonic())) return time_is_up();
      const Deadline look_again = over_ ? deadline : earlier(deadline, rounds_.deadline());
      ports_.poller.wait(may_verify() ? ports_.clock.monotonic() : look_again);
    }
  }

 private:
  bool has_names() const { return !options_.names.empty(); }
  bool in_rounds() const { return !options_.rounds.batch.empty(); }
  std::span<const std::string> names_of_round() const {
    return std::span(options_.names).subspan(rounds_.first(), rounds_.end() - rounds_.first());
  }

  // Messages have been handed to a server, some of them perhaps again.
  void report_sending() {
    const bool begins = !std::exchange(told_, true);
    if (ports_.progress && rounds_.number() == 0 && (begins || ask_.publisher().size() == 1)) {
      ports_.progress->asked(roster_.missing(), options_.timeout);
    }
    if (!begins || !in_rounds()) return;
    printer_->round({RoundReport::Event::kBegin, rounds_.number() + 1, rounds_.count(), names_of_round(), 0, 0});
    if (ports_.progress) ports_.progress->round(rounds_.number() + 1, rounds_.count(), names_of_round());
  }

  Deadline to_confirm() const {
    return options_.timeout ? to_end_ : deadline_after(round_began_, Publisher::kDefaultTimeout);
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
    const std::size_t failed_before = roster_.failed();
    const auto answered = ask_.record(reply, exit_number(*answer));
    if (answered == ReplyTracker::Answered::kRepeat) return;
    const bool first = answered == ReplyTracker::Answered::kFirst;
    if (first && ask_.message_of(reply) >= rounds_.first()) ++answered_in_round_;
    const Duration latency = ask_.latency(reply);
    if (ports_.progress) ports_.progress->answered(roster_.node_of(reply.sender()), answer->exit_status, latency);
    if (!reply.bound() && ports_.log.is_verbose()) {
      ports_.log.verbose(
          fmt::format("the answer from {} is not bound to this request", escape_control(reply.sender().destination)));
    }
    printer_->answer(reply, *answer, latency);
    if (ports_.answers && (first || roster_.failed() > failed_before)) {
      ports_.answers->keep(reply.sender().destination, answer->exit_status, answer->output);
    }
    ++answers_;
  }

  bool met() const { return required_ > 0 && roster_.succeeded() >= required_; }
  // No more replies can come, and all output is written.
  bool done() { return (advance() || (met() && !in_rounds())) && ports_.output.idle(); }

  // Ends the round and begins the next, as it is due. True: the last one is over.
  bool advance() {
    const MonotonicTime now = ports_.clock.monotonic();
    if (ask_.publisher().written() && ask_.publisher().unsent() == 0) rounds_.sent(now);
    while (!over_) {
      switch (rounds_.step(missing_in_round(), failed_so_far(), now)) {
        case Rounds::Step::kWait: return false;
        case Rounds::Step::kOver: end_round(); break;
        case Rounds::Step::kBegin: begin_round(now); break;
        case Rounds::Step::kStop: stopped_ = over_ = true; break;
        case Rounds::Step::kEnd: over_ = true; break;
      }
    }
    return true;
  }

  std::size_t missing_in_round() const {
    if (!has_names()) return roster_.awaited() - roster_.answered();
    return rounds_.end() - rounds_.first() - answered_in_round_;
  }
  std::size_t failed_so_far() const { return roster_.failed() + rounds_.end() - roster_.answered(); }
  std::size_t never_asked() const { return has_names() ? options_.names.size() - ask_.publisher().handed_over() : 0; }

  void begin_round(MonotonicTime now) {
    round_began_ = now;
    answered_in_round_ = 0;
    told_ = false;
    ask_.publisher().release(rounds_.end());
  }

  void end_round() {
    if (missing_in_round() > 0) verify_last();
    if (!in_rounds()) return;
    const auto names = names_of_round();
    const std::unordered_set<std::string_view> of_round(names.begin(), names.end());
    std::size_t failed = 0;
    for (const auto& failure : roster_.failures()) failed += of_round.contains(failure.peer->destination);
    printer_->round({RoundReport::Event::kEnd, rounds_.number() + 1, rounds_.count(), names,
                     names.size() - missing_in_round(), failed});
  }

  ExitStatus verdict() const {
    if (never_asked() > 0) return ExitStatus::kStopped;
    if (required_ == 0) return answers_ > 0 ? ExitStatus::kOk : ExitStatus::kNothing;
    if (met()) return ExitStatus::kOk;
    return roster_.complete() ? ExitStatus::kCommandFailed : ExitStatus::kSilent;
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
      if (!met() || in_rounds()) name_others(roster_, required_ > 0 || in_rounds(), ports_.log);
      if (never_asked() > 0) ports_.log.error(how_far());
      sum_up(status);
    }
    return output_failure() || !ports_.output.idle() ? output_failed() : status;
  }

  void mark_not_asked() {
    if (has_names()) {
      roster_.set_not_asked(std::span(options_.names).subspan(ask_.publisher().handed_over()));
    } else if (!ask_.publisher().written()) {
      roster_.set_none_asked();
    }
  }

  std::optional<Error> output_failure() const {
    auto failure = ports_.output.failure();
    return failure || !ports_.answers ? failure : ports_.answers->failure();
  }

  ExitStatus output_failed() {
    mark_not_asked();
    const auto failure = output_failure();
    ports_.log.error(failure ? failure->message : "some answers were not written: standard output is not read");
    return ExitStatus::kFailure;
  }

  std::string how_far() const {
    const std::string why = stopped_                      ? fmt::format("{} failed or silent", failed_so_far())
                            : ports_.poller.stop_signal() ? "a signal came"
                            : ask_.abandoned()            ? "no server accepts the messages"
                                                          : "the time is up";
    return fmt::format("stopped in round {} of {}, {}: {} of {} nodes were never asked", rounds_.number() + 1,
                       rounds_.count(), why, never_asked(), options_.names.size());
  }

  void sum_up(ExitStatus status) {
    const auto signal = ports_.poller.stop_signal();
    const int code = signal ? 128 + *signal : static_cast<int>(status);
    if (!printer_->end({options_.message.uuid, roster_, required_, code, in_rounds()})) return;
    const Deadline deadline = deadline_after(ports_.clock.monotonic(), signal ? kLastWritesWhenStopped : kLastWrites);
    const auto pending = [this] { return !ports_.output.idle() && !ports_.output.failure(); };
    while (pending() && !passed(deadline, ports_.clock.monotonic()) && ports_.poller.stop_signal() == signal) {
      ports_.poller.wait(deadline);
    }
  }

  const RequestOptions& options_;
  ReplyTracker& roster_;
  const RequestPorts& ports_;
  const Duration timeout_;
  const std::size_t required_;  // nodes that must succeed; 0: any answer will do
  const std::unique_ptr<AnswerPrinter> printer_;
  BusDispatch dispatch_;
  Ask ask_;
  Rounds rounds_;
  MonotonicTime round_began_{};
  Deadline to_end_;
  std::size_t answers_ = 0;
  std::size_t answered_in_round_ = 0;  // nodes
  bool told_ = false;                  // that the round has begun
  bool over_ = false;                  // no further round
  bool stopped_ = false;               // because too many have failed
};

}  // namespace

ExitStatus request(const RequestOptions& options, const Config& config, ReplyTracker& roster,
                   const RequestPorts& ports) {
  const MonotonicTime start = options.started.value_or(ports.clock.monotonic());
  ports.bus.connect();  // and sign meanwhile
  const ExitStatus status = Requester(options, config, roster, ports).run(start);
  if (ports.progress) ports.progress->ended(options.require && status == ExitStatus::kOk);
  return status;
}

}  // namespace remaphore
