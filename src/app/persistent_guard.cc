#include "app/persistent_guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/timestamp.h"

namespace remaphore {
namespace {

constexpr Duration kLinger = std::chrono::minutes(1);  // a clock that was briefly ahead, by less, does no harm
constexpr Duration kWriteClock = std::chrono::milliseconds(20);  // how far a file's time may lag behind our clock
constexpr Duration kFarAhead = std::chrono::hours(1);            // more than any skew explains: our clock was wrong

// Messages still to come expire within both sides of the window from now.
ReplayGuard::Limits guard_limits(ReplayGuard::Limits limits, const Window& window) {
  limits.linger = kLinger;
  const bool is_bounded = window.past < Duration::max() / 4 && window.future < Duration::max() / 4;
  limits.horizon = is_bounded ? window.past + window.future + kFarAhead : Duration::max();
  return limits;
}

}  // namespace

PersistentGuard::PersistentGuard(const Options& options, GuardJournal* journal, const Clock& clock, Log& log)
    : window_(options.window),
      journal_(journal),
      clock_(clock),
      log_(log),
      guard_(options.peers, guard_limits(options.limits, options.window)) {
  if (journal_ != nullptr) restore();
}

// Records expired at the start, or far ahead of now, are forgotten as a span; the rest may still be replayed to us.
void PersistentGuard::restore() {
  const WallTime now = clock_.now();
  const WallTime latest = window_.end_of(add_saturating(now, window_.future));
  WallTime last_sent = WallTime::min();
  for (const GuardRecord& record : journal_->take_restored()) {
    const WallTime expires = window_.end_of(record.time);
    if (!record.is_span()) last_sent = std::max(last_sent, record.time);
    if (record.is_span()) {
      const bool is_open = record.since == WallTime::min();
      guard_.forget({is_open ? record.since : window_.end_of(record.since), expires});
    } else if (expires < now || expires > add_saturating(latest, kFarAhead)) {
      guard_.forget(expires);
    } else if (guard_.remember(record.key, expires, keys::to_base58(record.peer)) == ReplayGuard::Verdict::kFull) {
      guard_.forget(expires);  // includes records of removed peers: they may be added again
    } else {
      guard_.mark_recorded(record.key);
    }
  }
  if (const std::size_t damaged = journal_->damaged(); damaged > 0) forget_damaged(damaged, last_sent);
  shorten_journal();
}

// Whatever they held, they were recorded after their messages had been sent, by a clock that agrees with ours or whose
// lead other records show.
void PersistentGuard::forget_damaged(std::size_t records, WallTime last_sent) {
  const WallTime now = clock_.now();
  WallTime written = add_saturating(journal_->last_written(), kWriteClock);
  if (written > add_saturating(now, kFarAhead) || journal_->last_written() <= now) written = std::min(written, now);
  if (last_sent <= add_saturating(now, window_.future)) written = std::max(written, last_sent);
  guard_.forget({WallTime::min(), window_.end_of(written)});
  log_.error(fmt::format("{}: {} damaged records; messages sent before {} are refused, so that none is accepted twice",
                         journal_->name(), records, format_timestamp(written)));
}

// Before the message is acted on: at most once, even after a crash.
bool PersistentGuard::record(const Digest& key, WallTime expires, std::string_view peer) {
  if (journal_ == nullptr) return true;
  const GuardRecord entry{key, subtract_saturating(expires, window_.past), *keys::public_key_from_base58(peer)};
  const auto kept = journal_->append(entry);
  if (!kept) log_.error(fmt::format("{}; the message was not acted on", kept.error().message));
  if (kept) guard_.mark_recorded(key);
  const bool may_shorten = kept && clock_.monotonic() >= shorten_after_;
  if (may_shorten && journal_->is_long(guard_.size())) shorten_journal();
  return kept.has_value();
}

void PersistentGuard::shorten_journal() {
  std::vector<GuardRecord> live;
  for (const ForgottenSpans::Span& span : guard_.forgotten().spans()) {
    const Duration past = window_.past;
    live.push_back({Digest{}, subtract_saturating(span.to, past), PublicKey{}, subtract_saturating(span.from, past)});
  }
  guard_.for_each_recorded([&](const Digest& key, WallTime expires, std::string_view peer) {
    live.push_back({key, subtract_saturating(expires, window_.past), *keys::public_key_from_base58(peer)});
  });
  if (const auto rewritten = journal_->rewrite(live); !rewritten) {
    log_.error(rewritten.error().message);
    shorten_after_ = clock_.monotonic() + kShortenRetry;
  }
}

// Long enough to matter: a clock was once far ahead.
std::optional<std::string> PersistentGuard::remedy(WallTime until) const {
  if (until <= add_saturating(clock_.now(), kLinger)) return std::nullopt;
  return fmt::format("this lasts until {}; if the clock is correct now, {}", format_timestamp(until),
                     journal_ == nullptr ? "restart this listener"
                                         : fmt::format("stop this listener and remove {}", journal_->name()));
}

}  // namespace remaphore
