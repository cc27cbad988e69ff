#include "app/listen.h"

#include <fmt/format.h>

#include <unordered_map>
#include <utility>

#include "app/message_recorder.h"
#include "app/outbox.h"
#include "app/subscription.h"
#include "base/deadline.h"
#include "base/duration.h"
#include "base/text.h"
#include "core/reply_format.h"

namespace remaphore {
namespace {

constexpr std::size_t kVerifiedAtOnce = 32;              // one to two milliseconds, then look at the socket again
constexpr std::size_t kPrintedAtOnce = 256;              // likewise
constexpr Duration kHeldFor = std::chrono::seconds(30);  // a message whose command the system cannot start
constexpr Duration kHeldRetry = std::chrono::milliseconds(100);
constexpr Duration kLastVerification = std::chrono::milliseconds(100);  // of what came just before the end
constexpr Duration kLastReplies = std::chrono::seconds(10);             // to get them confirmed before a normal end
constexpr Duration kLastRepliesWhenStopped = std::chrono::milliseconds(400);  // ... before an end that was asked for

class Listener {
 public:
  Listener(const ListenOptions& options, const Config& config, const ListenPorts& ports)
      : options_(options),
        ports_(ports),
        intake_(config, options.filter, ports.clock, ports.log, options.limits, ports.records, ports.workers),
        outbox_(config, ports.bus, ports.clock, ports.log),
        recorder_(ports.records.audit, options.json ? &ports.output : nullptr),
        subscription_(ports.clock, ports.log, ports.supervisors) {}

  ExitStatus run() {
    deadline_ = deadline_after(ports_.clock.monotonic(), options_.timeout.value_or(Duration(0)));
    ports_.bus.connect();
    while (true) {
      step();
      act();
      ports_.output.flush();
      if (finished()) return wind_down(kLastReplies);
      if (must_end()) {
        stop_scripts();
        return wind_down(kLastRepliesWhenStopped);
      }
      ports_.waiter.wait(next_step());
    }
  }

 private:
  struct Running {
    std::optional<Digest> request;  // of the message, if a reply is wanted
    std::string what;               // "ping from com.x", for people
    MessageRecorder::Begun record;
    MonotonicTime started;
  };

  // Asked to: by a signal or -t.
  bool must_end() const { return ports_.waiter.stop_signal() || passed(deadline_, ports_.clock.monotonic()); }

  // When there is something to do even if nothing happens.
  Deadline next_step() const {
    const MonotonicTime now = ports_.clock.monotonic();
    const bool can_send = subscription_.stands() && outbox_.has_unsent();
    if ((!once_done_ && intake_.can_verify()) || can_send || ((held_ || intake_.has_ready()) && may_act())) return now;
    return held_ && retry_at_ > now ? earlier(deadline_, retry_at_) : deadline_;
  }

  // Everything that goes on whatever the state: arrivals, signatures, ends of commands, replies.
  void step() {
    while (const auto event = ports_.bus.next()) handle(*event);
    if (!once_done_ && !ending_) intake_.verify(kVerifiedAtOnce);  // nobody will act on what comes now
    while (auto outcome = ports_.scripts.next_outcome()) record(std::move(*outcome));
    outbox_.flush();
    if (ports_.records.audit != nullptr) ports_.records.audit->tick();
    subscription_.count(received_, intake_.refused());
  }

  void handle(const BusEvent& event) {
    switch (event.kind) {
      case BusEvent::Kind::kDelivery: intake_.offer(event.payload, event.arrival); break;
      case BusEvent::Kind::kOpen:
        ports_.bus.subscribe(options_.subject);
        subscribed_ = ports_.bus.flush();
        outbox_.opened();
        break;
      case BusEvent::Kind::kFlushed:
        outbox_.flushed(event.flush);
        if (event.flush >= subscribed_) subscription_.confirmed();
        break;
      case BusEvent::Kind::kDenied: subscription_.denied(event.text); break;
      case BusEvent::Kind::kLost:
        outbox_.lost();
        subscription_.lost(event.text);
        break;
      case BusEvent::Kind::kRefused: subscription_.refused(event.text); break;
    }
  }

  bool may_act() const {
    if (once_done_) return false;
    if ((options_.command.empty() || options_.json) && !ports_.output.may_write()) return false;
    if (outbox_.crowded(options_.reply_bytes) && !subscription_.is_hopeless()) return false;
    if (options_.command.empty()) return true;
    return ports_.clock.monotonic() >= retry_at_ && ports_.scripts.running() < options_.jobs;
  }

  void act() {
    for (std::size_t n = 0; n < kPrintedAtOnce && may_act(); ++n) {
      auto message = held_ ? std::exchange(held_, std::nullopt) : intake_.take();
      if (!message) return;
      options_.command.empty() ? print(*message) : run_command(std::move(*message));
    }
  }

  void print(const VerifiedMessage& message) {
    ++received_;
    once_done_ = options_.once;
    if (!options_.json && !message.payload().empty()) {
      std::string record = ports_.output.is_terminal() ? escape_control(message.payload(), Layout::kKept)
                                                       : std::string(message.payload());
      record += '\n';
      ports_.output.write(std::move(record));
    }
    if (message.reply_wanted()) reply(message.hash(), 0, std::string(kNoCommandOutput), 0);
    recorder_.end(recorder_.begin(message), {.action = "printed"});
  }

  void run_command(VerifiedMessage message) {
    const std::string what =
        fmt::format("{} from {}", escape_control(message.verb()), escape_control(message.sender().destination));
    const auto started = start(message);
    if (!started && started.error().fault == StartFailure::Fault::kSystem && hold(message, started.error())) return;
    held_since_.reset();
    ++received_;
    if (started) {
      once_done_ = options_.once;
      Running running{{}, what, recorder_.begin(message), ports_.clock.monotonic()};
      if (message.reply_wanted()) running.request = message.hash();
      running_.emplace(*started, std::move(running));
      return;
    }
    const StartFailure& failure = started.error();
    const bool ends = options_.once && failure.fault != StartFailure::Fault::kArguments;
    const std::string line = fmt::format("{}: the command was not run: {}", what, failure.reason);
    ends && !options_.pass_exit_status ? ports_.log.failure(line) : ports_.log.error(line);
    if (message.reply_wanted()) reply(message.hash(), failure.exit_status, failure.reason, 0);
    recorder_.end(recorder_.begin(message),
                  {.action = "not run", .reason = failure.reason, .exit_status = failure.exit_status});
    if (!ends) return;
    once_done_ = start_failed_ = true;
    command_status_ = failure.exit_status;
  }

  Result<CommandId, StartFailure> start(const VerifiedMessage& message) {
    const auto command = command_for(message, options_.command, options_.filter.destination,
                                     options_.payload_on_stdin ? PayloadAs::kStandardInput : PayloadAs::kArgument);
    if (!command) return Unexpected<StartFailure>(command.error());
    RunOptions how{.capture = std::nullopt, .timeout = options_.script_timeout};
    if (message.reply_wanted() || options_.json) how.capture = outbox_.answer_limit();
    return ports_.scripts.start(*command, how);
  }

  // The system has no process to give: keeps the message and its place, for a while. False: it has been long enough.
  bool hold(VerifiedMessage& message, const StartFailure& failure) {
    const MonotonicTime now = ports_.clock.monotonic();
    if (!held_since_) {
      held_since_ = now;
      ports_.log.error(fmt::format("{}; trying again for {}", failure.reason, format_duration(kHeldFor)));
    }
    const bool our_own_hold_it = ports_.scripts.running() > 0;
    if (now - *held_since_ >= kHeldFor && !our_own_hold_it) return false;
    held_.emplace(std::move(message));
    retry_at_ = now + kHeldRetry;
    return true;
  }

  void record(CommandOutcome outcome) {
    const auto found = running_.find(outcome.id);
    Running ended = std::move(found->second);
    running_.erase(found);
    ports_.log.notice(fmt::format("{}: exit status {}", ended.what, outcome.exit_status));
    command_status_ = outcome.exit_status;
    MessageRecorder::Outcome told{
        .action = "ran", .exit_status = outcome.exit_status, .duration = ports_.clock.monotonic() - ended.started};
    if (options_.json) told.output = outcome.output, told.output_dropped = outcome.output_dropped;
    recorder_.end(std::move(ended.record), told);
    if (ended.request) reply(*ended.request, outcome.exit_status, std::move(outcome.output), outcome.output_dropped);
  }

  void reply(const Digest& request, int exit_status, std::string output, std::uint64_t dropped) {
    outbox_.add({request, exit_status, std::move(output), dropped});
    outbox_.flush();
  }

  // By itself; not asked to.
  bool finished() const {
    if (ports_.output.failure()) return true;
    const bool nothing_left = once_done_ || (subscription_.is_hopeless() && intake_.queued() == 0 && !held_);
    return nothing_left && ports_.scripts.running() == 0;
  }

  void stop_scripts() {
    subscription_.stopping(received_, intake_.refused());
    ports_.scripts.terminate();
    while (ports_.scripts.running() > 0) {
      ports_.waiter.wait(std::nullopt);
      step();
    }
    const Deadline soon = deadline_after(ports_.clock.monotonic(), kLastVerification);
    while (intake_.has_unverified() && !passed(soon, ports_.clock.monotonic())) intake_.verify(kVerifiedAtOnce);
    while (const auto message = held_ ? std::exchange(held_, std::nullopt) : intake_.take()) {
      if (options_.once && options_.command.empty() && may_act()) {
        print(*message);
        continue;
      }
      ++dropped_;
      recorder_.dropped(*message, once_done_ ? "another message was the first" : "the listener was ending");
    }
    received_ += dropped_;
    if (once_done_) return;
    if (dropped_ > 0) {
      const std::string line = fmt::format("{} received messages were not handled", dropped_);
      options_.once ? ports_.log.failure(line) : ports_.log.error(line);
    }
    if (intake_.has_unverified()) {
      ports_.log.error(fmt::format("{} more were not verified, and not handled", intake_.unverified()));
    }
  }

  // What was said is seen through: replies confirmed, records written, for at most `patience`.
  ExitStatus wind_down(Duration patience) {
    subscription_.stopping(received_, intake_.refused());
    ending_ = true;
    Deadline deadline = deadline_after(ports_.clock.monotonic(), patience);
    bool hurried = patience == kLastRepliesWhenStopped;
    const auto pending = [this] {
      const bool replies = !outbox_.empty() && !subscription_.is_hopeless();
      return !ports_.output.failure() && (replies || !ports_.output.idle());
    };
    while (pending() && !passed(deadline, ports_.clock.monotonic())) {
      if (!hurried && must_end()) {
        hurried = true;
        deadline = earlier(deadline, deadline_after(ports_.clock.monotonic(), kLastRepliesWhenStopped));
      }
      ports_.waiter.wait(subscription_.stands() && outbox_.has_unsent() ? ports_.clock.monotonic()
                         : hurried                                      ? deadline
                                                                        : earlier(deadline, deadline_));
      step();
    }
    intake_.say_held_back();
    const bool read = ports_.output.idle();
    const ExitStatus status = conclude();
    if (!options_.json || !read) return status;
    const auto signal = ports_.waiter.stop_signal();
    recorder_.sum_up({received_, dropped_, signal ? 128 + *signal : static_cast<int>(status)});
    const Deadline soon = deadline_after(ports_.clock.monotonic(), kLastRepliesWhenStopped);
    while (!ports_.output.idle() && !passed(soon, ports_.clock.monotonic())) ports_.waiter.wait(soon);
    return ports_.output.failure() || !ports_.output.idle() ? output_failed() : status;
  }

  ExitStatus conclude() {
    if (!outbox_.empty()) ports_.log.error(fmt::format("{} replies could not be sent", outbox_.size()));
    if (ports_.output.failure() || !ports_.output.idle()) return output_failed();
    if (intake_.overflowed() > 0) {
      ports_.log.failure(fmt::format("{} good messages were refused", intake_.overflowed()));
    }
    if (subscription_.is_hopeless() || intake_.overflowed() > 0) return ExitStatus::kFailure;
    if (options_.pass_exit_status && command_status_) return static_cast<ExitStatus>(*command_status_);
    if (start_failed_) return ExitStatus::kFailure;
    const bool waited_in_vain = options_.once && !once_done_;  // what could not be passed does not count
    if (waited_in_vain && dropped_ > 0) return ExitStatus::kFailure;
    if (received_ > 0 && !waited_in_vain) return ExitStatus::kOk;
    if (subscription_.ever_stood()) return ExitStatus::kNothing;
    ports_.log.failure(subscription_.trouble());
    return ExitStatus::kFailure;
  }

  ExitStatus output_failed() {
    const auto failure = ports_.output.failure();
    ports_.log.error(failure ? failure->message : "not everything was written: standard output is not read");
    return ExitStatus::kFailure;
  }

  const ListenOptions& options_;
  const ListenPorts& ports_;
  Intake intake_;
  Outbox outbox_;
  MessageRecorder recorder_;
  Subscription subscription_;
  FlushId subscribed_ = FlushId::kNone;  // confirms the subscription
  std::unordered_map<CommandId, Running> running_;
  std::optional<VerifiedMessage> held_;  // the system could not start its command
  std::optional<MonotonicTime> held_since_;
  MonotonicTime retry_at_{};
  std::uint64_t received_ = 0;
  std::uint64_t dropped_ = 0;          // of them, waiting when it ended
  std::optional<int> command_status_;  // of the command that ended last, or could not be started
  bool once_done_ = false;
  bool start_failed_ = false;  // the one command of `once`
  Deadline deadline_;          // -t
  bool ending_ = false;
};

}  // namespace

ExitStatus listen(const ListenOptions& options, const Config& config, const ListenPorts& ports) {
  return Listener(options, config, ports).run();
}

}  // namespace remaphore
