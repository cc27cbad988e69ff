// A link to the message bus: subjects, bytes, and the state of the link. Nothing here blocks; events are taken with
// next() after Poller::wait().
//
// The life of a link: kOpen (a server answers: subscribe and publish now, all of it goes out in one piece together
// with the login), kFlushed for each flush(), deliveries, kLost, then kOpen again from the next server, and so on until
// kRefused. Subscriptions, flushes and unflushed publications end with their link: repeat them at the next kOpen.
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

// Unique and increasing among all that one Bus returns, over all its links: a flush also covers what an earlier one
// does. kNone: there was no link.
enum class SubscriptionId : std::uint64_t { kNone = 0 };
enum class FlushId : std::uint64_t { kNone = 0 };

// A message to publish. The subjects have passed subject::check(), the headers header::check(); with headers, their
// block (header::kMaxBlockBytes) and the payload are at most max_payload() bytes together.
struct Outgoing {
  std::string_view subject;
  std::string_view reply_to = {};  // where answers go; empty: none are expected
  std::span<const Header> headers = {};
  std::string_view payload = {};
};

struct BusEvent {
  enum class Kind {
    kOpen,      // write now
    kFlushed,   // the server has processed everything sent before the flush() that returned `flush`
    kDelivery,  // a message for `subscription`
    kDenied,    // the server refused a subscription or publication; the link stays
    kLost,      // no link (any more): `text` says why; the next server is tried automatically
    kRefused,   // `text`: every server refuses us, nothing more will come
  };
  enum class Denied { kUnknown, kSubscription, kPublication };

  Kind kind;
  std::string text = {};         // kDenied, kLost, kRefused: safe to show
  bool maybe_delivered = false;  // kLost: what was published and not flushed since kOpen may have been delivered
  MonotonicTime heard_at = {};   // kLost: when the last byte came; messages may have been missed from then on

  FlushId flush = FlushId::kNone;

  Denied denied = Denied::kUnknown;
  std::string denied_subject = {};  // empty if the server does not name one

  // For a delivery. The views are valid until the next call of any function of this Bus.
  SubscriptionId subscription = SubscriptionId::kNone;
  WallTime arrival = {};             // when the bytes were read, before any processing
  std::string_view subject = {};     // empty if too long
  std::string_view reply_to = {};    // empty unless it has passed subject::check()
  int status = 0;                    // not 0: the server's own status, such as 503 for "no responders"
  std::vector<Header> headers = {};  // empty if they are malformed or too many
  std::string_view payload = {};
};

class Bus {
 public:
  virtual ~Bus() = default;

  // Starts connecting to the first server; returns at once.
  virtual void connect() = 0;

  // From kOpen to kLost only. A subject to subscribe to has passed subject::check(), or is such a subject followed by
  // `.*`, which stands for any last part. After unsubscribe() no more deliveries come for that id.
  virtual SubscriptionId subscribe(std::string_view subject) = 0;
  virtual void unsubscribe(SubscriptionId id) = 0;
  virtual void publish(const Outgoing& message) = 0;
  virtual FlushId flush() = 0;
  virtual std::size_t unsent() const = 0;  // bytes that the link has not taken yet: a bulk sender waits for 0

  // More has arrived than next() has returned: the batch is exhausted, not the socket.
  virtual bool has_unread() const = 0;

  // As announced by the server of the last kOpen.
  virtual std::size_t max_payload() const = 0;        // bytes
  virtual std::string_view inbox_prefix() const = 0;  // nats/inbox.h; empty: no user key at this server
  virtual bool has_streams() const { return true; }   // false: this server keeps none; one behind it may
  virtual bool in_cluster() const { return false; }   // other servers need some time to learn of a subscription

  // The next event, in order. nullopt: none now, wait. Deliveries come in bounded batches, so that a flood cannot keep
  // the caller from its other work.
  virtual std::optional<BusEvent> next() = 0;
};

}  // namespace remaphore
