#include "core/lock_listing.h"

#include <algorithm>

namespace remaphore {
namespace {

constexpr Duration kRetry = std::chrono::milliseconds(200);  // without an answer

}  // namespace

void LockListing::want() {
  wanted_ = true;
  under_way_ = false;
  not_before_ = {};
  kept_.reset();
}

bool LockListing::ask(const LockMoment& now) {
  if (!wanted_ || now.monotonic < not_before_) return false;
  wanted_ = false;
  under_way_ = true;
  return true;
}

void LockListing::failed(const LockMoment& now) {
  if (!std::exchange(under_way_, false)) return;
  wanted_ = true;
  not_before_ = now.monotonic + kRetry;
}

void LockListing::link_lost() {
  if (std::exchange(under_way_, false)) wanted_ = true;
}

bool LockListing::answered(const LockList& list) {
  if (!std::exchange(under_way_, false)) return false;
  kept_ = list;
  return true;
}

std::optional<LockList> LockListing::use(const std::string& own_id, const LockMoment& now, bool& missed) {
  auto list = std::exchange(kept_, std::nullopt);
  if (!list) return std::nullopt;
  if (std::find(list->ids.begin(), list->ids.end(), own_id) == list->ids.end()) {
    missed = true;
    want();
    not_before_ = now.monotonic + kRetry;
    return std::nullopt;
  }
  settled_at_.reset();
  if (!settled_ && list->age < kSettling) settled_at_ = now.monotonic + kSettling - std::max(list->age, Duration(0));
  settled_ = true;
  return list;
}

bool LockListing::settle(const LockMoment& now) {
  if (!settled_at_ || now.monotonic < *settled_at_) return false;
  settled_at_.reset();
  return true;
}

}  // namespace remaphore
