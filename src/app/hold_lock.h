// remaphore --lock: waits for a lock, holds it while a command runs, or until a signal or the end of standard input,
// and releases it. If the lock is lost, the command is ended before another node may hold it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/lock.h"
#include "base/deadline.h"
#include "core/config.h"
#include "core/exit_status.h"
#include "ports/boot_alarm.h"
#include "ports/bus.h"
#include "ports/clock.h"
#include "ports/foreground_command.h"
#include "ports/log.h"
#include "ports/poller.h"
#include "ports/record_output.h"
#include "ports/service_status.h"
#include "ports/standard_input.h"
#include "ports/status_view.h"

namespace remaphore {

struct HoldLockOptions {
  LockOptions lock;
  std::vector<std::string> command;  // empty: none
  MonotonicTime started{};           // `wait` and `timeout` count from here
  std::optional<Duration> wait;      // for the lock; zero: not at all
  std::optional<Duration> timeout;   // for everything
  ExitStatus conflict_status = ExitStatus::kNotFree;
  bool json = false;  // without a command: changes of state as objects
};

struct HoldLockPorts {
  Bus& bus;
  const Clock& clock;
  Poller& poller;
  BootAlarm& alarm;
  Log& log;
  RecordOutput& output;
  ForegroundCommand* command;  // if there is one
  const StandardInput* input;  // if there is no command
  StatusView* view;            // nullptr: no terminal, a line says who holds
  std::vector<ServiceStatus*> supervisors;
};

struct HoldLockResult {
  ExitStatus status = ExitStatus::kOk;
  std::optional<ForegroundCommand::End> command;  // how it ended, if that is the status
};
HoldLockResult hold_lock(const HoldLockOptions& options, const Config& config, const HoldLockPorts& ports);

}  // namespace remaphore
