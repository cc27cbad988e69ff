#include "app/subscription.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/duration.h"

namespace remaphore {

void Subscription::confirmed() {
  if (stands_ || hopeless_) return;
  stands_ = true;
  troubles_.clear();
  if (!ever_stood_) {
    ever_stood_ = true;
    log_.ready();
  } else {
    log_.error(fmt::format("the connection is back; messages of the last {} may have been missed",
                           format_duration(clock_.monotonic() - lost_at_)));
  }
  report(Phase::kSubscribed);
}

void Subscription::denied(const std::string& text) {
  if (!hopeless_ && !stands_) {  // the subscription itself; later only replies can be denied
    hopeless_ = true;
    report_trouble(text);
    log_.failure(text);
  } else if (denials_.allow(clock_.monotonic())) {
    log_.error(text);
  }
}

void Subscription::lost(const std::string& text) {
  if (stands_) lost_at_ = clock_.monotonic();
  stands_ = false;
  if (text != state_.trouble || state_.phase == Phase::kSubscribed) report_trouble(text);
  const bool known = std::find(troubles_.begin(), troubles_.end(), text) != troubles_.end();
  if (known || troubles_.size() >= kMaxTroubles) return;  // each once, not at every try
  troubles_.push_back(text);
  log_.error(fmt::format("{}; trying again", text));
}

void Subscription::refused(const std::string& text) {
  log_.failure(text);
  hopeless_ = true;
  report_trouble(text);
}

void Subscription::count(std::uint64_t handled, std::uint64_t refused) {
  if (state_.handled == handled && state_.refused == refused) return;
  state_.handled = handled;
  state_.refused = refused;
  report(state_.phase, state_.trouble);
}

void Subscription::stopping(std::uint64_t handled, std::uint64_t refused) {
  if (state_.phase == Phase::kStopping) return;
  state_.handled = handled;
  state_.refused = refused;
  report(Phase::kStopping, state_.trouble);
}

void Subscription::report(Phase phase, std::string trouble) {
  if (state_.phase == Phase::kStopping) return;
  state_.phase = phase;
  state_.trouble = std::move(trouble);
  for (ServiceStatus* supervisor : supervisors_) supervisor->update(state_);
}

}  // namespace remaphore
