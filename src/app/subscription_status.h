// A listener's subscription, restored after lost links: tracks whether it is in effect, as far as we know, and reports
// that to users and supervisors.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
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
  // All must outlive it; no element of the supervisors is nullptr. `take` receives every delivery.
  SubscriptionStatus(std::string subject, std::function<void(const Delivery&)> take, const Clock& clock, Log& log,
                     const std::vector<ServiceStatus*>& supervisors)
      : subject_(std::move(subject)),
        take_(std::move(take)),
        clock_(clock),
        log_(log),
        supervisors_(supervisors),
        outage_(clock, log) {}

  // Counts for the supervisors: call count() in each turn of the loop, and stopping() at the end, after which they get
  // nothing more.
  void count(std::uint64_t handled, std::uint64_t refused);
  void stopping(std::uint64_t handled, std::uint64_t refused);

  // The kept messages are read first: a confirmed subscription is not reported until announce(), which says what became
  // of the messages since the link was lost, or cut_off().
  void announce_later() { announces_ = false; }
  void announce(std::string_view fate = "may have been missed");
  // The subscription is in effect, but the missed messages cannot be read.
  void cut_off(const std::string& trouble);

  // Requests a denied subscription again from time to time, and a confirmation in a cluster when its time has come.
  void tick();
  Deadline retry_at() const { return earlier(link_.retry_at, link_.confirm_at); }

  bool is_active() const { return link_.active; }
  bool was_ever_active() const { return activations_ > 0; }
  std::uint64_t activations() const { return activations_; }            // how often it was confirmed
  bool is_permanently_refused() const { return permanently_refused_; }  // no server will ever accept us
  // Why it was never in effect.
  std::string trouble() const {
    const std::string reason = outage_.last_reason();
    return "never subscribed: " + (reason.empty() ? "no server answered" : reason);
  }

  void opened() override;
  void flushed(FlushId id) override;
  void delivered(const Delivery& message) override { take_(message); }
  void denied(const Denial& denial) override;
  void lost(const LinkLost& loss) override;
  void refused(const std::string& why) override;

 private:
  using Phase = ServiceState::Phase;
  static constexpr Duration kRetry = std::chrono::seconds(1);
  static constexpr Duration kTimeout = std::chrono::minutes(1);  // after this a denial is final

  // In a cluster, the time between the subscription and the request for its confirmation: the other servers learn of
  // the subscription meanwhile, provided that the path between them is not slower.
  static constexpr Duration kSpread = std::chrono::milliseconds(300);

  // What belongs to one link: replaced whole.
  struct Link {
    SubscriptionId id = SubscriptionId::kNone;
    FlushId flush = FlushId::kNone;  // confirms the subscription
    bool active = false;
    Deadline retry_at;
    Deadline confirm_at;
  };

  void ask();
  bool is_ours(const Denial& denial) const;

  void report(Phase phase, std::string trouble = {});
  void report_trouble(const std::string& trouble) {
    report(was_ever_active() ? Phase::kCutOff : Phase::kConnecting, trouble);
  }

  const std::string subject_;
  const std::function<void(const Delivery&)> take_;
  const Clock& clock_;
  Log& log_;
  const std::vector<ServiceStatus*>& supervisors_;
  Link link_;
  std::optional<MonotonicTime> denied_since_;
  std::uint64_t activations_ = 0;
  bool permanently_refused_ = false;
  bool announces_ = true;
  Outage outage_;
  RateLimit denials_{20, 5};
  ServiceState state_;  // as last reported
};

}  // namespace remaphore
