#include "app/listen.h"

#include <utility>

#include "app/arrival.h"
#include "app/drain.h"
#include "app/late_join.h"
#include "app/listen_result.h"
#include "app/message_handler.h"
#include "app/message_recorder.h"
#include "app/presence_responder.h"
#include "app/reply_queue.h"
#include "app/stream_client.h"
#include "app/subscription_status.h"
#include "base/deadline.h"

namespace remaphore {
namespace {

constexpr std::size_t kVerifiedAtOnce = 32;  // one to two milliseconds, then look at the socket again
// Few while the stream is read, so that it always has a request to answer, unless kReadAhead messages wait already.
constexpr std::size_t kVerifiedWhileReading = 8;
constexpr std::size_t kReadAhead = 256;
constexpr std::size_t kHandledAtOnce = 256;                             // then look at the socket again
constexpr Duration kLastVerification = std::chrono::milliseconds(100);  // of messages that arrived just before the end

HandlerOptions handler_options(const ListenOptions& options) {
  JobOptions jobs{.command = options.command,
                  .payload = options.payload,
                  .destination = options.filter.destination,
                  .limit = options.waits_for_one() ? 1 : options.jobs,
                  .timeout = options.script_timeout,
                  .record_output = options.json,
                  .start_failure_is_final = options.waits_for_one() && !options.pass_exit_status};
  return {std::move(jobs), options.goal, options.json, options.delay, options.kept && options.kept->newest};
}

class Listener {
 public:
  Listener(const ListenOptions& options, const Config& config, const ListenPorts& ports)
      : options_(options),
        ports_(ports),
        inbound_(config,
                 {options.filter, options.limits, options.kept ? std::optional(options.kept->since) : std::nullopt},
                 {ports.clock, ports.log, ports.records, ports.workers}),
        replies_(config, ports.clock, ports.log),
        recorder_(ports.records.audit, options.json ? &ports.output : nullptr),
        subscription_(
            options.subject, [this](const Delivery& message) { inbound_.offer(message.payload, message.arrival); },
            ports.clock, ports.log, ports.supervisors),
        handler_(handler_options(options),
                 {inbound_, replies_, recorder_, ports.output, ports.commands, ports.clock, ports.log, ports.view}),
        dispatch_(ports.bus) {
    dispatch_.attach(subscription_);
    dispatch_.attach(replies_);
    if (options.kept) join(*options.kept, config.allow_skew);
    if (options.arrival) take_part(*options.arrival);
    if (!options.presence) return;
    presence_.emplace(config, *options.presence, PresencePorts{inbound_, handler_, replies_, ports.clock, ports.log});
    dispatch_.attach(*presence_);
  }

  ExitStatus run() {
    const MonotonicTime start = options_.started.value_or(ports_.clock.monotonic());
    deadline_ = deadline_after(start, options_.timeout.value_or(Duration(0)));
    if (ports_.view) ports_.view->awaited(handler_.goal().named(), handler_.goal().expected(), options_.timeout);
    dispatch_.connect();
    while (true) {
      step();
      act();
      ports_.output.flush();
      if (finished() || must_end()) break;
      ports_.poller.wait(next_step());
    }
    drain();
    return conclude();
  }

 private:
  void join(const KeptOptions& kept, Duration allow_skew) {
    streams_.emplace(ports_.clock);
    dispatch_.attach(*streams_);
    join_.emplace(LateJoin::Options{kept.stream, options_.subject, kept.since, allow_skew},
                  LateJoin::Ports{*streams_, subscription_, inbound_, ports_.clock, ports_.log});
    dispatch_.attach(*join_);
  }

  // Stop requested: by a signal or -t.
  bool must_end() const { return ports_.poller.stop_signal() || passed(deadline_, ports_.clock.monotonic()); }

  // Our own signals at a barrier.
  void take_part(const SendOptions& options) {
    arrival_.emplace(options, ports_.clock, ports_.log);
    dispatch_.attach(*arrival_);
    inbound_.on_verified([this](const VerifiedMessage& message) { arrival_->heard(message); });
  }

  void signal_arrival() {
    arrival_->follow(subscription_.is_active(), subscription_.activations());
    arrival_->tick(handler_.goal().reached());
    if (arrival_->take_arrived()) handler_.arrived_ourselves();
  }

  // The goal is reached, and everybody else at the barrier has heard of us.
  bool may_leave() const { return handler_.goal().reached() && (!arrival_ || arrival_->is_settled()); }

  // Ended without a request.
  bool finished() const {
    if (ports_.output.failure() || (arrival_ && arrival_->failed())) return true;
    const bool nothing_left =
        may_leave() || (subscription_.is_permanently_refused() && inbound_.queued() == 0 && handler_.held() == 0);
    return nothing_left && handler_.running() == 0;
  }

  Verification::Socket socket() const {
    return dispatch_.has_unread() ? Verification::Socket::kHasMore : Verification::Socket::kDrained;
  }

  bool may_send() const { return subscription_.is_active() && replies_.has_unsent(); }

  // When there is work to do even if nothing happens.
  Deadline next_step() const {
    const MonotonicTime now = ports_.clock.monotonic();
    if (may_send() || may_act() || (!handler_.goal().reached() && inbound_.can_verify())) return now;
    Deadline wake = earlier(deadline_, subscription_.retry_at());
    if (arrival_) wake = earlier(wake, arrival_->next_step(handler_.goal().reached()));
    if (join_ && !handler_.goal().reached()) wake = earlier(wake, join_->wake_at());
    const Deadline retry = handler_.retry_at();
    return retry && *retry > now ? earlier(wake, retry) : wake;
  }

  // The work of every state: arrivals, signatures, ends of commands, replies.
  void step() {
    if (ports_.updates != nullptr) {
      if (auto peers = ports_.updates->take_peers()) {
        if (presence_) presence_->set_peers(*peers);
        inbound_.set_peers(std::move(*peers));
      }
    }
    dispatch_.dispatch();
    subscription_.tick();
    const bool reads = join_ && !join_->is_done() && inbound_.unverified() < kReadAhead;
    if (!handler_.goal().reached() && !drain_.has_begun())  // otherwise new messages are not acted on
      inbound_.verify(reads ? kVerifiedWhileReading : kVerifiedAtOnce, socket());
    handler_.note_ended();
    if (arrival_ && !ending_) signal_arrival();
    replies_.flush();
    if (ports_.records.audit != nullptr) ports_.records.audit->tick();
    subscription_.count(handler_.received(), inbound_.refused());
  }

  bool may_act() const {
    const bool crowded = replies_.crowded(options_.reply_bytes) && !subscription_.is_permanently_refused();
    return !crowded && handler_.can_handle();
  }

  void act() {
    for (std::size_t n = 0; n < kHandledAtOnce && may_act(); ++n) handler_.handle_next();
    ports_.output.flush();  // what was kept is written before Ready
    // Last: what it asks goes out with the next wait, and is answered during the next checks.
    if (join_ && !handler_.goal().reached()) join_->step();
    if (join_ && join_->is_done() && inbound_.queued() == 0) handler_.end_choice();
  }

  // Work in progress is completed: commands end, replies are confirmed, records written. If we were asked to stop, the
  // commands are terminated after their grace, and the remaining wait is short.
  void drain() {
    const bool asked = !finished();
    ending_ = true;
    inbound_.release_live();
    subscription_.stopping(handler_.received(), inbound_.refused());
    if (asked) stop();
    while (true) {
      if (!drain_.has_begun() && handler_.running() == 0) {
        if (drain_.is_stopped()) drop_queue();
        drain_.begin();
      }
      if (!drain_.is_stopped() && must_end()) stop();
      if (drain_.has_begun() && (!undelivered() || drain_.is_over())) break;
      const Deadline end = drain_.is_stopped() ? std::nullopt : deadline_;
      ports_.poller.wait(may_send() ? ports_.clock.monotonic() : earlier(drain_.until(), end));
      step();
    }
    inbound_.report_suppressed();
  }

  void stop() {
    drain_.stop();
    handler_.terminate(options_.grace);
  }

  bool undelivered() const {
    const bool replies = !replies_.empty() && !subscription_.is_permanently_refused();
    return !ports_.output.failure() && (replies || !ports_.output.idle());
  }

  // Messages that waited when we were asked to stop: printed if that reaches the goal, else counted.
  void drop_queue() {
    const Deadline soon = deadline_after(ports_.clock.monotonic(), kLastVerification);
    while (inbound_.has_unverified() && !passed(soon, ports_.clock.monotonic())) inbound_.verify(kVerifiedAtOnce);
    handler_.drop_rest();
    report_dropped(handler_.goal(), handler_.dropped(), inbound_.unverified(), ports_.log);
  }

  ExitStatus conclude() const {
    const ListenEnd end = how_it_ended();
    const ExitStatus status = listen_status(end, ports_.log);
    if (ports_.view) ports_.view->ended(handler_.goal().reached());
    if (!options_.json || end.output_failure) return status;
    record_end(end, status, recorder_);  // reports what drain() left, so it has to be written by a second one
    drain_output(ports_.output, Drain::End::kStopped, ports_.clock, ports_.poller);
    const auto failure = output_failure();
    if (!failure) return status;
    ports_.log.error(failure->message);
    return ExitStatus::kFailure;
  }

  ListenEnd how_it_ended() const {
    return {.goal = handler_.goal(),
            .signal = ports_.poller.stop_signal(),
            .timeout = options_.timeout,
            .output_failure = output_failure(),
            .received = handler_.received(),
            .dropped = handler_.dropped(),
            .overflowed = inbound_.overflowed(),
            .unsent_replies = replies_.size(),
            .audit_incomplete = ports_.records.audit != nullptr && ports_.records.audit->is_incomplete(),
            .start_failed = handler_.start_failed(),
            .command_status = options_.pass_exit_status ? handler_.last_status() : std::nullopt,
            .arrival_failed = arrival_ && arrival_->failed(),
            .arrival_unconfirmed = arrival_ && !arrival_->is_settled(),
            .was_active = subscription_.was_ever_active(),
            .is_permanently_refused = subscription_.is_permanently_refused(),
            .reads_kept = join_ && subscription_.is_active(),
            .has_read_kept = join_ && join_->has_read_once(),
            .trouble = subscription_.trouble()};
  }

  // Why some output was not written, if so.
  std::optional<Error> output_failure() const {
    if (auto failure = ports_.output.failure()) return failure;
    if (ports_.output.idle()) return std::nullopt;
    return Error{Errc::kRuntime, "some output was not written: standard output is not read"};
  }

  const ListenOptions& options_;
  const ListenPorts& ports_;
  InboundQueue inbound_;
  ReplyQueue replies_;
  MessageRecorder recorder_;
  SubscriptionStatus subscription_;
  MessageHandler handler_;
  BusDispatch dispatch_;
  std::optional<StreamClient> streams_;
  std::optional<LateJoin> join_;               // reads what a stream keeps
  std::optional<PresenceResponder> presence_;  // answers presence questions
  std::optional<Arrival> arrival_;             // signals for --arrive
  bool ending_ = false;                        // no more is signalled
  Drain drain_{ports_.clock};                  // once it has begun, no more messages are acted on
  Deadline deadline_;                          // -t
};

}  // namespace

ExitStatus listen(const ListenOptions& options, const Config& config, const ListenPorts& ports) {
  return Listener(options, config, ports).run();
}

}  // namespace remaphore
