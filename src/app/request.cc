#include "app/request.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "app/ask.h"
#include "base/text.h"
#include "core/reply_format.h"

namespace remaphore {
namespace {

constexpr Duration kLastVerification = std::chrono::milliseconds(100);

constexpr Duration kLastWrites = std::chrono::seconds(10);  // for output that is written only at the end
constexpr Duration kLastWritesWhenStopped = std::chrono::milliseconds(400);

std::string join(std::string names, std::string_view name) {
  return fmt::format("{}{}{}", names, names.empty() ? "" : ", ", name);
}

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
        ask_(options, config, roster, config.allow_skew, {dispatch_, ports.clock, ports.log, ports.workers}) {
    ask_.publisher().on_sent([this] {
      const bool again = ask_.publisher().size() > 1 && std::exchange(shown_, true);  // another group of messages
      if (ports_.progress && !again) ports_.progress->asked(roster_.missing(), options_.timeout);
    });
  }

  ExitStatus run(MonotonicTime start) {
    const Deadline to_confirm = deadline_after(start, timeout_);
    const Deadline to_end = options_.timeout ? to_confirm : std::nullopt;
    while (true) {
      dispatch_.dispatch();
      verify_replies();
      if (ports_.output.failure()) return output_failed();
      if (done()) verify_last();
      if (done()) return end();
      if (ask_.abandoned() || ports_.poller.stop_signal()) return fail();

      const Deadline deadline = ask_.delivered() ? to_end : to_confirm;
      if (passed(deadline, ports_.clock.monotonic())) return time_is_up();
      ports_.poller.wait(may_verify() ? ports_.clock.monotonic() : deadline);
    }
  }

 private:
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
    const Deadline soon = deadline_after(ports_.clock.monotonic(), kLastVerification);
    while (ask_.has_unverified() && !passed(soon, ports_.clock.monotonic())) {
      Verification::Budget one{.checks = 1, .bytes = 1};
      if (const auto reply = ask_.next(one)) accept(*reply);
    }
    ports_.output.flush();
  }

  void accept(const VerifiedReply& reply) {
    const auto answer = parse_answer(reply.payload());
    if (!answer) return ask_.ignore(reply, "it is neither EXIT,OUTPUT nor NO_DATA");
    if (ask_.record(reply, exit_number(*answer)) == ReplyTracker::Answered::kRepeat) return;
    const Duration latency = ask_.latency(reply);
    if (ports_.progress) ports_.progress->answered(roster_.node_of(reply.sender()), answer->exit_status, latency);
    if (!reply.bound() && ports_.log.is_verbose()) {
      ports_.log.verbose(
          fmt::format("the answer of {} is not bound to this request", escape_control(reply.sender().destination)));
    }
    printer_->answer(reply, *answer, latency);
    ++answers_;
  }

  bool met() const { return required_ > 0 && roster_.succeeded() >= required_; }
  // No more replies can come, and all output is written.
  bool done() const { return (roster_.complete() || met()) && ports_.output.idle(); }

  ExitStatus verdict() const {
    if (required_ == 0) return answers_ > 0 ? ExitStatus::kOk : ExitStatus::kNothing;
    if (met()) return ExitStatus::kOk;
    return roster_.complete() ? ExitStatus::kCommandFailed : ExitStatus::kSilent;
  }

  ExitStatus time_is_up() {
    verify_last();
    if (ask_.delivered()) return end();
    if (ask_.publisher().state() == Publisher::State::kUncertain) {
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
    ask_.report_suppressed();
    if (ask_.publisher().written()) {  // there was time for an answer
      if (!met()) name_the_others();
      sum_up(status);
    }
    return ports_.output.failure() || !ports_.output.idle() ? output_failed() : status;
  }

  ExitStatus output_failed() const {
    const auto failure = ports_.output.failure();
    ports_.log.error(failure ? failure->message : "not all answers were written: standard output is not read");
    return ExitStatus::kFailure;
  }

  // The missing nodes and, if it matters, those whose command failed.
  void name_the_others() const {
    std::string silent, failed;
    for (const Peer* peer : roster_.missing()) silent = join(std::move(silent), escape_control(peer->destination));
    if (!silent.empty()) ports_.log.error(fmt::format("no answer from {}", silent));
    if (required_ == 0 || roster_.failed() == 0) return;
    for (const auto& [peer, exit_status] : roster_.failures()) {
      failed = join(std::move(failed), fmt::format("{} ({})", escape_control(peer->destination), exit_status));
    }
    ports_.log.error(fmt::format("the command failed on {}", failed));
  }

  void sum_up(ExitStatus status) {
    const auto signal = ports_.poller.stop_signal();
    const int code = signal ? 128 + *signal : static_cast<int>(status);
    if (!printer_->end({options_.message.uuid, roster_, required_, code})) return;
    const Deadline deadline = deadline_after(ports_.clock.monotonic(), signal ? kLastWritesWhenStopped : kLastWrites);
    const auto pending = [this] { return !ports_.output.idle() && !ports_.output.failure(); };
    while (pending() && !passed(deadline, ports_.clock.monotonic()) && ports_.poller.stop_signal() == signal) {
      ports_.poller.wait(deadline);
    }
  }

  const RequestOptions& options_;
  const ReplyTracker& roster_;
  const RequestPorts& ports_;
  const Duration timeout_;
  const std::size_t required_;  // nodes that must succeed; 0: any answer will do
  const std::unique_ptr<AnswerPrinter> printer_;
  BusDispatch dispatch_;
  Ask ask_;
  std::size_t answers_ = 0;
  bool shown_ = false;
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
