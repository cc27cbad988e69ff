#include "core/trust.h"

#include <utility>

namespace remaphore {
namespace {

constexpr std::string_view kReplyVerb = "reply";

Unexpected<Refusal> refuse(Errc code, const char* reason, const Peer* claimed = nullptr, Duration offset = {}) {
  return Unexpected<Refusal>(Refusal{code, reason, claimed, offset});
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
  if (!time) return refuse(Errc::kFormat, "its time is not in canonical spelling", claimed);
  const auto uuid = wire::parse_uuid(fields.uuid());
  if (!uuid) return refuse(Errc::kFormat, "its uuid is not in canonical spelling", claimed);
  const auto reply_wanted = wire::parse_flag(fields.flag());
  if (!reply_wanted) return refuse(Errc::kFormat, "its flag is neither Q nor _", claimed);
  return Canonical{*time, *uuid, *reply_wanted};
}

Candidate make_candidate(const wire::Fields& fields, const Peer* claimed, WallTime arrival, WallTime time,
                         Duration allow_skew) {
  return Candidate{.bytes = std::string(fields.bytes()),
                   .commas = fields.commas(),
                   .claimed = claimed,
                   .arrival = arrival,
                   .expires = add_saturating(time, allow_skew),
                   .replay_key = keys::sha256(fields.public_key(), fields.signed_bytes())};
}

// Check 8. nullptr, or why not.
const char* signature_fault(const Candidate& candidate) {
  const wire::Fields fields = candidate.fields();
  const auto signature = keys::signature_from_base58(fields.signature());
  if (!signature) return "its signature is not base58 of 64 bytes";
  const auto key = keys::public_key_from_base58(candidate.claimed->public_key);
  if (!key || !keys::verify(*key, *signature, fields.signed_bytes())) return "its signature is wrong";
  return nullptr;
}

}  // namespace

VerifiedMessage::VerifiedMessage(Candidate&& candidate)
    : bytes_(std::move(candidate.bytes)),
      commas_(candidate.commas),
      sender_(candidate.claimed),
      arrival_(candidate.arrival) {}

VerifiedReply::VerifiedReply(Candidate&& candidate)
    : bytes_(std::move(candidate.bytes)),
      commas_(candidate.commas),
      sender_(candidate.claimed),
      arrival_(candidate.arrival),
      key_(candidate.replay_key),
      bound_(candidate.bound) {}

Result<Candidate, Refusal> screen_message(std::string_view bytes, WallTime arrival, const MessagePolicy& policy) {
  const auto fields = wire::Fields::split(bytes);
  if (!fields) return refuse(Errc::kFormat, "it is not of the wire format");

  const Peer* claimed = policy.peers.find(fields->public_key());
  if (claimed == nullptr) return refuse(Errc::kPeer, "its key belongs to no configured peer");
  if (!claimed->verbs.allows(fields->verb())) return refuse(Errc::kPeer, "the peer may not use its verb", claimed);

  const auto canonical = read_canonical(*fields, claimed);
  if (!canonical) return Unexpected<Refusal>(canonical.error());
  if (fields->destination().empty() && fields->verb() == kReplyVerb) {
    return refuse(Errc::kFormat, "it is a reply, not a message", claimed);
  }

  if (const char* reason = policy.filter.refuses(*fields, canonical->uuid)) {
    return refuse(Errc::kFiltered, reason, claimed);
  }
  if (distance(arrival, canonical->time) > policy.allow_skew) {
    return refuse(Errc::kSkew, "clock skew", claimed, offset_of(canonical->time, arrival));
  }

  Candidate candidate = make_candidate(*fields, claimed, arrival, canonical->time, policy.allow_skew);
  if (policy.guard.look_up(candidate.replay_key, candidate.expires) != ReplayGuard::Verdict::kNew) {
    return refuse(Errc::kReplay, "it was received before", claimed);
  }
  return candidate;
}

Result<Candidate, Refusal> screen_reply(std::string_view bytes, WallTime arrival, const ReplyPolicy& policy) {
  const auto fields = wire::Fields::split(bytes);
  if (!fields) return refuse(Errc::kFormat, "it is not of the wire format");

  const Peer* claimed = policy.addressed.find(fields->public_key());
  if (claimed == nullptr) {
    return refuse(Errc::kPeer, "its key belongs to no peer that was asked", policy.known.find(fields->public_key()));
  }

  const auto canonical = read_canonical(*fields, claimed);
  if (!canonical) return Unexpected<Refusal>(canonical.error());
  if (!fields->destination().empty() || fields->verb() != kReplyVerb || canonical->reply_wanted) {
    return refuse(Errc::kFormat, "it is not a reply", claimed);
  }
  if (distance(arrival, canonical->time) > policy.allow_skew) {
    return refuse(Errc::kSkew, "clock skew", claimed, offset_of(canonical->time, arrival));
  }
  const bool bound = canonical->uuid == policy.binding;
  if (!bound && policy.require_bound) {
    return refuse(Errc::kReplay, "it is not bound to this request and require_bound_replies is set", claimed);
  }

  Candidate candidate = make_candidate(*fields, claimed, arrival, canonical->time, policy.allow_skew);
  candidate.bound = bound;
  return candidate;
}

Result<VerifiedMessage, Refusal> verify_message(Candidate candidate) {
  if (const char* fault = signature_fault(candidate)) return refuse(Errc::kSignature, fault, candidate.claimed);
  return VerifiedMessage(std::move(candidate));
}

Result<VerifiedReply, Refusal> verify_reply(Candidate candidate) {
  if (const char* fault = signature_fault(candidate)) return refuse(Errc::kSignature, fault, candidate.claimed);
  return VerifiedReply(std::move(candidate));
}

}  // namespace remaphore
