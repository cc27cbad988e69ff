// A listener that joins late: reads from a stream the messages that it missed before it started or while its link was
// lost. They are read once the subscription is confirmed, so that there is no gap, and handed to the inbound queue,
// where live messages wait meanwhile. Storing lags behind delivery, so it looks again a second later.
//
// If the stream cannot be read, a listener that was never subscribed is refused for good; any other is reported as cut
// off, receives live messages only, and tries again.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "app/bus_dispatch.h"
#include "app/inbound_queue.h"
#include "app/stream_client.h"
#include "app/subscription_status.h"
#include "base/ascending_map.h"
#include "base/deadline.h"
#include "jetstream/stream_reader.h"
#include "ports/clock.h"
#include "ports/log.h"

namespace remaphore {

class LateJoin : public BusClient {
 public:
  struct Options {
    std::string stream;
    std::string subject;  // of the messages, checked
    Duration since;       // --since
    Duration allow_skew;
  };
  // They must outlive it. Attach it after both clients.
  struct Ports {
    StreamClient& streams;
    SubscriptionStatus& subscription;
    InboundQueue& inbound;
    const Clock& clock;
    Log& log;
  };
  LateJoin(Options options, const Ports& ports);

  // Call in each turn of the loop.
  void step();
  // When there is work even if nothing happens.
  Deadline wake_at() const;

  // Everything that was missed has been handed over, and live messages flow.
  bool is_done() const { return phase_ == Phase::kThrough; }
  // The messages kept at the start have been handed over once.
  bool has_read_once() const { return read_once_; }

  void flushed(FlushId id) override;
  void lost(const LinkLost& loss) override;

 private:
  enum class Phase { kWaiting, kReading, kThrough, kFailed };
  static constexpr Duration kSecondLook = std::chrono::seconds(1);
  static constexpr Duration kTimeout = std::chrono::seconds(2);  // for an answer
  static constexpr Duration kTimeoutBehind =
      std::chrono::seconds(1);                                 // for the first one, if the server itself has no streams
  static constexpr Duration kRetry = std::chrono::seconds(1);  // after a failure
  static constexpr Duration kMargin = std::chrono::minutes(1);  // between clocks, at the beginning of a gap
  static constexpr int kMaxSilences = 5;                        // in a row, of a server that is there
  static constexpr int kFirstSilences = 1;                      // the same before its first answer

  struct Asked {
    jetstream::StreamReader::Ticket ticket;
    bool is_info;
  };
  // What belongs to one reading of the stream: replaced whole.
  struct Reading {
    Reading(jetstream::StreamReader::Options options, MonotonicTime now)
        : reader(std::move(options)), second_look_at(now + kSecondLook) {}

    jetstream::StreamReader reader;
    MonotonicTime second_look_at;
    AscendingMap<StreamClient::Ticket, Asked> asked;
    bool crowded = false;  // the inbound queue takes no more at the moment
    bool looked_again = false;
    bool info_seen = false;
    int silences = 0;
    FlushId flush = FlushId::kNone;  // after the last question for INFO
    bool alive = false;              // confirmed
    std::string loss;                // what the stream has lost of the gap
  };
  void open_gap(Duration ago);
  void begin();
  void take_answers();
  void take_failure(const Asked& asked, const jetstream::Failure& failure);
  void ask();
  void hand_over();
  void note_info();
  void look_again_or_end();
  void end();
  void fail(const jetstream::Failure& failure);

  const Options options_;
  const Ports ports_;
  Phase phase_ = Phase::kWaiting;
  std::optional<Reading> reading_;  // in Phase::kReading
  Deadline retry_at_;               // in Phase::kFailed
  bool read_once_ = false;
  bool joined_ = false;  // it was through once
  bool warned_ = false;  // of a stream that keeps less than is asked for

  std::optional<WallTime> gap_;   // what was sent since then may have been missed
  std::uint64_t last_known_ = 0;  // the stream's last sequence when it was last seen
  std::optional<WallTime> created_;
};

}  // namespace remaphore
