// remaphore -s: send one message without waiting for an answer.
#pragma once

#include <string>
#include <string_view>

#include "app/publisher.h"
#include "base/json_text.h"
#include "core/exit_status.h"
#include "ports/poller.h"
#include "ports/workers.h"

namespace remaphore {

// kOk once a server has confirmed the message, else kFailure. A stop signal ends it early; the caller then dies of it.
// `workers`: for many signatures.
ExitStatus send(const SendOptions& options, Bus& bus, const Clock& clock, Poller& poller, Log& log,
                Workers* workers = nullptr);

// The --json object for a message that was sent; sent_records() has a line for each message, newline included.
JsonObject sent_json(const SendOptions& options, std::string_view destination);
std::string sent_records(const SendOptions& options);

}  // namespace remaphore
