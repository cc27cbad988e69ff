// remaphore -r: send one message and collect the replies.
#pragma once

#include "app/answer_printer.h"
#include "app/publisher.h"
#include "core/count.h"
#include "core/exit_status.h"
#include "core/reply_tracker.h"
#include "ports/poller.h"
#include "ports/progress.h"
#include "ports/record_output.h"
#include "ports/workers.h"

namespace remaphore {

struct RequestOptions : SendOptions {
  AnswerFormat format = AnswerFormat::kRecords;
  std::optional<Count> require;  // how many of the awaited nodes must succeed; at most as many as there are
};

// The ports of a request; they must outlive the call.
struct RequestPorts {
  Bus& bus;
  const Clock& clock;
  Poller& poller;
  RecordOutput& output;
  Log& log;
  Progress* progress = nullptr;  // nullptr: no display
  Workers* workers = nullptr;    // for a backlog of signature checks
};

// kOk: at least one answer; kNothing: none before -t; kFailure. With `require` it ends as soon as that is met: kOk;
// else kSilent or kCommandFailed. `roster` must not be empty.
ExitStatus request(const RequestOptions& options, const Config& config, ReplyTracker& roster,
                   const RequestPorts& ports);

}  // namespace remaphore
