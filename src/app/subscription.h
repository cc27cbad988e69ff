// A listener's subscription: whether it stands, as far as we know, and what people and supervisors are told of it.
#pragma once

#include <string>
#include <vector>

#include "base/rate_limit.h"
#include "base/time.h"
#include "ports/clock.h"
#include "ports/log.h"
#include "ports/service_status.h"

namespace remaphore {

class Subscription {
 public:
  // All outlive it; no supervisor is nullptr.
  Subscription(const Clock& clock, Log& log, const std::vector<ServiceStatus*>& supervisors)
      : clock_(clock), log_(log), supervisors_(supervisors) {}

  // What the bus says.
  void confirmed();
  void denied(const std::string& text);
  void lost(const std::string& text);
  void refused(const std::string& text);

  // What supervisors are told beside it: in each turn of the loop, and at the end, after which they are told no more.
  void count(std::uint64_t handled, std::uint64_t refused);
  void stopping(std::uint64_t handled, std::uint64_t refused);

  bool stands() const { return stands_; }
  bool ever_stood() const { return ever_stood_; }
  bool is_hopeless() const { return hopeless_; }  // no server will ever take us
  // Why it never stood.
  std::string trouble() const {
    return "never subscribed: " + (troubles_.empty() ? "no server answered" : troubles_.back());
  }

 private:
  using Phase = ServiceState::Phase;
  static constexpr std::size_t kMaxTroubles = 16;  // different reasons for having no link that are told

  void report(Phase phase, std::string trouble = {});
  void report_trouble(const std::string& trouble) {
    report(ever_stood_ ? Phase::kCutOff : Phase::kConnecting, trouble);
  }

  const Clock& clock_;
  Log& log_;
  const std::vector<ServiceStatus*>& supervisors_;
  bool stands_ = false;
  bool ever_stood_ = false;
  bool hopeless_ = false;
  MonotonicTime lost_at_{};
  std::vector<std::string> troubles_;  // said since the last link
  RateLimit denials_{20, 5};
  ServiceState state_;  // as it was told
};

}  // namespace remaphore
