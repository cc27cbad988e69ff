// One contender for a lock over the bus: signs and verifies its entries and lets core/lock_machine decide. Its owner
// runs the loop, and the command.
//
//   kWaiting*, kHeld, [kEndCommand], kOver    or an early kOver, see LockEvent
//
// The owner calls release() when the command has ended, or when it stops waiting (--no-wait: at the first kWaiting;
// --wait; -t; a signal), and then continues until kOver, which comes within kReleaseTime.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/bus_dispatch.h"
#include "base/boot_time.h"
#include "base/deadline.h"
#include "core/config.h"
#include "core/lock_machine.h"
#include "ports/clock.h"
#include "ports/log.h"

namespace remaphore {

struct LockOptions {
  std::string name;          // has passed lock_key::check_name()
  const Identity* identity;  // from lock_key::identity_for()
  LockTerms terms;
};

class Lock {
 public:
  static constexpr Duration kReleaseTime = std::chrono::seconds(2);

  // All must outlive it. It queues as soon as there is a link.
  Lock(LockOptions options, const Config& config, BusDispatch& bus, const Clock& clock, Log& log);
  ~Lock();

  // The next event, in order. Call after each BusDispatch::dispatch(), and when wake() or boot_wake() has passed.
  std::optional<LockEvent> next_event();
  void release();

  // When to call next_event() again if nothing else happens: by the monotonic clock, which stands still while the
  // machine sleeps, and, once held, by the boot-time clock, which has to wake us after a sleep (timerfd).
  Deadline wake() const;
  std::optional<BootTime> boot_wake() const;

  // While it holds; for ForegroundCommand::guard(), whenever they have changed.
  std::optional<LockDeadlines> deadlines() const;
  Duration out_of_touch() const;  // since the last acknowledged refresh was sent

  std::uint64_t ticket() const;  // 0: none yet

 private:
  class Client;
  std::unique_ptr<Client> client_;
};

}  // namespace remaphore
