// From bytes to a message that may be acted on. The only maker of VerifiedMessage and VerifiedReply, which are the only
// types that a script, an output record or a roster takes: unsigned input cannot reach them.
//
// The order of checks is doc/wire-format.md's, cheapest first. It is cut in two so that a busy receiver can do the cheap
// part at once and the signature when its turn comes: screen_*() is checks 1 to 7, verify_*() is check 8 (pure, free of
// shared state, may run on any thread), ReplayGuard::remember() is check 9.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/filter.h"
#include "core/peers.h"
#include "core/replay_guard.h"
#include "core/result.h"
#include "core/time.h"
#include "core/wire.h"

namespace remaphore {

// Why a message was not accepted. Made for every bystander message, so it holds no text of its own.
struct Refusal {
  Errc code;                      // kFormat, kPeer, kFiltered, kSkew, kReplay, kSignature or kCapacity
  const char* reason;             // static, "it is for another destination"
  const Peer* claimed = nullptr;  // whose key the message carries, if known; before kSignature passed, only a claim
  Duration offset{};              // for kSkew: its TIME minus our clock, saturated
};

// A message or reply that has passed every check but the signature: still nobody's. Owns its bytes.
struct Candidate {
  std::string bytes;
  wire::Commas commas;
  const Peer* claimed;
  WallTime arrival;
  WallTime expires;   // TIME + allow_skew
  Digest replay_key;  // SHA-256(PUB || signed bytes)
  bool bound = false;  // replies: UUID is the binding to our request

  wire::Fields fields() const { return wire::Fields(bytes, commas); }
};

// A message signed by a configured peer, who may use its verb.
class VerifiedMessage {
 public:
  const Peer& sender() const { return *sender_; }
  WallTime arrival() const { return arrival_; }
  std::string_view destination() const { return fields().destination(); }
  std::string_view verb() const { return fields().verb(); }
  std::string_view payload() const { return fields().payload(); }
  WallTime time() const { return *wire::parse_time(fields().time()); }
  std::string_view uuid_hex() const { return fields().uuid(); }
  bool reply_wanted() const { return fields().flag() == "Q"; }
  Digest hash() const { return wire::hash(bytes_); }
  std::size_t size() const { return bytes_.size(); }

 private:
  friend Result<VerifiedMessage, Refusal> verify_message(Candidate candidate);
  explicit VerifiedMessage(Candidate&& candidate);
  wire::Fields fields() const { return wire::Fields(bytes_, commas_); }

  std::string bytes_;
  wire::Commas commas_;
  const Peer* sender_;
  WallTime arrival_;
};

// A reply signed by a peer that this request was addressed to.
class VerifiedReply {
 public:
  const Peer& sender() const { return *sender_; }
  WallTime arrival() const { return arrival_; }
  std::string_view payload() const { return wire::Fields(bytes_, commas_).payload(); }
  bool bound() const { return bound_; }  // to our request, under the signature
  const Digest& key() const { return key_; }  // equal for repeats of the same signed bytes

 private:
  friend Result<VerifiedReply, Refusal> verify_reply(Candidate candidate);
  explicit VerifiedReply(Candidate&& candidate);

  std::string bytes_;
  wire::Commas commas_;
  const Peer* sender_;
  WallTime arrival_;
  Digest key_;
  bool bound_;
};

// What a message on the broadcast subject is judged by. All referenced objects outlive it.
struct MessagePolicy {
  const Peers& peers;
  const Filter& filter;
  Duration allow_skew;
  const ReplayGuard& guard;
};
Result<Candidate, Refusal> screen_message(std::string_view bytes, WallTime arrival, const MessagePolicy& policy);
Result<VerifiedMessage, Refusal> verify_message(Candidate candidate);

// What a message on the reply subject of one request is judged by.
struct ReplyPolicy {
  const Peers& addressed;  // the peers that the request was addressed to
  const Peers& known;      // all that are configured, to name an uninvited one
  Uuid binding;            // Uuid::from_hash of the request
  bool require_bound;
  Duration allow_skew;
};
Result<Candidate, Refusal> screen_reply(std::string_view bytes, WallTime arrival, const ReplyPolicy& policy);
Result<VerifiedReply, Refusal> verify_reply(Candidate candidate);

}  // namespace remaphore
