#include "app/subscription.h"

#include <fmt/format.h>

#include <utility>

#include "base/duration.h"

namespace remaphore {

void Subscription::opened() {
  bus().subscribe(*this, subject_);
  flush_ = bus().flush();
}

void Subscription::flushed(FlushId id) {
  if (stands_ || hopeless_ || flush_ == FlushId::kNone || id < flush_) return;
  stands_ = true;
  const Duration gone = outage_.end();
  if (!ever_stood_) {
    ever_stood_ = true;
    log_.ready();
  } else {
    log_.error(
        fmt::format("the connection is back; messages of the last {} may have been missed", format_duration(gone)));
  }
  report(Phase::kSubscribed);
}

void Subscription::denied(const BusEvent& denial) {
  if (!hopeless_ && !stands_) {  // the subscription itself; later only replies can be denied
    hopeless_ = true;
    report_trouble(denial.text);
    log_.failure(denial.text);
  } else if (denials_.allow(clock_.monotonic())) {
    log_.error(denial.text);
  }
}

void Subscription::lost(const BusEvent& loss) {
  stands_ = false;
  flush_ = FlushId::kNone;
  if (loss.text != state_.trouble || state_.phase == Phase::kSubscribed) report_trouble(loss.text);
  outage_.lost(loss.text);
}

void Subscription::refused(const std::string& why) {
  log_.failure(why);
  hopeless_ = true;
  report_trouble(why);
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
