// A link to the message bus: subjects, bytes, and what happens to the link. Nothing here blocks; events are taken with
// next() after Waiter::wait().
//
// The life of a link: kOpen (a server answers: now say what to subscribe and publish, it goes out in one piece together
// with the login), kConfirmed for each confirm(), deliveries, kLost, then kOpen again from the next server, and so on
// until close() or kRefused. Subscriptions and unconfirmed publications do not survive a kLost: say them again.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace remaphore {

struct BusEvent {
  enum class Kind {
    kOpen,       // write now
    kConfirmed,  // the server has processed all that was said before the matching confirm()
    kDelivery,   // `payload`, `arrival`
    kDenied,     // the server refused a subscription or publication: `text`; the link stays
    kLost,       // no link (any more): `text` says why; the next server is tried by itself
    kRefused,    // `text`: every server refuses us, nothing more will come
  };
  Kind kind;
  std::string_view payload;      // valid until the next call of any function of this Bus
  WallTime arrival;              // when the bytes were read, before anything was done with them
  std::string text;              // safe to show
  bool maybe_delivered = false;  // kLost: what was published since kOpen without confirmation may have been delivered
};

class Bus {
 public:
  virtual ~Bus() = default;

  // Starts connecting to the first server; returns at once.
  virtual void connect() = 0;

  // From kOpen to kLost only. Subjects have passed subject::check(), payloads are at most max_payload() bytes.
  virtual void subscribe(std::string_view subject) = 0;
  virtual void publish(std::string_view subject, std::string_view payload) = 0;
  virtual void confirm() = 0;

  virtual std::size_t max_payload() const = 0;  // bytes, as the server of the last kOpen said

  // The next event, in order. nullopt: none now, wait. Deliveries come in bounded portions, so that a flood cannot keep
  // the caller from its other work.
  virtual std::optional<BusEvent> next() = 0;
};

}  // namespace remaphore
