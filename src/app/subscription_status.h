// A listener's subscription, kept over lost links: whether it stands, as far as we know, and what people and supervisors
// are told of it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/bus_dispatch.h"
#include "app/outage.h"
#include "base/deadline.h"
#include "base/rate_limit.h"
#include "ports/clock.h"
#include "ports/log.h"
#include "ports/service_status.h"

namespace remaphore {

class SubscriptionStatus : public BusClient {
 public:
  // All outlive it; no supervisor is nullptr. `take` gets every delivery.
  SubscriptionStatus(std::string subject, std::function<void(const BusEvent&)> take, const Clock& clock, Log& log,
                     const std::vector<ServiceStatus*>& supervisors)
      : subject_(std::move(subject)),
        take_(std::move(take)),
        clock_(clock),
        log_(log),
        supervisors_(supervisors),
        outage_(clock, log) {}

  // What supervisors are told beside it: in each turn of the loop, and at the end, after which they are told no more.
  void count(std::uint64_t handled, std::uint64_t refused);
  void stopping(std::uint64_t handled, std::uint64_t refused);

  // A subscription that the server has taken away is asked for again from time to time.
  void tick();
  Deadline retry_at() const { return retry_at_; }

  bool stands() const { return stands_; }
  bool ever_stood() const { return ever_stood_; }
  bool is_hopeless() const { return hopeless_; }  // no server will ever take us
  // Why it never stood.
  std::string trouble() const {
    const std::string reason = outage_.last_reason();
    return "never subscribed: " + (reason.empty() ? "no server answered" : reason);
  }

  void opened() override;
  void flushed(FlushId id) override;
  void delivered(const BusEvent& message) override { take_(message); }
  void denied(const BusEvent& denial) override;
  void lost(const BusEvent& loss) override;
  void refused(const std::string& why) override;

 private:
  using Phase = ServiceState::Phase;
  static constexpr Duration kRetry = std::chrono::seconds(1);
  static constexpr Duration kPatience = std::chrono::minutes(1);  // then a denial is for good

  void ask();
  bool is_ours(const BusEvent& denial) const;

  void report(Phase phase, std::string trouble = {});
  void report_trouble(const std::string& trouble) {
    report(ever_stood_ ? Phase::kCutOff : Phase::kConnecting, trouble);
  }

  const std::string subject_;
  const std::function<void(const BusEvent&)> take_;
  const Clock& clock_;
  Log& log_;
  const std::vector<ServiceStatus*>& supervisors_;
  SubscriptionId id_ = SubscriptionId::kNone;
  FlushId flush_ = FlushId::kNone;  // confirms the subscription over this link
  Deadline retry_at_;
  std::optional<MonotonicTime> denied_since_;
  bool stands_ = false;
  bool ever_stood_ = false;
  bool hopeless_ = false;
  Outage outage_;
  RateLimit denials_{20, 5};
  ServiceState state_;  // as it was told
};

}  // namespace remaphore
