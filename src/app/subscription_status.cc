#include "app/subscription_status.h"

#include <fmt/format.h>

#include <utility>

#include "base/duration.h"

namespace remaphore {

void SubscriptionStatus::opened() { ask(); }

void SubscriptionStatus::ask() {
  link_.id = bus().subscribe(*this, subject_);
  if (bus().in_cluster()) {
    link_.confirm_at = clock_.monotonic() + kSpread;
  } else {
    link_.flush = bus().flush(*this);
  }
}

void SubscriptionStatus::tick() {
  if (passed(link_.confirm_at, clock_.monotonic())) {
    link_.confirm_at.reset();
    link_.flush = bus().flush(*this);
  }
  if (!passed(link_.retry_at, clock_.monotonic())) return;
  link_.retry_at.reset();
  bus().unsubscribe(link_.id);
  ask();
}

void SubscriptionStatus::flushed(FlushId id) {
  if (link_.active || permanently_refused_ || link_.flush == FlushId::kNone || id < link_.flush) return;
  link_.active = true;
  denied_since_.reset();
  if (announces_) announce();
}

void SubscriptionStatus::announce(std::string_view fate) {
  const Duration gone = outage_.end();
  if (++activations_ == 1) {
    log_.ready();
  } else {
    log_.error(fmt::format("the connection is back; messages of the last {} {}", format_duration(gone), fate));
  }
  report(Phase::kSubscribed);
}

void SubscriptionStatus::cut_off(const std::string& trouble) {
  if (trouble != state_.trouble || state_.phase == Phase::kSubscribed) report_trouble(trouble);
  outage_.lost(trouble, clock_.monotonic());
}

// A denial that does not name its subject is taken for the subscription until that is confirmed, and for a reply later.
bool SubscriptionStatus::is_ours(const Denial& denial) const {
  if (denial.of == Denial::Of::kUnknown) return !link_.active;
  return denial.of == Denial::Of::kSubscription && denial.subject == subject_;
}

void SubscriptionStatus::denied(const Denial& denial) {
  const bool subscription = denial.of == Denial::Of::kSubscription;
  const bool ours = denial.subject == subject_;
  // Denied to another client, which handles it: another subscription, our own signal at a barrier, a stream's API.
  const bool elsewhere =
      subscription ? !denial.subject.empty() && !ours : denial.of == Denial::Of::kPublication && ours;
  if (elsewhere || denial.subject.starts_with("$JS.API.")) return;
  const MonotonicTime now = clock_.monotonic();
  if (permanently_refused_ || !is_ours(denial)) {
    if (denials_.allow(now)) log_.error(denial.text);
    return;
  }
  link_.active = false;
  link_.flush = FlushId::kNone;
  link_.confirm_at.reset();
  if (denial.text != state_.trouble || state_.phase == Phase::kSubscribed) report_trouble(denial.text);
  if (!denied_since_) denied_since_ = now;
  if (!was_ever_active() || now - *denied_since_ >= kTimeout) {
    permanently_refused_ = true;
    log_.failure(denial.text);
    return;
  }
  outage_.lost(denial.text, now);
  link_.retry_at = now + kRetry;
}

void SubscriptionStatus::lost(const LinkLost& loss) {
  link_ = {};
  if (loss.reason != state_.trouble || state_.phase == Phase::kSubscribed) report_trouble(loss.reason);
  outage_.lost(loss.reason, loss.heard_at);
}

void SubscriptionStatus::refused(const std::string& why) {
  log_.failure(why);
  permanently_refused_ = true;
  report_trouble(why);
}

void SubscriptionStatus::count(std::uint64_t handled, std::uint64_t refused) {
  if (state_.handled == handled && state_.refused == refused) return;
  state_.handled = handled;
  state_.refused = refused;
  report(state_.phase, state_.trouble);
}

void SubscriptionStatus::stopping(std::uint64_t handled, std::uint64_t refused) {
  if (state_.phase == Phase::kStopping) return;
  state_.handled = handled;
  state_.refused = refused;
  report(Phase::kStopping, state_.trouble);
}

void SubscriptionStatus::report(Phase phase, std::string trouble) {
  if (state_.phase == Phase::kStopping) return;
  state_.phase = phase;
  state_.trouble = std::move(trouble);
  for (ServiceStatus* supervisor : supervisors_) supervisor->update(state_);
}

}  // namespace remaphore
