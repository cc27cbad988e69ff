// remaphore -r: send one message, or one to each of several nodes, in rounds if asked for, and collect the replies.
#pragma once

#include "app/answer_printer.h"
#include "app/publisher.h"
#include "core/count.h"
#include "core/exit_status.h"
#include "core/reply_tracker.h"
#include "core/rounds.h"
#include "ports/answer_store.h"
#include "ports/poller.h"
#include "ports/progress.h"
#include "ports/record_output.h"
#include "ports/workers.h"

namespace remaphore {

// `names`: if there are any, they are the destinations of all awaited nodes.
struct RequestOptions : SendOptions {
  AnswerFormat format = AnswerFormat::kRecords;
  std::optional<Count> require;  // how many of the awaited nodes must succeed; at most as many as there are
  RoundRules rounds = {};        // with a batch there are `names`
};

// The ports of a request; they must outlive the call.
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

// kOk: at least one answer; kNothing: none before -t; kFailure. With `require` it ends as soon as that is met (in
// rounds: after the last round): kOk; else kSilent or kCommandFailed. kStopped: it ended before all were asked.
// `roster` must not be empty; afterwards it tells who was not asked.
ExitStatus request(const RequestOptions& options, const Config& config, ReplyTracker& roster,
                   const RequestPorts& ports);

}  // namespace remaphore
