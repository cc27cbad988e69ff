#include "nats/fail_over.h"

namespace remaphore::nats {

FailOver::Next FailOver::lost(const Loss& loss, MonotonicTime now) {
  // A link that lasted resets the count of tries; one that a server drops at once must not make us spin.
  if (loss.lasted) servers_.held();
  if (loss.logged_in) {
    failures_ = {};
    servers_.accepted();
    refusals_.accepted();
  }
  failures_.note(loss.why, loss.kind);
  const bool has_more = loss.has_more_addresses && !loss.logged_in && !loss.will_be_replaced;
  if (!has_more && failures_.refused_by_all()) servers_.refused();
  if (!failures_.refusal().empty()) refusals_.refused(now);
  if (!loss.will_be_replaced && servers_.refused_everywhere() && refusals_.is_final(now)) {
    reason_ = failures_.refusal();
    return Next::kNothing;
  }
  reason_ = failures_.most_informative(loss.why, loss.kind);
  return has_more ? Next::kAddress : Next::kServer;
}

}  // namespace remaphore::nats
