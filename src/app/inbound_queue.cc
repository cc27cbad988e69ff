#include "app/inbound_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/refusal_text.h"
#include "base/text.h"

namespace remaphore {
namespace {

constexpr std::size_t kGuardEntry = 64;  // bytes, its place in the index included
constexpr std::size_t kReadyOverhead = UnverifiedMessage::kOverhead + sizeof(VerifiedMessage);

// A key counts once, however many lines it appears on.
std::size_t keys_of(const Peers& peers) {
  const auto& all = peers.all();
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const Peer& one) { return peers.find(one.public_key) == &one; }));
}

}  // namespace

InboundQueue::Limits InboundQueue::Limits::within(std::size_t memory) {
  Limits limits;
  limits.waiting.total = std::min(limits.waiting.total, memory / 6);
  limits.waiting.per_key = std::min(limits.waiting.per_key, limits.waiting.total);
  limits.ready.total = std::min(limits.ready.total, memory / 6);
  limits.ready.per_key = std::min(limits.ready.per_key, limits.ready.total / 2);
  limits.guard.total = std::min(limits.guard.total, memory / 16 / kGuardEntry);
  limits.guard.per_peer = std::min(limits.guard.per_peer, limits.guard.total / 4);
  return limits;
}

std::size_t InboundQueue::cost(const VerifiedMessage& message) { return message.size() + kReadyOverhead; }

InboundQueue::InboundQueue(const Config& config, const Options& options, const Ports& ports)
    : config_(config),
      filter_(options.filter),
      clock_(ports.clock),
      log_(ports.log),
      records_(ports.records),
      peers_(config.peers),
      window_(config.allow_skew, options.since.value_or(Duration(0))),
      records_late_(options.since.has_value()),
      most_kept_(std::min(kMaxKept, std::min(options.limits.waiting.per_key, options.limits.ready.per_key) / 4)),
      guard_({keys_of(config.peers), options.limits.guard, window_}, ports.records.journal, ports.clock, ports.log),
      waiting_(options.limits.waiting, ports.workers),
      later_(options.limits.waiting),
      ready_shares_(options.limits.ready.total, options.limits.ready.per_key) {
  ready_shares_.set_holders(keys_of(peers_));
}

void InboundQueue::set_peers(Peers peers) {
  peers_ = std::move(peers);
  const std::size_t keys = keys_of(peers_);
  guard_.guard().set_peers(keys);
  ready_shares_.set_holders(keys);
  ready_.for_each_key([this](std::size_t bytes) { ready_shares_.change(0, bytes); });
}

Result<UnverifiedMessage, Refusal> InboundQueue::screen(std::string_view bytes, WallTime arrival) const {
  return screen_message(bytes, arrival, {peers_, filter_, window_, guard_.guard()});
}

void InboundQueue::offer(std::string_view bytes, WallTime arrival) {
  auto screened = screen(bytes, arrival);
  if (!screened) return refuse(unless_copy(screened.error(), arrival), bytes);
  refuse_pushed_out(holds_live_ ? later_.push(std::move(*screened)) : waiting_.push(std::move(*screened)));
}

void InboundQueue::refuse_pushed_out(const VerificationQueue::Pushed& pushed) {
  for (const PeerRef& claimed : pushed.refused) {
    refuse({RefusalCode::kCapacity, kTooManyUnverified, claimed.get(), {}}, {});
  }
}

void InboundQueue::hold_live(WallTime begun) {
  holds_live_ = true;
  begun_ = begun;
  copies_until_ = WallTime::max();
}

void InboundQueue::release_live() {
  if (!std::exchange(holds_live_, false)) return;
  begun_ = WallTime::max();
  copies_until_ = clock_.now();
  while (!later_.empty()) refuse_pushed_out(waiting_.push(later_.pop()));
}

// A message received both live and from the stream is not a replay.
Refusal InboundQueue::unless_copy(Refusal refusal, WallTime arrival) const {
  const bool is_copy = refusal.code == RefusalCode::kReplay && !refusal.forgotten && arrival <= copies_until_;
  if (is_copy) refusal.code = RefusalCode::kFiltered;
  return refusal;
}

// Messages must not grow too old while the stream is read: those older than the start of the reading arrive with that
// start.
void InboundQueue::offer_kept(std::string_view bytes) {
  const auto fields = wire::Fields::split(bytes);
  const auto time = fields ? wire::parse_time(fields->time()) : std::nullopt;
  const WallTime now = clock_.now();
  auto screened = screen(bytes, time && *time < begun_ ? std::min(begun_, now) : now);
  if (screened) return refuse_pushed_out(waiting_.push(std::move(*screened)));
  Refusal& refusal = screened.error();
  if (refusal.forgotten) ++kept_forgotten_;
  const bool is_old = refusal.code == RefusalCode::kSkew && refusal.offset.count() < 0;
  if (is_old) refusal.reason = "it is too old";
  if (is_old || refusal.code == RefusalCode::kReplay) refusal.code = RefusalCode::kFiltered;
  refusal.forgotten = false;
  refuse(refusal, bytes);
}

void InboundQueue::verify(std::size_t count, Verification::Socket socket) {
  if (!waiting_.empty()) {
    guard_.guard().advance(std::min(begun_, later_.oldest_arrival(waiting_.oldest_arrival(WallTime::max()))));
  }
  auto budget = waiting_.round({.checks = count, .bytes = kVerifiedBytes}, socket);
  while (auto checked = waiting_.next(budget)) admit(std::move(*checked));
}

void InboundQueue::admit(CheckedMessage checked) {
  const PeerRef held = checked.claimed();
  const Peer& peer = *held;
  auto message = accept_message(std::move(checked));
  if (!message) {
    waiting_.report_forgery(peer);
    return refuse(message.error(), {});
  }
  if (!still_permits(*message)) return;
  if (!ready_shares_.fits(ready_.held_by(peer.public_key).bytes, cost(*message))) {
    return report_overflow(peer, "too many are queued");
  }
  const WallTime expires = window_.end_of(message->time());
  const auto verdict = guard_.guard().remember(message->replay_key(), expires, peer.public_key);
  if (verdict == ReplayGuard::Verdict::kFull) return report_overflow(peer, "its share of the replay guard is full");
  if (verdict != ReplayGuard::Verdict::kNew) {
    return refuse(unless_copy(replay_refusal(guard_.guard(), verdict, expires, &peer), message->arrival()), {});
  }
  if (records_late_ || record(*message)) make_ready(std::move(*message));
}

bool InboundQueue::record(const VerifiedMessage& message) {
  const bool recorded =
      guard_.record(message.replay_key(), window_.end_of(message.time()), message.sender().public_key);
  if (!recorded) ++overflowed_;
  return recorded;
}

void InboundQueue::make_ready(VerifiedMessage message) {
  if (on_verified_) on_verified_(message);
  const PeerRef sender = message.sender_ref();
  const std::size_t bytes = cost(message);
  const auto held = ready_.push(sender->public_key, std::move(message));
  ready_shares_.change(held.bytes - bytes, held.bytes);
  if (held.items == kKeptInPlace + 1) ready_.set_apart(sender->public_key);  // until none are left
}

std::optional<VerifiedMessage> InboundQueue::take() {
  while (!ready_.empty()) {
    VerifiedMessage message = pop_ready();
    if (still_permits(message) && can_be_recorded(message)) return message;
  }
  return std::nullopt;
}

bool InboundQueue::begin(const VerifiedMessage& message) {
  if (!records_late_) return true;
  note_taken(message);
  return record(message);
}

// After a kill it will not be read again, so the audit names it before it is acted on.
void InboundQueue::note_taken(const VerifiedMessage& message) {
  if (records_.audit == nullptr || records_.journal == nullptr) return;
  AuditEntry entry(message);
  entry.action = "taken";
  records_.audit->record(entry);
}

std::optional<VerifiedMessage> InboundQueue::take_to_drop() {
  if (!records_late_) return take();
  while (!ready_.empty()) {
    VerifiedMessage message = pop_ready();
    if (still_permits(message)) return message;
  }
  return std::nullopt;
}

VerifiedMessage InboundQueue::pop_ready() {
  auto [message, left] = ready_.pop();
  ready_shares_.change(left + cost(message), left);
  return std::move(message);
}

bool InboundQueue::can_be_recorded(const VerifiedMessage& message) {
  if (records_.audit == nullptr || records_.audit->can_record()) return true;
  report_overflow(message.sender(), "it could not be recorded in the audit, and was not acted on");
  return false;
}

bool InboundQueue::still_permits(const VerifiedMessage& message) {
  if (peers_.owns(message.sender())) return true;  // as when it arrived
  const Peer* peer = peers_.find(message.sender().public_key);
  if (peer != nullptr && peer->verbs.allows(message.verb())) return true;
  const char* const why =
      peer == nullptr ? "its key was removed from the config while it waited" : "its peer may no longer use the verb";
  ++refused_;
  if (records_.audit != nullptr) records_.audit->refused({RefusalCode::kPeer, why, &message.sender(), {}});
  if (!loud_.allow(clock_.monotonic())) return false;
  report_suppressed();
  log_.error(fmt::format("refused a message from {}: {}", escape_control(message.sender().destination), why));
  return false;
}

void InboundQueue::refuse(const Refusal& refusal, std::string_view bytes) {
  if (records_.audit != nullptr) records_.audit->refused(refusal);
  if (refusal.code != RefusalCode::kFiltered) ++refused_;
  // A clock is wrong, or messages may be lost: this needs attention.
  if (refusal.code == RefusalCode::kSkew || refusal.code == RefusalCode::kCapacity || refusal.forgotten) {
    if (!loud_.allow(clock_.monotonic())) return;
    report_suppressed();
    log_.error(fmt::format("refused a message{}: {}", claimed_by(refusal), reason_of(refusal, config_.allow_skew)));
    if (!refusal.forgotten) return;
    if (const auto remedy = guard_.remedy(refusal.until)) log_.error(*remedy);
  } else if (log_.is_verbose()) {
    log_.verbose(fmt::format("ignored a message{}: {}{}", claimed_by(refusal), refusal.reason, fields_of(bytes)));
  }
}

void InboundQueue::report_overflow(const Peer& peer, const char* what) {
  ++overflowed_;
  ++refused_;
  if (records_.audit != nullptr) records_.audit->refused({RefusalCode::kCapacity, what, &peer, {}});
  if (!loud_.allow(clock_.monotonic())) return;
  report_suppressed();
  log_.error(fmt::format("refused a message from {}: {}", escape_control(peer.destination), what));
}

void InboundQueue::report_suppressed() {
  if (const auto held_back = loud_.take_suppressed()) {
    log_.error(fmt::format("{} more such lines were not shown", held_back));
  }
}

}  // namespace remaphore
