// A link to the message bus: subjects, bytes, and the state of the link. Nothing here blocks; events are taken with
// next() after Poller::wait().
//
// The life of a link: LinkOpen (a server answers: subscribe and publish now, all of it goes out in one piece together
// with the login), Flushed for each flush(), deliveries, LinkLost, then LinkOpen again from the next server, and so on
// until LinkRefused. Subscriptions, flushes and unflushed publications end with their link: repeat them at the next
// LinkOpen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

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

// ---- events

// There is a link: write now.
struct LinkOpen {};

// The server has processed everything sent before the flush() that returned `id`.
struct Flushed {
  FlushId id = FlushId::kNone;
};

// A message for a subscription. Its views are valid until the next call of any function of the Bus.
struct Delivery {
  SubscriptionId subscription = SubscriptionId::kNone;
  WallTime arrival = {};                 // when the bytes were read, before any processing
  std::string_view subject = {};         // empty if too long
  std::string_view reply_to = {};        // empty unless it has passed subject::check()
  int status = 0;                        // not 0: the server's own status, such as 503 for "no responders"
  std::span<const Header> headers = {};  // empty if they are malformed or too many
  std::string_view payload = {};
};

// The server refused a subscription or publication; the link stays.
struct Denial {
  enum class Of { kUnknown, kSubscription, kPublication };
  Of of = Of::kUnknown;
  std::string subject = {};  // empty if the server does not name one
  std::string text = {};     // safe to show
};

// There is no link (any more); the next server is tried automatically.
struct LinkLost {
  std::string reason = {};       // safe to show
  bool maybe_delivered = false;  // what was published and not flushed since LinkOpen may have been delivered
  MonotonicTime heard_at = {};   // when the last byte came; messages may have been missed from then on
};

// Every server refuses us, nothing more will come.
struct LinkRefused {
  std::string reason = {};  // safe to show
};

using BusEvent = std::variant<LinkOpen, Flushed, Delivery, Denial, LinkLost, LinkRefused>;

class Bus {
 public:
  virtual ~Bus() = default;

  // Starts connecting to the first server; returns at once.
  virtual void connect() = 0;

  // To be called from LinkOpen to LinkLost only. A subject to subscribe to has passed subject::check(), or is such a
  // subject and `.*`, which stands for any last part. After unsubscribe() no more deliveries come for that id.
  virtual SubscriptionId subscribe(std::string_view subject) = 0;
  virtual void unsubscribe(SubscriptionId id) = 0;
  virtual void publish(const Outgoing& message) = 0;
  virtual FlushId flush() = 0;
  virtual std::size_t unsent() const = 0;  // bytes that the link has not taken yet: a bulk sender waits for 0

  // More has arrived than next() has returned: the batch is exhausted, not the socket.
  virtual bool has_unread() const = 0;

  // What the server of the last LinkOpen announced.
  virtual std::size_t max_payload() const = 0;        // bytes
  virtual std::string_view inbox_prefix() const = 0;  // nats/inbox.h; empty: no user key at this server
  virtual bool has_streams() const { return true; }   // false: this server keeps none; one behind it may
  virtual bool in_cluster() const { return false; }   // other servers need some time to learn of a subscription

  // The next event, in order. nullopt: none now, wait. Deliveries come in bounded batches, so that a flood cannot keep
  // the caller from its other work.
  virtual std::optional<BusEvent> next() = 0;
};

}  // namespace remaphore
