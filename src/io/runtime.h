// The parts of a run with a connection: the clock, the loop with the link to the servers, and the threads that sign
// many messages and check many signatures.
#pragma once

#include <utility>

#include "io/event_loop.h"
#include "io/nats_connection.h"
#include "io/signals.h"
#include "io/system_clock.h"
#include "io/worker_threads.h"
#include "ports/bus_ports.h"

namespace remaphore {

// The parts refer to each other: it must not be moved. Others add their own sources to the loop.
struct Runtime {
  Runtime(NatsOptions options, Signals& signals) : bus(std::move(options), clock), loop(signals) {
    loop.add(bus);
    loop.add(workers);
  }
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  BusPorts ports(Log& log) { return {.bus = bus, .clock = clock, .poller = loop, .log = log, .workers = &workers}; }

  const SystemClock clock;
  NatsConnection bus;
  WorkerThreads workers;
  EventLoop loop;
};

}  // namespace remaphore
