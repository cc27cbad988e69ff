#include "app/intake.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/refusal_text.h"
#include "base/text.h"

namespace remaphore {
namespace {

constexpr std::size_t kReadyOverhead = Candidate::kOverhead + sizeof(VerifiedMessage);

}  // namespace

Intake::Intake(const Config& config, const Filter& filter, const Clock& clock, Log& log, Limits limits, Records records,
               Workers* workers)
    : config_(config),
      filter_(filter),
      clock_(clock),
      log_(log),
      limits_(limits),
      records_(records),
      guard_(config.peers.all().size(), limits.guard),
      waiting_(limits.waiting, workers) {
  if (records_.journal != nullptr) restore();
}

// What had expired when we started is the floor; the rest may still be replayed to us.
void Intake::restore() {
  const WallTime now = clock_.now();
  for (const GuardRecord& record : records_.journal->take_restored()) {
    const WallTime expires = add_saturating(record.time, config_.allow_skew);
    if (record.is_floor() || expires < now) {
      guard_.raise_floor(expires);
    } else if (const Peer* peer = config_.peers.find(keys::to_base58(record.peer))) {
      guard_.remember(record.key, expires, config_.peers.index_of(*peer));
    }
  }
  shorten_journal();
}

// Before anything is done with the message: at most once, whatever happens then.
bool Intake::keep(const Digest& key, WallTime expires, const Peer& peer) {
  if (records_.journal == nullptr) return true;
  const GuardRecord entry{key, expires - config_.allow_skew, *keys::public_key_from_base58(peer.public_key)};
  const auto kept = records_.journal->append(entry);
  if (!kept) log_.error(fmt::format("{}; the message was not acted on", kept.error().message));
  const bool may_shorten = kept && clock_.monotonic() >= shorten_after_;
  if (may_shorten && records_.journal->is_long(guard_.size())) shorten_journal();
  return kept.has_value();
}

void Intake::shorten_journal() {
  std::vector<GuardRecord> live;
  if (guard_.floor() > WallTime::min()) live.push_back({Digest{}, guard_.floor() - config_.allow_skew, PublicKey{}});
  guard_.for_each([&](const Digest& key, WallTime expires, std::size_t peer) {
    const std::string_view public_key = config_.peers.all()[peer].public_key;
    live.push_back({key, expires - config_.allow_skew, *keys::public_key_from_base58(public_key)});
  });
  if (const auto rewritten = records_.journal->rewrite(live); !rewritten) {
    log_.error(rewritten.error().message);
    shorten_after_ = clock_.monotonic() + kShortenRetry;
  }
}

void Intake::offer(std::string_view bytes, WallTime arrival) {
  auto candidate = screen_message(bytes, arrival, {config_.peers, filter_, config_.allow_skew, guard_});
  if (!candidate) return refuse(candidate.error(), bytes);
  for (const Peer* claimed : waiting_.push(std::move(*candidate)).refused) {
    refuse({RefusalCode::kCapacity, kTooManyUnverified, claimed, {}}, {});
  }
}

void Intake::verify(std::size_t count) {
  if (!waiting_.empty()) guard_.advance(waiting_.oldest_arrival(WallTime::max()));
  Verification::Budget budget{.checks = count, .bytes = kVerifiedBytes};
  while (auto checked = waiting_.next(budget)) admit(std::move(*checked));
}

void Intake::admit(CheckedCandidate checked) {
  const Peer& peer = checked.claimed();
  auto message = accept_message(std::move(checked));
  if (!message) {
    waiting_.report_forgery(peer);
    return refuse(message.error(), {});
  }
  const std::size_t bytes = message->size() + kReadyOverhead;
  std::size_t& used = ready_bytes_[&peer];
  if (used + bytes > limits_.ready.per_key || ready_total_ + bytes > limits_.ready.total) {
    return say_overflow(peer, "too many are queued");
  }
  const WallTime expires = add_saturating(message->time(), config_.allow_skew);
  const auto verdict = guard_.remember(message->replay_key(), expires, config_.peers.index_of(peer));
  if (verdict == ReplayGuard::Verdict::kFull) return say_overflow(peer, "its share of the replay guard is full");
  if (verdict != ReplayGuard::Verdict::kNew) return refuse(replay_refusal(verdict, &peer), {});
  if (!keep(message->replay_key(), expires, peer)) {
    ++overflowed_;
    return;
  }
  used += bytes;
  ready_total_ += bytes;
  ready_.push_back(std::move(*message));
}

std::optional<VerifiedMessage> Intake::take() {
  if (ready_.empty()) return std::nullopt;
  VerifiedMessage message = std::move(ready_.front());
  ready_.pop_front();
  const std::size_t bytes = message.size() + kReadyOverhead;
  ready_total_ -= bytes;
  const auto used = ready_bytes_.find(&message.sender());
  used->second -= bytes;
  if (used->second == 0) ready_bytes_.erase(used);
  return message;
}

void Intake::refuse(const Refusal& refusal, std::string_view bytes) {
  if (records_.audit != nullptr) records_.audit->refused(refusal);
  if (refusal.code != RefusalCode::kFiltered) ++refused_;
  // A clock is wrong, or messages may be lost: somebody has to look at it.
  if (refusal.code == RefusalCode::kSkew || refusal.code == RefusalCode::kCapacity || refusal.forgotten) {
    if (!loud_.allow(clock_.monotonic())) return;
    say_held_back();
    log_.error(fmt::format("refused a message{}: {}", claimed_by(refusal), reason_of(refusal, config_.allow_skew)));
  } else if (log_.is_verbose()) {
    log_.verbose(fmt::format("ignored a message{}: {}{}", claimed_by(refusal), refusal.reason, fields_of(bytes)));
  }
}

void Intake::say_overflow(const Peer& peer, const char* what) {
  ++overflowed_;
  ++refused_;
  if (records_.audit != nullptr) records_.audit->refused({RefusalCode::kCapacity, what, &peer, {}});
  if (!loud_.allow(clock_.monotonic())) return;
  say_held_back();
  log_.error(fmt::format("refused a message of {}: {}", escape_control(peer.destination), what));
}

void Intake::say_held_back() {
  if (const auto held_back = loud_.take_held_back()) {
    log_.error(fmt::format("{} more such lines were not shown", held_back));
  }
}

}  // namespace remaphore
