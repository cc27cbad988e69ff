// From bytes to a message that may be acted on. Only this module makes VerifiedMessage and VerifiedReply, the only
// types that a command, an output record or a reply tracker takes: unsigned input cannot reach them.
//
// The order of checks is doc/wire-format.md's, cheapest first. It is split so that a busy receiver can do the cheap
// part at once and the signature later: screen_*() is checks 1 to 7, check_signature() is check 8 (pure, free
// of shared state, may run on any thread), accept_*() evaluates its result, ReplayGuard::remember() is check 9.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/time.h"
#include "core/filter.h"
#include "core/peers.h"
#include "core/replay_guard.h"
#include "core/wire.h"

namespace remaphore {

enum class RefusalCode {
  kFormat,     // not in the wire format
  kPeer,       // not from a configured peer, or from one that may not use the verb
  kFiltered,   // valid so far, but not for this process
  kSkew,       // sent too far from our clock
  kReplay,     // received before
  kSignature,  // no valid signature
  kCapacity,   // a documented limit is reached
};

// Why a message was not accepted. Made for every message meant for others, so it holds no text of its own.
struct Refusal {
  RefusalCode code;
  const char* reason;  // static, "it is for a different destination"
  // The peer whose key the message carries, if known; only a claim before the signature check. Owned by its Peers.
  const Peer* claimed = nullptr;
  Duration offset{};       // for kSkew: its TIME minus our clock, saturated
  bool forgotten = false;  // for kReplay: not known to be a copy, but its time lies in a forgotten span
  WallTime until{};        // for `forgotten`: the last TIME + allow_skew in that span
};

// A message or reply that has passed every check but the signature: its sender is not proven yet. Owns its bytes, in
// one allocation with what is known of them, since a backlog holds many.
class UnverifiedMessage {
 public:
  static constexpr std::size_t kOverhead = 96;  // bytes that a queued message takes beyond its own, at most

  std::string_view bytes() const;
  wire::Fields fields() const { return *wire::Fields::split(bytes()); }
  const Peer& claimed() const { return *head_->claimed; }
  const PeerRef& claimed_ref() const { return head_->claimed; }
  WallTime arrival() const { return head_->arrival; }
  // SHA-256(PUB || signed bytes). Of a large message it is computed at the first call, 3 ms for a megabyte: at the
  // latest when its signature has been checked.
  const Digest& replay_key() const;
  bool bound() const { return head_->bound; }        // replies: UUID is the binding to our request
  std::uint32_t& ticket() { return head_->ticket; }  // for the queue that holds it

 private:
  friend struct UnverifiedMessageMaker;
  static constexpr std::uint32_t kSizeBits = (1u << 30) - 1;
  struct Head {
    PeerRef claimed;
    WallTime arrival;
    Digest replay_key;
    std::uint32_t ticket = 0;
    std::uint32_t size : 30;
    std::uint32_t bound : 1;
    std::uint32_t hashed : 1;  // replay_key is set
  };                           // the bytes follow
  struct Free {
    void operator()(Head* head) const {
      head->~Head();
      ::operator delete(head);
    }
  };
  explicit UnverifiedMessage(Head* head) : head_(head) {}
  std::unique_ptr<Head, Free> head_;
};

// An unverified message whose signature was checked, with either result.
class CheckedMessage {
 public:
  const PeerRef& claimed() const { return message_.claimed_ref(); }
  std::size_t size() const { return message_.bytes().size(); }

 private:
  friend CheckedMessage check_signature(UnverifiedMessage message);
  friend Result<class VerifiedMessage, Refusal> accept_message(CheckedMessage checked);
  friend Result<class VerifiedReply, Refusal> accept_reply(CheckedMessage checked);
  friend Result<class VerifiedQuestion, Refusal> accept_question(CheckedMessage checked);
  friend Result<class VerifiedEntry, Refusal> accept_entry(CheckedMessage checked);
  CheckedMessage(UnverifiedMessage message, const char* fault) : message_(std::move(message)), fault_(fault) {}

  UnverifiedMessage message_;
  const char* fault_;  // nullptr: it is genuine
};

// A message signed by a configured peer, who may use its verb.
class VerifiedMessage {
 public:
  const Peer& sender() const { return held_.claimed(); }
  const PeerRef& sender_ref() const { return held_.claimed_ref(); }
  WallTime arrival() const { return held_.arrival(); }
  std::string_view destination() const { return fields().destination(); }
  std::string_view verb() const { return fields().verb(); }
  std::string_view payload() const { return fields().payload(); }
  WallTime time() const { return *wire::parse_time(fields().time()); }
  std::string_view uuid_hex() const { return fields().uuid(); }
  bool reply_wanted() const { return fields().flag() == "Q"; }
  Digest hash() const { return wire::hash(held_.bytes()); }
  const Digest& replay_key() const { return held_.replay_key(); }  // its key in the replay guard
  std::size_t size() const { return held_.bytes().size(); }
  std::uint32_t& ticket() { return held_.ticket(); }  // for the queue that holds it

 private:
  friend Result<VerifiedMessage, Refusal> accept_message(CheckedMessage checked);
  explicit VerifiedMessage(UnverifiedMessage&& genuine);
  wire::Fields fields() const { return wire::Fields(held_.bytes(), commas_); }

  UnverifiedMessage held_;
  wire::Commas commas_;
};

// A reply signed by a peer that this request was addressed to.
class VerifiedReply {
 public:
  const Peer& sender() const { return held_.claimed(); }
  WallTime arrival() const { return held_.arrival(); }
  std::string_view payload() const { return held_.fields().payload(); }
  WallTime time() const { return *wire::parse_time(held_.fields().time()); }
  bool bound() const { return held_.bound(); }              // to our request, under the signature
  const Digest& key() const { return held_.replay_key(); }  // equal for repeats of the same signed bytes

 private:
  friend Result<VerifiedReply, Refusal> accept_reply(CheckedMessage checked);
  explicit VerifiedReply(UnverifiedMessage&& genuine) : held_(std::move(genuine)) {}

  UnverifiedMessage held_;
};

// A --who question, signed by a configured peer at some time: it is only answered, nothing is run for it.
class VerifiedQuestion {
 public:
  const Peer& sender() const { return held_.claimed(); }
  Digest hash() const { return wire::hash(held_.bytes()); }

 private:
  friend Result<VerifiedQuestion, Refusal> accept_question(CheckedMessage checked);
  explicit VerifiedQuestion(UnverifiedMessage&& genuine) : held_(std::move(genuine)) {}

  UnverifiedMessage held_;
};

// An entry of a lock, signed for its one subject at some time by a configured peer that may take the lock.
class VerifiedEntry {
 public:
  const Peer& sender() const { return held_.claimed(); }
  std::string_view payload() const { return held_.fields().payload(); }

 private:
  friend Result<VerifiedEntry, Refusal> accept_entry(CheckedMessage checked);
  explicit VerifiedEntry(UnverifiedMessage&& genuine) : held_(std::move(genuine)) {}

  UnverifiedMessage held_;
};

// Which TIMEs are accepted, relative to the arrival: from `past` before it to `future` after it, both inclusive.
struct Window {
  template <class Rep, class Period>
  Window(std::chrono::duration<Rep, Period> allow_skew) : Window(allow_skew, Duration(0)) {}
  // --since: messages count that were sent up to that long ago.
  Window(Duration allow_skew, Duration since)
      : past(since > Duration::max() - allow_skew ? Duration::max() : since + allow_skew), future(allow_skew) {}

  // The time until which a message of this TIME can be accepted.
  WallTime end_of(WallTime time) const { return add_saturating(time, past); }

  Duration past, future;
};

// How to judge a message on the broadcast subject. All referenced objects outlive it.
struct MessagePolicy {
  const Peers& peers;
  const Filter& filter;
  Window window;  // requests count within its future side only, before and after: nobody waits for an older one
  const ReplayGuard& guard;
};
// Why the guard rejects a message that can be accepted until `expires`: kSeen or kForgotten.
Refusal replay_refusal(const ReplayGuard& guard, ReplayGuard::Verdict verdict, WallTime expires, const Peer* claimed);
// Refuses replies, --who questions and lock entries, which peers sign for other subjects.
Result<UnverifiedMessage, Refusal> screen_message(std::string_view bytes, WallTime arrival,
                                                  const MessagePolicy& policy);

// How to judge a message on the reply subject of one request.
struct ReplyPolicy {
  const Peers& addressed;  // the peers that the request was addressed to
  const Peers& known;      // all configured peers, to name one that was not asked
  Uuid binding;            // Uuid::from_hash of the request
  bool require_bound;
  Duration allow_skew;
};
Result<UnverifiedMessage, Refusal> screen_reply(std::string_view bytes, WallTime arrival, const ReplyPolicy& policy);

// How to judge a --who question: any peer may ask, at any time. Its payload is
// kWhoPayload, which screen_message() refuses, or empty, which is a request elsewhere.
struct QuestionPolicy {
  const Peers& peers;
  const Filter& filter;
};
Result<UnverifiedMessage, Refusal> screen_question(std::string_view bytes, WallTime arrival,
                                                   const QuestionPolicy& policy);

// How to judge a lock entry: its TIME does not matter, because its watchers measure time themselves.
struct EntryPolicy {
  const Peers& peers;
  std::string_view lock;  // its name
  Uuid binding;           // lock_key::binding() of the subject it was found on
};
Result<UnverifiedMessage, Refusal> screen_entry(std::string_view bytes, WallTime arrival, const EntryPolicy& policy);

// Check 8, some 50 µs; of a large genuine message also what check 7 put off. Pass its result to accept_*().
CheckedMessage check_signature(UnverifiedMessage message);
Result<VerifiedMessage, Refusal> accept_message(CheckedMessage checked);
Result<VerifiedReply, Refusal> accept_reply(CheckedMessage checked);
Result<VerifiedQuestion, Refusal> accept_question(CheckedMessage checked);
Result<VerifiedEntry, Refusal> accept_entry(CheckedMessage checked);

inline Result<VerifiedMessage, Refusal> verify_message(UnverifiedMessage message) {
  return accept_message(check_signature(std::move(message)));
}
inline Result<VerifiedReply, Refusal> verify_reply(UnverifiedMessage message) {
  return accept_reply(check_signature(std::move(message)));
}
inline Result<VerifiedEntry, Refusal> verify_entry(UnverifiedMessage message) {
  return accept_entry(check_signature(std::move(message)));
}
inline Result<VerifiedQuestion, Refusal> verify_question(UnverifiedMessage message) {
  return accept_question(check_signature(std::move(message)));
}

}  // namespace remaphore
