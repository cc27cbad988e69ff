// A time without a link, as people are told of it: each reason for it once, not at every try.
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
  // Both outlive it.
  Outage(const Clock& clock, Log& log) : clock_(clock), log_(log) {}

  // The link was lost, or could not be made. `heard_at`: when the last byte came over it; zero: not known, now.
  void lost(const std::string& reason, MonotonicTime heard_at = {});
  // There is a link again; how long there was none.
  Duration end();
  // Of the outage that goes on; empty: there is none.
  std::string last_reason() const { return reasons_.empty() ? std::string() : reasons_.back(); }

 private:
  static constexpr std::size_t kMaxReasons = 16;

  const Clock& clock_;
  Log& log_;
  std::optional<MonotonicTime> since_;
  std::vector<std::string> reasons_;  // that were said
};

}  // namespace remaphore
