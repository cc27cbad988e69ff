#include "core/trust.h"

#include <cstddef>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "core/lock_entry.h"
#include "core/lock_key.h"
#include "core/presence.h"

namespace remaphore {
namespace {

constexpr std::string_view kReplyVerb = "reply";

// A larger message is not hashed when it arrives, some 13 µs, but when its turn comes: hashing is slower than the
// socket, and a server drops the link of those who do not read as fast as it sends. It is looked up when it is
// remembered.
constexpr std::size_t kHashedAtOnce = 4096;  // bytes

// Bounds the reading of unsigned bytes. Nobody signs a longer entry: core/lock_entry.h.
constexpr std::size_t kLongestEntry = 8192;  // bytes

Unexpected<Refusal> refuse(RefusalCode code, const char* reason, const Peer* claimed = nullptr, Duration offset = {}) {
  return Unexpected<Refusal>(Refusal{.code = code, .reason = reason, .claimed = claimed, .offset = offset});
}

// TIME minus our clock, saturated.
Duration offset_of(WallTime time, WallTime arrival) {
  const Duration apart = distance(time, arrival);
  return time < arrival ? -apart : apart;
}

struct Canonical {
  WallTime time;
  Uuid uuid;
  bool reply_wanted;
};

// Check 4.
Result<Canonical, Refusal> read_canonical(const wire::Fields& fields, const Peer* claimed) {
  const auto time = wire::parse_time(fields.time());
  if (!time) return refuse(RefusalCode::kFormat, "its time is not in canonical form", claimed);
  const auto uuid = wire::parse_uuid(fields.uuid());
  if (!uuid) return refuse(RefusalCode::kFormat, "its uuid is not in canonical form", claimed);
  const auto reply_wanted = wire::parse_flag(fields.flag());
  if (!reply_wanted) return refuse(RefusalCode::kFormat, "its flag is neither Q nor _", claimed);
  return Canonical{*time, *uuid, *reply_wanted};
}

// Who claims to have sent which message.
struct Claim {
  wire::Fields fields;
  const Peer* peer;
  Canonical canonical;
};

enum class VerbCheck { kNone, kAllowed };

// Checks 1 to 4.
Result<Claim, Refusal> read_claim(std::string_view bytes, const Peers& peers, VerbCheck check) {
  auto fields = wire::Fields::split(bytes);
  if (!fields) return refuse(RefusalCode::kFormat, "it is not in the wire format");
  const Peer* peer = peers.find(fields->public_key());
  if (peer == nullptr) return refuse(RefusalCode::kPeer, "its key belongs to no configured peer");
  if (check == VerbCheck::kAllowed && !peer->verbs.allows(fields->verb())) {
    return refuse(RefusalCode::kPeer, "the peer may not use its verb", peer);
  }
  const auto canonical = read_canonical(*fields, peer);
  if (!canonical) return pass_on(canonical);
  return Claim{*fields, peer, *canonical};
}

bool is_question(const wire::Fields& fields, bool reply_wanted, std::string_view payload) {
  return reply_wanted && fields.verb() == kWhoVerb && fields.payload() == payload;
}

bool is_lock_entry(const wire::Fields& fields) {
  std::string_view verb = fields.verb();
  if (!verb.starts_with(lock_key::kVerb)) return false;
  verb.remove_prefix(lock_key::kVerb.size());
  if (!verb.empty() && verb.front() != '.') return false;
  return fields.payload().size() <= kLongestEntry && parse_lock_entry(fields.payload());
}

// nullptr, or the reason why it is not a message: it was signed for a subject of its own, which the signature does not
// cover, and anybody may publish a copy of it elsewhere. By its verb alone it might be a message.
const char* other_kind(const wire::Fields& fields, bool reply_wanted) {
  if (fields.destination().empty() && fields.verb() == kReplyVerb) return "it is a reply, not a message";
  if (is_question(fields, reply_wanted, kWhoPayload)) return "it is a question of --who, not a message";
  if (is_lock_entry(fields)) return "it is a lock entry, not a message";
  return nullptr;
}

std::optional<Digest> key_at_once(const wire::Fields& fields) {
  if (fields.bytes().size() > kHashedAtOnce) return std::nullopt;
  return keys::sha256(fields.public_key(), fields.signed_bytes());
}

// Check 8. nullptr, or the reason for failure.
const char* signature_fault(const UnverifiedMessage& message) {
  const wire::Fields fields = message.fields();
  const auto signature = keys::signature_from_base58(fields.signature());
  if (!signature) return "its signature is not base58 of 64 bytes";
  if (!keys::verify(message.claimed().key, *signature, fields.signed_bytes())) return "its signature is wrong";
  return nullptr;
}

}  // namespace

struct UnverifiedMessageMaker {
  static Result<UnverifiedMessage, Refusal> make(const wire::Fields& fields, PeerRef claimed, WallTime arrival,
                                                 std::optional<Digest> key, bool bound = false) {
    static_assert(sizeof(UnverifiedMessage::Head) + sizeof(UnverifiedMessage) + 2 * alignof(std::max_align_t) <=
                  UnverifiedMessage::kOverhead);
    const std::string_view bytes = fields.bytes();  // split() bounds them
    void* const place = ::operator new(sizeof(UnverifiedMessage::Head) + bytes.size(), std::nothrow);
    if (place == nullptr) return refuse(RefusalCode::kCapacity, "there is not enough memory for it", claimed.get());
    auto* const head = new (place)
        UnverifiedMessage::Head{.claimed = std::move(claimed),
                                .arrival = arrival,
                                .replay_key = key.value_or(Digest{}),
                                .size = static_cast<std::uint32_t>(bytes.size()) & UnverifiedMessage::kSizeBits,
                                .bound = bound,
                                .hashed = key.has_value()};
    std::memcpy(reinterpret_cast<char*>(head + 1), bytes.data(), bytes.size());
    return UnverifiedMessage(head);
  }
};

std::string_view UnverifiedMessage::bytes() const {
  return std::string_view(reinterpret_cast<const char*>(head_.get() + 1), head_->size);
}

const Digest& UnverifiedMessage::replay_key() const {
  if (!head_->hashed) {
    head_->replay_key = keys::sha256(fields().public_key(), fields().signed_bytes());
    head_->hashed = true;
  }
  return head_->replay_key;
}

VerifiedMessage::VerifiedMessage(UnverifiedMessage&& genuine)
    : held_(std::move(genuine)), commas_(held_.fields().commas()) {}

Refusal replay_refusal(const ReplayGuard& guard, ReplayGuard::Verdict verdict, WallTime expires, const Peer* claimed) {
  if (verdict != ReplayGuard::Verdict::kForgotten) return {RefusalCode::kReplay, "it was received before", claimed, {}};
  const auto span = guard.forgotten().find(expires);
  return {
      .code = RefusalCode::kReplay,
      .reason = "it may be a replay: messages from that time are no longer recorded (was the local clock set back?)",
      .claimed = claimed,
      .forgotten = true,
      .until = span ? span->to : WallTime::min()};
}

Result<UnverifiedMessage, Refusal> screen_message(std::string_view bytes, WallTime arrival,
                                                  const MessagePolicy& policy) {
  const auto claim = read_claim(bytes, policy.peers, VerbCheck::kAllowed);
  if (!claim) return pass_on(claim);
  const auto& [fields, claimed, canonical] = *claim;
  if (const char* reason = other_kind(fields, canonical.reply_wanted)) {
    return refuse(RefusalCode::kFormat, reason, claimed);
  }
  if (const char* reason = policy.filter.refuses(fields, canonical.uuid)) {
    return refuse(RefusalCode::kFiltered, reason, claimed);
  }
  const bool is_late = canonical.time < arrival && !canonical.reply_wanted;
  if (distance(arrival, canonical.time) > (is_late ? policy.window.past : policy.window.future)) {
    return refuse(RefusalCode::kSkew, "clock skew", claimed, offset_of(canonical.time, arrival));
  }

  const std::optional<Digest> key = key_at_once(fields);
  if (key) {
    const WallTime expires = policy.window.end_of(canonical.time);
    const ReplayGuard::Verdict known = policy.guard.look_up(*key, expires);
    if (known != ReplayGuard::Verdict::kNew) {
      return Unexpected<Refusal>(replay_refusal(policy.guard, known, expires, claimed));
    }
  }
  return UnverifiedMessageMaker::make(fields, PeerRef(claimed), arrival, key);
}

Result<UnverifiedMessage, Refusal> screen_reply(std::string_view bytes, WallTime arrival, const ReplyPolicy& policy) {
  const auto fields = wire::Fields::split(bytes);
  if (!fields) return refuse(RefusalCode::kFormat, "it is not in the wire format");

  const Peer* claimed = policy.addressed.find(fields->public_key());
  if (claimed == nullptr) {
    return refuse(RefusalCode::kPeer, "its key belongs to no peer that was asked",
                  policy.known.find(fields->public_key()));
  }

  const auto canonical = read_canonical(*fields, claimed);
  if (!canonical) return pass_on(canonical);
  if (!fields->destination().empty() || fields->verb() != kReplyVerb || canonical->reply_wanted) {
    return refuse(RefusalCode::kFormat, "it is not a reply", claimed);
  }
  if (distance(arrival, canonical->time) > policy.allow_skew) {
    return refuse(RefusalCode::kSkew, "clock skew", claimed, offset_of(canonical->time, arrival));
  }
  const bool bound = canonical->uuid == policy.binding;
  if (!bound && policy.require_bound) {
    return refuse(RefusalCode::kReplay, "it is not bound to this request and require_bound_replies is set", claimed);
  }

  return UnverifiedMessageMaker::make(*fields, PeerRef(claimed), arrival, key_at_once(*fields), bound);
}

Result<UnverifiedMessage, Refusal> screen_question(std::string_view bytes, WallTime arrival,
                                                   const QuestionPolicy& policy) {
  const auto claim = read_claim(bytes, policy.peers, VerbCheck::kNone);
  if (!claim) return pass_on(claim);
  const auto& [fields, claimed, canonical] = *claim;
  const bool asks = canonical.reply_wanted;
  if (!is_question(fields, asks, kWhoPayload) && !is_question(fields, asks, {})) {
    return refuse(RefusalCode::kFormat, "it is not a question", claimed);
  }
  if (const char* reason = policy.filter.refuses(fields, canonical.uuid)) {
    return refuse(RefusalCode::kFiltered, reason, claimed);
  }
  // No replay key: a question has no effect that a copy could repeat, and anybody may send many.
  return UnverifiedMessageMaker::make(fields, PeerRef(claimed), arrival, Digest{});
}

Result<UnverifiedMessage, Refusal> screen_entry(std::string_view bytes, WallTime arrival, const EntryPolicy& policy) {
  const auto claim = read_claim(bytes, policy.peers, VerbCheck::kAllowed);
  if (!claim) return pass_on(claim);
  const auto& [fields, claimed, canonical] = *claim;
  const bool of_lock = fields.verb() == lock_key::kVerb || fields.verb() == lock_key::verb_of(policy.lock);
  if (!of_lock || fields.destination() != "**" || canonical.reply_wanted) {
    return refuse(RefusalCode::kFormat, "it is not an entry of this lock", claimed);
  }
  if (canonical.uuid != policy.binding)
    return refuse(RefusalCode::kReplay, "it was signed for a different subject", claimed);
  return UnverifiedMessageMaker::make(fields, PeerRef(claimed), arrival, Digest{});
}

CheckedMessage check_signature(UnverifiedMessage message) {
  const char* fault = signature_fault(message);
  if (fault == nullptr) message.replay_key();  // on this thread, whichever it is
  return CheckedMessage(std::move(message), fault);
}

Result<VerifiedMessage, Refusal> accept_message(CheckedMessage checked) {
  if (checked.fault_ != nullptr) return refuse(RefusalCode::kSignature, checked.fault_, checked.claimed().get());
  return VerifiedMessage(std::move(checked.message_));
}

Result<VerifiedReply, Refusal> accept_reply(CheckedMessage checked) {
  if (checked.fault_ != nullptr) return refuse(RefusalCode::kSignature, checked.fault_, checked.claimed().get());
  return VerifiedReply(std::move(checked.message_));
}

Result<VerifiedEntry, Refusal> accept_entry(CheckedMessage checked) {
  if (checked.fault_ != nullptr) return refuse(RefusalCode::kSignature, checked.fault_, checked.claimed().get());
  return VerifiedEntry(std::move(checked.message_));
}

Result<VerifiedQuestion, Refusal> accept_question(CheckedMessage checked) {
  if (checked.fault_ != nullptr) return refuse(RefusalCode::kSignature, checked.fault_, checked.claimed().get());
  return VerifiedQuestion(std::move(checked.message_));
}

}  // namespace remaphore
