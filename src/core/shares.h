// A fixed capacity that several holders share, so that none of them can take what another relies on: half of it is
// split evenly between them, the rest goes to the first to ask, up to a limit for each.
#pragma once

#include <algorithm>
#include <cstddef>

namespace remaphore {

class Shares {
 public:
  // Units are the caller's: bytes, entries.
  Shares(std::size_t total, std::size_t per_holder) : total_(total), per_holder_(per_holder) {}

  // The number of holders, at least one. Record their holdings again afterwards, see change(). Holders that come later
  // get their part even if others have taken the whole total, which is then exceeded by half at most.
  void set_holders(std::size_t holders) {
    guaranteed_ = total_ / 2 / std::max<std::size_t>(holders, 1);
    common_ = total_ - guaranteed_ * std::max<std::size_t>(holders, 1);
    surplus_ = 0;
  }

  // Whether a holder of `held` may have `more`.
  bool fits(std::size_t held, std::size_t more) const {
    const std::size_t surplus = beyond(held + more) - beyond(held);
    return held + more <= per_holder_ && (surplus == 0 || surplus_ + surplus <= common_);
  }
  // A holder's amount changes from `before` to `now`.
  void change(std::size_t before, std::size_t now) { surplus_ = surplus_ - beyond(before) + beyond(now); }

 private:
  // How much of the common part a holder of `held` uses.
  std::size_t beyond(std::size_t held) const { return held > guaranteed_ ? held - guaranteed_ : 0; }

  std::size_t total_, per_holder_;
  std::size_t guaranteed_ = 0;
  std::size_t common_ = 0;
  std::size_t surplus_ = 0;  // used of `common_`; exceeds it if the number of holders has grown
};

}  // namespace remaphore
