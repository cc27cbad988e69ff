// The work of `hub` between the start of its server and "Ready": waits until the server answers, and creates the
// streams.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/server_address.h"
#include "fleet/provisioner.h"
#include "io/event_loop.h"
#include "io/nats_connection.h"
#include "io/system_clock.h"

namespace remaphore::fleet {

class Preparation : public EventSource {
 public:
  // A single server that has not answered by then will not; the servers of a cluster wait for each other.
  static constexpr Duration kTimeout = std::chrono::seconds(30);
  static constexpr Duration kReportDelay = std::chrono::seconds(3);  // before it says what it waits for

  // `folder`: the fleet's; `listen_address`: where its server listens.
  Preparation(std::string folder, ServerAddress listen_address);

  // Rereads the fleet. Without its secrets, as on a machine that has only a copy of the server's config, the server
  // need only listen, and notes() has what is left to do.
  Result<void> begin();
  bool under_way() const { return under_way_; }
  void turn();
  std::optional<MonotonicTime> wake_at() const;
  void end();

  bool done() const { return under_way_ && provisioner_->done(); }
  const std::optional<Error>& failure() const { return failure_; }
  // What has changed, for people.
  const std::vector<std::string>& notes() const { return notes_; }
  // What it is waiting for, returned once if that takes long; empty: nothing to report now.
  std::string take_wait_reason();

  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

 private:
  const std::string folder_;
  const ServerAddress address_;
  const SystemClock clock_;
  bool under_way_ = false;
  bool alone_ = true;  // not one of several servers
  MonotonicTime begun_{};
  bool reported_wait_ = false;
  std::optional<NatsConnection> connection_;
  std::optional<Provisioner> provisioner_;  // over connection_
  std::optional<Error> failure_;
  std::vector<std::string> notes_;
};

}  // namespace remaphore::fleet
