// remaphore without -s and -r: receive messages, print them or run a command for each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/intake.h"
#include "app/outbox.h"
#include "core/config.h"
#include "core/exit_status.h"
#include "core/filter.h"
#include "ports/bus.h"
#include "ports/clock.h"
#include "ports/command_runner.h"
#include "ports/log.h"
#include "ports/record_output.h"
#include "ports/service_status.h"
#include "ports/waiter.h"
#include "ports/workers.h"

namespace remaphore {

struct ListenOptions {
  Filter filter;
  std::string subject;                     // to listen on, checked
  std::vector<std::string> command;        // empty: print payloads
  bool payload_on_stdin = false;           // of the command, instead of an argument
  std::size_t jobs = 1;                    // commands at a time, at least 1
  std::optional<Duration> script_timeout;  // for each command
  bool once = false;                       // end after the first match
  bool pass_exit_status = false;           // with `once` and a command: end with the command's exit status
  bool json = false;                       // an object for each message, also for those that a command is run for
  std::optional<Duration> timeout;         // -t: connecting included; zero or none: no bound
  Intake::Limits limits;
  std::size_t reply_bytes = Outbox::kCrowded;  // of replies that the server has not confirmed: beyond, messages wait
};

// What the ports of a listener are; they outlive the call.
struct ListenPorts {
  Bus& bus;
  const Clock& clock;
  Waiter& waiter;
  CommandRunner& scripts;
  RecordOutput& output;
  Log& log;
  Intake::Records records = {};
  std::vector<ServiceStatus*> supervisors = {};
  Workers* workers = nullptr;  // for a backlog of signature checks
};

// kOk: a message was received (with `once`, and its command could be started, else kFailure); kNothing: none before the
// timeout, or with `once` none that could be passed to the command; kFailure: never subscribed before the timeout,
// refused for good, standard output failed, or a bound was reached and good messages had to be refused. With
// `pass_exit_status` any other status may be the command's.
ExitStatus listen(const ListenOptions& options, const Config& config, const ListenPorts& ports);

}  // namespace remaphore
