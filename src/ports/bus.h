// A link to the message bus: subjects, bytes, and what happens to the link. Nothing here blocks; events are taken with
// next() after Poller::wait().
//
// The life of a link: kOpen (a server answers: now say what to subscribe and publish, it goes out in one piece together
// with the login), kFlushed for each flush(), deliveries, kLost, then kOpen again from the next server, and so on until
// kRefused. Subscriptions, flushes and unflushed publications end with their link: say them again at the next kOpen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/header.h"

namespace remaphore {

// Unique among all that one Bus has given out, over all its links, and growing: a flush covers what an earlier one
// does. kNone: there was no link.
enum class SubscriptionId : std::uint64_t { kNone = 0 };
enum class FlushId : std::uint64_t { kNone = 0 };

// What to publish. The subjects have passed subject::check(), the headers header::check(); with headers, their block
// (header::kMaxBlockBytes) and the payload are at most max_payload() bytes together.
struct Outgoing {
  std::string_view subject;
  std::string_view reply_to = {};  // where answers are to go; empty: none are expected
  std::span<const Header> headers = {};
  std::string_view payload = {};
};

struct BusEvent {
  enum class Kind {
    kOpen,      // write now
    kFlushed,   // the server has processed all that was said before the flush() that gave `flush`
    kDelivery,  // a message for `subscription`
    kDenied,    // the server refused a subscription or publication; the link stays
    kLost,      // no link (any more): `text` says why; the next server is tried by itself
    kRefused,   // `text`: every server refuses us, nothing more will come
  };
  enum class Denied { kUnknown, kSubscription, kPublication };

  Kind kind;
  std::string text = {};         // kDenied, kLost, kRefused: safe to show
  bool maybe_delivered = false;  // kLost: what was published and not flushed since kOpen may have been delivered
  MonotonicTime heard_at = {};   // kLost: of the last byte; messages may have been missed from then on

  FlushId flush = FlushId::kNone;

  Denied denied = Denied::kUnknown;
  std::string denied_subject = {};  // empty if the server does not name one

  // Of a delivery. The views are valid until the next call of any function of this Bus.
  SubscriptionId subscription = SubscriptionId::kNone;
  WallTime arrival = {};             // when the bytes were read, before anything was done with them
  std::string_view subject = {};     // empty if it is absurdly long
  std::string_view reply_to = {};    // empty unless it has passed subject::check()
  int status = 0;                    // not 0: the server's own word, such as 503 for "nobody listens there"
  std::vector<Header> headers = {};  // empty if they are malformed or too many
  std::string_view payload = {};
};

class Bus {
 public:
  virtual ~Bus() = default;

  // Starts connecting to the first server; returns at once.
  virtual void connect() = 0;

  // From kOpen to kLost only. A subject to subscribe to has passed subject::check(), or is such a one and `.*`, which
  // stands for any last part. After unsubscribe() no more deliveries come for that id.
  virtual SubscriptionId subscribe(std::string_view subject) = 0;
  virtual void unsubscribe(SubscriptionId id) = 0;
  virtual void publish(const Outgoing& message) = 0;
  virtual FlushId flush() = 0;
  virtual std::size_t unsent() const = 0;  // bytes said that the link has not taken yet: whoever says much waits for 0

  // As the server of the last kOpen said.
  virtual std::size_t max_payload() const = 0;        // bytes
  virtual std::string_view inbox_prefix() const = 0;  // nats/inbox.h; empty: the server knows no user of a key

  // The next event, in order. nullopt: none now, wait. Deliveries come in bounded portions, so that a flood cannot keep
  // the caller from its other work.
  virtual std::optional<BusEvent> next() = 0;
};

}  // namespace remaphore
