// What a requester is asked to do, and the ports that it needs.
#pragma once

#include <optional>

#include "app/answer_printer.h"
#include "app/publisher.h"
#include "core/portion.h"
#include "core/rounds.h"
#include "ports/answer_store.h"
#include "ports/bus.h"
#include "ports/clock.h"
#include "ports/log.h"
#include "ports/poller.h"
#include "ports/progress.h"
#include "ports/record_output.h"
#include "ports/workers.h"

namespace remaphore {

// `names`: if there are any, they are the destinations of all awaited nodes.
struct RequestOptions : SendOptions {
  AnswerFormat format = AnswerFormat::kRecords;
  std::optional<Portion> require;  // how many of the awaited nodes must succeed; at most as many as there are
  RoundRules rounds = {};          // with a batch there are `names`

  bool has_names() const { return !names.empty(); }
  bool in_rounds() const { return !rounds.batch.empty(); }
};

// The ports of a request; they must outlive it.
struct RequestPorts {
  Bus& bus;
  const Clock& clock;
  Poller& poller;
  RecordOutput& output;
  Log& log;
  Progress* progress = nullptr;    // nullptr: no display
  Workers* workers = nullptr;      // for many signatures, and for a backlog of checks
  AnswerStore* answers = nullptr;  // keeps each node's answer; nullptr: nowhere
};

}  // namespace remaphore
