// What a listener is asked to do, and the ports that it needs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "app/delay_queue.h"
#include "app/inbound_queue.h"
#include "app/publisher.h"
#include "app/reply_queue.h"
#include "core/filter.h"
#include "core/goal.h"
#include "core/presence.h"
#include "ports/barrier_view.h"
#include "ports/bus.h"
#include "ports/clock.h"
#include "ports/command_runner.h"
#include "ports/config_updates.h"
#include "ports/log.h"
#include "ports/poller.h"
#include "ports/record_output.h"
#include "ports/service_status.h"
#include "ports/workers.h"

namespace remaphore {

// --since: messages from a stream count too.
struct KeptOptions {
  std::string stream;
  Duration since;
  bool newest = false;  // --last
};

struct ListenOptions {
  Filter filter;
  std::string subject;               // to listen on, checked
  std::vector<std::string> command;  // empty: print payloads
  PayloadAs payload = PayloadAs::kArgument;
  std::size_t jobs = 1;                    // commands at a time, at least 1
  StartDelay delay;                        // before a message is printed or its command started
  std::optional<Duration> script_timeout;  // for each command
  Duration grace{};                        // for running commands to end by themselves, once we were asked to stop
  std::optional<Presence> presence;        // the reply to presence questions; counts are filled in
  Goal goal;                               // what ends the wait
  std::optional<SendOptions> arrival;      // --arrive: our own signal; only message, identity and subject are used
  bool pass_exit_status = false;           // end with the exit status of the command that was run last, if one was
  bool json = false;                       // an object for each message, also for those that a command is run for
  std::optional<Duration> timeout;         // -t: connecting included; zero or none: no bound
  std::optional<MonotonicTime> started;    // when -t began; nullopt: at the call
  std::optional<KeptOptions> kept;
  InboundQueue::Limits limits;
  std::size_t reply_bytes =
      ReplyQueue::kCrowded;  // of replies that the server has not confirmed: above this, messages wait

  // Whether it ends after one message, and runs one command.
  bool waits_for_one() const { return goal.is_first_match(); }
};

// The ports of a listener; they must outlive it.
struct ListenPorts {
  Bus& bus;
  const Clock& clock;
  Poller& poller;
  CommandRunner& commands;
  RecordOutput& output;
  Log& log;
  InboundQueue::Records records = {};
  std::vector<ServiceStatus*> supervisors = {};
  Workers* workers = nullptr;  // for a backlog of signature checks
  ConfigUpdates* updates = nullptr;
  BarrierView* view = nullptr;  // of a barrier; nullptr: no display
};

}  // namespace remaphore
