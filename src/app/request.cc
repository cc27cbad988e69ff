#include "app/request.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "app/refusal_text.h"
#include "app/verification.h"
#include "base/rate_limit.h"
#include "base/text.h"
#include "core/reply_format.h"

namespace remaphore {
namespace {

constexpr bool kFailed = true;
constexpr std::size_t kVerifiedAtOnce = 16;  // about a millisecond, then look at the socket again
constexpr Duration kLastVerification = std::chrono::milliseconds(100);
constexpr std::size_t kVerifiedBytes = std::size_t{1} << 20;  // likewise, of large ones

constexpr Duration kLastWrites = std::chrono::seconds(10);  // what is said at the end only
constexpr Duration kLastWritesWhenStopped = std::chrono::milliseconds(400);

class Requester {
 public:
  Requester(const RequestOptions& options, const Config& config, Roster& roster, const RequestPorts& ports)
      : options_(options),
        config_(config),
        roster_(roster),
        ports_(ports),
        timeout_(options.timeout.value_or(Publication::kDefaultTimeout)),
        required_(options.require ? options.require->of(roster.awaited()) : 0),
        printer_(AnswerPrinter::make(options.format, ports.output)),
        publication_((ports.bus.connect(), options), ports.clock, ports.bus, ports.log),
        waiting_({}, ports.workers) {
    publication_.expect_replies(config.subject);
  }

  ExitStatus run() {
    const MonotonicTime start = ports_.clock.monotonic();
    const Deadline to_confirm = deadline_after(start, timeout_);
    const Deadline to_end = options_.timeout ? to_confirm : std::nullopt;
    while (true) {
      take_events();
      verify_replies();
      if (const auto failure = ports_.output.failure()) {
        ports_.log.error(failure->message);
        return ExitStatus::kFailure;
      }
      if (done()) {
        verify_last();
        if (done()) return end();
      }
      if (publication_.state() == Publication::State::kFailed || ports_.waiter.stop_signal()) return end(kFailed);

      const bool confirmed = publication_.state() == Publication::State::kConfirmed;
      const Deadline deadline = confirmed ? to_end : to_confirm;
      if (passed(deadline, ports_.clock.monotonic())) {
        if (confirmed) return end();
        verify_last();
        publication_.give_up(timeout_);
        return end(kFailed);
      }
      ports_.waiter.wait(may_verify() ? ports_.clock.monotonic() : deadline);
    }
  }

 private:
  void take_events() {
    while (const auto event = ports_.bus.next()) {
      if (event->kind == BusEvent::Kind::kDelivery) {
        screen(event->payload, event->arrival);
        continue;
      }
      if (event->kind == BusEvent::Kind::kLost) {
        verify_last();  // what came before the loss counts
        if (settled()) return;
      }
      const bool unsent = publication_.state() == Publication::State::kUnsent;
      if (publication_.handle(*event) == Publication::State::kFailed) return;
      if (unsent && publication_.state() == Publication::State::kSent) asked();
    }
  }

  void asked() {
    asked_at_ = ports_.clock.monotonic();
    if (ports_.progress) ports_.progress->asked(roster_.missing(), options_.timeout);
  }

  void screen(std::string_view bytes, WallTime arrival) {
    const ReplyPolicy policy{roster_.addressed(), config_.peers, Uuid::from_hash(publication_.hash()),
                             config_.require_bound_replies, config_.allow_skew};
    auto candidate = screen_reply(bytes, arrival, policy);
    if (!candidate) return refuse(candidate.error());
    for (const PeerRef& claimed : waiting_.push(std::move(*candidate)).refused) {
      refuse({RefusalCode::kCapacity, kTooManyUnverified, claimed.get(), {}});
    }
  }

  // A reader that does not keep up holds back the verification, not the loop; what waits is bounded.
  bool may_verify() const { return waiting_.can_go_on() && ports_.output.may_write(); }

  void verify_replies() {
    Verification::Budget budget{.checks = kVerifiedAtOnce, .bytes = kVerifiedBytes};
    while (ports_.output.may_write() && verify_one(budget)) {
    }
    ports_.output.flush();
  }

  // What arrived in time, before it is said who is silent.
  void verify_last() {
    const Deadline soon = deadline_after(ports_.clock.monotonic(), kLastVerification);
    while (!waiting_.empty() && !passed(soon, ports_.clock.monotonic())) {
      Verification::Budget one{.checks = 1, .bytes = 1};
      verify_one(one);
    }
    ports_.output.flush();
  }

  // False: nothing to do now.
  bool verify_one(Verification::Budget& budget) {
    auto checked = waiting_.next(budget);
    if (!checked) return false;
    const PeerRef claimed = checked->claimed();
    const auto reply = accept_reply(std::move(*checked));
    if (!reply) {
      waiting_.report_forgery(*claimed);
      refuse(reply.error());
    } else {
      accept(*reply);
    }
    return true;
  }

  void accept(const VerifiedReply& reply) {
    const auto answer = parse_answer(reply.payload());
    if (!answer) return refuse({RefusalCode::kFormat, "it is neither EXIT,OUTPUT nor NO_DATA", &reply.sender(), {}});
    if (roster_.record(reply, exit_number(*answer)) == Roster::Answered::kRepeat) return;
    ++answers_;
    const Duration waited = ports_.clock.now() - reply.arrival();  // for its signature check, as behind a slow reader
    const Duration latency = ports_.clock.monotonic() - asked_at_ - waited;
    if (ports_.progress) ports_.progress->answered(roster_.node_of(reply.sender()), answer->exit_status, latency);
    if (!reply.bound() && ports_.log.is_verbose()) {
      ports_.log.verbose(
          fmt::format("the answer of {} is not bound to this request", escape_control(reply.sender().destination)));
    }
    printer_->answer(reply, *answer, latency);
  }

  // Whoever may publish can cause these lines: they are limited.
  void refuse(const Refusal& refusal) {
    if (!loud_.allow(ports_.clock.monotonic())) return;
    say_held_back();
    const std::string line =
        fmt::format("ignored a reply{}: {}", claimed_by(refusal), reason_of(refusal, config_.allow_skew));
    refusal.code == RefusalCode::kSkew ? ports_.log.error(line) : ports_.log.notice(line);
  }

  void say_held_back() {
    if (const auto held_back = loud_.take_held_back()) {
      ports_.log.notice(fmt::format("{} more ignored replies were not shown", held_back));
    }
  }

  bool met() const { return required_ > 0 && roster_.succeeded() >= required_; }
  // Nothing more has to come.
  bool settled() const { return roster_.complete() || met(); }
  bool done() const { return settled() && ports_.output.idle(); }

  ExitStatus verdict() const {
    if (required_ == 0) return answers_ > 0 ? ExitStatus::kOk : ExitStatus::kNothing;
    if (met()) return ExitStatus::kOk;
    return roster_.complete() ? ExitStatus::kFailed : ExitStatus::kSilent;
  }

  ExitStatus end(bool failed = false) {
    verify_last();
    say_held_back();
    const ExitStatus status = failed ? ExitStatus::kFailure : verdict();
    if (publication_.written()) {  // somebody could have answered
      if (!met()) name_the_others();
      sum_up(status);
    }
    if (const auto failure = ports_.output.failure()) {
      ports_.log.error(failure->message);
      return ExitStatus::kFailure;
    }
    if (!ports_.output.idle()) {
      ports_.log.error("not all answers were written: standard output is not read");
      return ExitStatus::kFailure;
    }
    return status;
  }

  // Who is missing and, if it matters, whose command failed.
  void name_the_others() {
    std::string names;
    for (const Peer* peer : roster_.missing()) {
      names += fmt::format("{}{}", names.empty() ? "" : ", ", escape_control(peer->destination));
    }
    if (!names.empty()) ports_.log.error(fmt::format("no answer from {}", names));
    if (required_ == 0 || roster_.failed() == 0) return;
    names.clear();
    for (const auto& [peer, exit_status] : roster_.failures()) {
      names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", escape_control(peer->destination), exit_status);
    }
    ports_.log.error(fmt::format("the command failed on {}", names));
  }

  void sum_up(ExitStatus status) {
    const auto signal = ports_.waiter.stop_signal();
    const int code = signal ? 128 + *signal : static_cast<int>(status);
    if (!printer_->end({options_.message.uuid, roster_, required_, code})) return;
    const Deadline deadline = deadline_after(ports_.clock.monotonic(), signal ? kLastWritesWhenStopped : kLastWrites);
    const auto pending = [this] { return !ports_.output.idle() && !ports_.output.failure(); };
    while (pending() && !passed(deadline, ports_.clock.monotonic()) && ports_.waiter.stop_signal() == signal) {
      ports_.waiter.wait(deadline);
    }
  }

  const RequestOptions& options_;
  const Config& config_;
  Roster& roster_;
  const RequestPorts& ports_;
  Duration timeout_;
  const std::size_t required_;  // nodes that have to succeed; 0: any answer will do
  std::unique_ptr<AnswerPrinter> printer_;
  Publication publication_;
  Verification waiting_;
  RateLimit loud_{20, 5};
  std::size_t answers_ = 0;
  MonotonicTime asked_at_{};  // when the request was written, last
};

}  // namespace

ExitStatus request(const RequestOptions& options, const Config& config, Roster& roster, const RequestPorts& ports) {
  const ExitStatus status = Requester(options, config, roster, ports).run();
  if (ports.progress) ports.progress->ended(options.require && status == ExitStatus::kOk);
  return status;
}

}  // namespace remaphore
