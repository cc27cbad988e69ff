// A period without a link, as it is reported to the user: each reason once, not at every attempt.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "ports/clock.h"
#include "ports/log.h"

namespace remaphore {

class Outage {
 public:
  // Both must outlive it.
  Outage(const Clock& clock, Log& log) : clock_(clock), log_(log) {}

  // The link was lost, or could not be made. `heard_at`: when the last byte arrived on it; zero: unknown, use now.
  void lost(const std::string& reason, MonotonicTime heard_at = {});
  // The link is back; reports how long it was down.
  Duration end();
  // The last reason of the current outage; empty: there is none.
  std::string last_reason() const { return reasons_.empty() ? std::string() : reasons_.back(); }

 private:
  static constexpr std::size_t kMaxReasons = 16;

  const Clock& clock_;
  Log& log_;
  std::optional<MonotonicTime> since_;
  std::vector<std::string> reasons_;  // those already reported
};

}  // namespace remaphore
