// Room of a fixed size that several holders share, so that none of them can take what another counts on: half of it is
// split evenly between them, the rest is for whoever comes first, up to a bound for each.
#pragma once

#include <algorithm>
#include <cstddef>

namespace remaphore {

class Shares {
 public:
  // Units are the caller's: bytes, entries.
  Shares(std::size_t total, std::size_t per_holder) : total_(total), per_holder_(per_holder) {}

  // How many there are, at least one. What they hold has to be noted anew: see change(). Holders that come later find
  // their part even if others have taken all there is: the total is then exceeded, by half at most.
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
  // A holder has `now` instead of `before`.
  void change(std::size_t before, std::size_t now) { surplus_ = surplus_ - beyond(before) + beyond(now); }

 private:
  // What a holder of `held` has of the part that is for whoever comes first.
  std::size_t beyond(std::size_t held) const { return held > guaranteed_ ? held - guaranteed_ : 0; }

  std::size_t total_, per_holder_;
  std::size_t guaranteed_ = 0;
  std::size_t common_ = 0;
  std::size_t surplus_ = 0;  // taken of `common_`; more than it if there are more holders than there were
};

}  // namespace remaphore
