#include "app/refusal_text.h"

#include <fmt/format.h>

#include "base/duration.h"
#include "base/text.h"

namespace remaphore {

std::string claimed_by(const Refusal& refusal) {
  if (refusal.claimed == nullptr) return {};
  return fmt::format(" that claims to be from {}", escape_control(refusal.claimed->destination));
}

std::string reason_of(const Refusal& refusal, Duration allow_skew) {
  if (refusal.code != RefusalCode::kSkew) return refusal.reason;
  const bool behind = refusal.offset.count() < 0;
  // distance() saturates at the greatest duration, whose negative is representable: no overflow here.
  return fmt::format("its time is {} {} our clock (allow_skew is {})",
                     format_duration(behind ? -refusal.offset : refusal.offset), behind ? "behind" : "ahead of",
                     format_duration(allow_skew));
}

std::string fields_of(std::string_view bytes) {
  const auto fields = wire::Fields::split(bytes);
  if (!fields) return {};
  return fmt::format(" (verb {} to {}, key {})", quote(fields->verb()), quote(fields->destination()),
                     quote(fields->public_key()));
}

}  // namespace remaphore
