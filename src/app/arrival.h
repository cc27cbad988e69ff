// Our own part in a barrier (--arrive): signals that we are there, as often as core/arrival_schedule.h says. Each is
// signed when it is sent.
#pragma once

#include <cstdint>
#include <utility>

#include "app/bus_dispatch.h"
#include "app/publisher.h"
#include "base/deadline.h"
#include "core/arrival_schedule.h"
#include "core/trust.h"
#include "ports/clock.h"
#include "ports/log.h"

namespace remaphore {

class Arrival : public BusClient {
 public:
  // All must outlive it. Only message, identity and subject of the options are used.
  Arrival(const SendOptions& options, const Clock& clock, Log& log) : options_(options), clock_(clock), log_(log) {}

  // Call in each turn: whether our subscription is in effect, and how often it has been confirmed so far.
  void follow(bool active, std::uint64_t times);
  void heard(const VerifiedMessage& message);
  // Signals if that is due. `complete`: all nodes are there.
  void tick(bool complete);
  Deadline next_step(bool complete) const { return schedule_.due(complete); }

  // Whether we have arrived since the last call.
  bool take_arrived() { return ever_confirmed_ && !std::exchange(arrival_taken_, true); }
  // We may leave once all are there: our last signal is confirmed, and we owe no other.
  bool is_settled() const { return confirmed_ && !schedule_.owes_signal(); }
  bool failed() const { return failed_; }  // we may not or cannot signal; the reason has been logged

  void flushed(FlushId id) override;
  void denied(const Denial& denial) override;
  void lost(const LinkLost& loss) override;

 private:
  void fail(std::string_view why);

  const SendOptions& options_;
  const Clock& clock_;
  Log& log_;
  ArrivalSchedule schedule_;
  FlushId flush_ = FlushId::kNone;  // confirms our last signal
  bool confirmed_ = false;          // our last signal
  bool ever_confirmed_ = false;
  bool arrival_taken_ = false;
  std::uint64_t times_ = 0;
  bool failed_ = false;
};

}  // namespace remaphore
