#include "app/hold_lock.h"

#include <fmt/format.h>

#include <utility>

#include "base/duration.h"
#include "base/json_text.h"
#include "core/lock_text.h"

namespace remaphore {
namespace {

using End = LockEvent::End;
using Phase = ServiceState::Phase;

constexpr Duration kConnecting = std::chrono::seconds(10);  // with --no-wait, for a link
constexpr Duration kGrace = std::chrono::seconds(2);        // between TERM and KILL at -t

class Holder : public BusClient {
 public:
  Holder(const HoldLockOptions& options, const Config& config, const HoldLockPorts& ports)
      : options_(options),
        ports_(ports),
        dispatch_(ports.bus),
        lock_(options.lock, config, dispatch_, ports.clock, ports.log) {
    dispatch_.attach(*this);
    timeout_at_ = deadline_after(options.started, options.timeout.value_or(Duration(0)));
    if (options.wait) give_up_at_ = options.started + (options.wait->count() == 0 ? kConnecting : *options.wait);
  }
  ~Holder() override { dispatch_.detach(*this); }

  HoldLockResult run() {
    dispatch_.connect();
    while (true) {
      dispatch_.dispatch();
      while (const auto event = lock_.next_event()) take(*event);
      look_at_command();
      if (over_ && !runs()) break;
      look_at_user();
      guard();
      ports_.alarm.set(lock_.boot_wake());
      ports_.poller.wait(earlier(lock_.wake(), earlier(timeout_at_, waits() ? give_up_at_ : std::nullopt)));
    }
    if (ports_.view != nullptr) ports_.view->clear();
    report(Phase::kStopping);
    return result();
  }

 private:
  // Why we do not want the lock any longer.
  enum class Reason { kNone, kConflict, kTimeout, kSignal, kCommandEnded, kNotStarted, kInputEnded, kLost };

  // The lock deals with the link's state, and reports it.
  void opened() override { ever_linked_ = true; }
  void lost(const LinkLost& loss) override { trouble_ = loss.reason; }

  const std::string& name() const { return options_.lock.name; }
  bool waits() const { return !held_ && reason_ == Reason::kNone; }
  bool runs() const { return ports_.command != nullptr && ports_.command->is_running(); }

  void stop(Reason reason) {
    if (reason_ != Reason::kNone) return;
    reason_ = reason;
    lock_.release();
  }

  void take(const LockEvent& event) {
    switch (event.kind) {
      case LockEvent::Kind::kWaiting: return waiting(event);
      case LockEvent::Kind::kHeld: return held(event);
      case LockEvent::Kind::kEndCommand: return end_command(event);
      case LockEvent::Kind::kOver:
        over_ = event;
        if (runs()) ports_.command->terminate(ports_.clock.boot());
        return;
    }
  }

  void waiting(const LockEvent& event) {
    if (!waits()) return;
    last_seen_ = format_lock_wait(name(), event.holder, event.ahead);
    if (options_.wait && options_.wait->count() == 0) return stop(Reason::kConflict);
    if (options_.json) {
      JsonObject json = object("waiting");
      json.count("ahead", event.ahead);
      if (event.holder) {
        json.text("holder", event.holder->who).text("host", event.holder->host).number("pid", event.holder->pid);
        json.text("since", format_lock_since(*event.holder));
      }
      write(json);
    }
    if (ports_.view != nullptr) {
      ports_.view->show("waiting: " + last_seen_);
    } else if (event.holder && !std::exchange(holder_logged_, true)) {
      ports_.log.notice("waiting: " + last_seen_);
    }
  }

  void held(const LockEvent& event) {
    if (ports_.view != nullptr) ports_.view->clear();
    held_ = true;
    if (reason_ != Reason::kNone) return;
    if (ports_.poller.stop_signal()) return stop(Reason::kSignal);
    if (is_late()) return;
    report(Phase::kSubscribed);
    if (options_.command.empty()) {
      if (options_.json) write(object("held").count("fence", event.fence).count("ticket", lock_.ticket()));
      return ports_.log.ready();
    }
    guard();
    const auto started = ports_.command->start(local_command(
        options_.command,
        {fmt::format("{}LOCK={}", kVariablePrefix, name()), fmt::format("{}FENCE={}", kVariablePrefix, event.fence),
         fmt::format("{}SLOTS={}", kVariablePrefix, options_.lock.terms.slots)}));
    if (started) return;
    ports_.log.error(started.error().reason);
    status_ = ExitStatus{started.error().exit_status};
    stop(Reason::kNotStarted);
  }

  // We were stopped since it became ours: the lock will say next that it is lost.
  bool is_late() const {
    const auto deadlines = lock_.deadlines();
    return !deadlines || ports_.clock.boot() >= deadlines->term_at;
  }

  // If we are stopped or killed ourselves, the guard does what we would have done.
  void guard() {
    const auto deadlines = lock_.deadlines();
    if (deadlines && ports_.command != nullptr) ports_.command->guard(deadlines->term_at, deadlines->kill_at);
  }

  void lose(const std::string& line, std::string_view reason, Duration out_of_touch) {
    lost_ = true;
    ports_.log.error(fmt::format("the lock {} {}", name(), line));
    if (!options_.json) return;
    write(object("lost")
              .text("reason", reason)
              .seconds("out_of_touch", out_of_touch)
              .number("status", static_cast<int>(ExitStatus::kLockLost)));
  }

  void end_command(const LockEvent& event) {
    lose(fmt::format("is lost: {}{}", event.text, runs() ? "; ending the command" : ""), event.text,
         event.out_of_touch);
    if (runs()) return ports_.command->terminate(event.kill_by);
    stop(Reason::kLost);
  }

  void look_at_command() {
    if (!held_ || ports_.command == nullptr || !ports_.command->end()) return;
    if (!lost_ && reason_ == Reason::kNone && ports_.command->end()->by_guard) {
      const Duration silent = lock_.out_of_touch();
      const std::string line = fmt::format(
          "was about to expire while remaphore was stopped (no refresh for {}), so its guard ended the command",
          format_duration(silent));
      lose(line, line, silent);
    }
    stop(lost_ ? Reason::kLost : Reason::kCommandEnded);
  }

  void look_at_user() {
    const MonotonicTime now = ports_.clock.monotonic();
    if (passed(timeout_at_, now)) {
      timeout_at_.reset();
      if (reason_ != Reason::kNone) return;  // it is being released
      timed_out_ = true;
      if (runs()) return ports_.command->terminate(ports_.clock.boot() + kGrace);
      return stop(Reason::kTimeout);
    }
    if (runs()) return;  // it gets the signals
    if (ports_.poller.stop_signal()) return stop(Reason::kSignal);
    if (waits() && passed(give_up_at_, now)) return stop(Reason::kConflict);
    if (held_ && ports_.input != nullptr && ports_.input->at_end()) return stop(Reason::kInputEnded);
  }

  HoldLockResult failed(const std::string& line, ExitStatus status) {
    failed_ = true;
    ports_.log.failure(line, status);
    return {status, std::nullopt};
  }

  HoldLockResult result() {
    const HoldLockResult how = outcome();
    if (!options_.json || lost_ || failed_) return how;  // the object that said so was the last
    const auto signal = reason_ == Reason::kSignal ? ports_.poller.stop_signal() : std::nullopt;
    write(object("released").number("status", signal ? 128 + *signal : static_cast<int>(how.status)));
    return how;
  }

  HoldLockResult outcome() {
    if (lost_) return {ExitStatus::kLockLost, std::nullopt};
    if (timed_out_ && !ever_linked_) return not_connected();
    if (timed_out_) {
      if (!held_) ports_.log.notice(fmt::format("gave up{}{}", last_seen_.empty() ? "" : ": ", last_seen_));
      return {ExitStatus::kTimedOut, std::nullopt};
    }
    switch (reason_) {
      case Reason::kCommandEnded:
        note_uncertain();
        return {ExitStatus{ports_.command->end()->exit_status}, ports_.command->end()};
      case Reason::kNotStarted: return {status_, std::nullopt};
      case Reason::kSignal:
      case Reason::kInputEnded: note_uncertain(); return {};
      case Reason::kConflict:
        if (!ever_linked_) return not_connected();
        if (over_->end == End::kUnavailable || over_->end == End::kConflict) break;
        return failed(last_seen_.empty() ? fmt::format("{} is not free", name()) : last_seen_,
                      options_.conflict_status);
      default: break;
    }
    if (over_->end == End::kConflict) return failed(over_->text, ExitStatus::kUsage);
    if (over_->end == End::kUnavailable) {
      return failed(fmt::format("cannot lock {}: {}", name(), over_->text), ExitStatus::kFailure);
    }
    return failed(over_->text, ExitStatus::kLockLost);
  }

  HoldLockResult not_connected() {
    return failed(trouble_.empty() ? "no server answered" : trouble_, ExitStatus::kFailure);
  }

  void note_uncertain() {
    if (!held_ || over_->end != End::kUncertain) return;
    ports_.log.notice(fmt::format("no server has confirmed the release of {}: others wait until the lease runs out, {}",
                                  name(), format_duration(options_.lock.terms.lease)));
  }

  JsonObject object(std::string_view state) const {
    JsonObject json;
    json.text("type", "lock").text("name", name()).text("state", state);
    return json;
  }
  void write(const JsonObject& json) {
    ports_.output.write(json.line());
    ports_.output.flush();
  }
  void report(Phase phase) {
    ServiceState state;
    state.phase = phase;
    for (ServiceStatus* supervisor : ports_.supervisors) supervisor->update(state);
  }

  const HoldLockOptions& options_;
  const HoldLockPorts& ports_;
  BusDispatch dispatch_;
  Lock lock_;
  Deadline timeout_at_, give_up_at_;
  Reason reason_ = Reason::kNone;
  bool held_ = false, lost_ = false, timed_out_ = false, holder_logged_ = false, ever_linked_ = false, failed_ = false;
  ExitStatus status_ = ExitStatus::kOk;  // of a command that could not be started
  std::string last_seen_;                // the holder when we last heard
  std::string trouble_;                  // why there was no link
  std::optional<LockEvent> over_;
};

}  // namespace

HoldLockResult hold_lock(const HoldLockOptions& options, const Config& config, const HoldLockPorts& ports) {
  return Holder(options, config, ports).run();
}

}  // namespace remaphore
