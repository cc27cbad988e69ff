// What an operation over the bus needs from outside.
#pragma once

#include "ports/bus.h"
#include "ports/clock.h"
#include "ports/log.h"
#include "ports/poller.h"
#include "ports/workers.h"

namespace remaphore {

// They must outlive the operation.
struct BusPorts {
  Bus& bus;
  const Clock& clock;
  Poller& poller;
  Log& log;
  Workers* workers = nullptr;  // for many signatures, and for a backlog of checks
};

}  // namespace remaphore
