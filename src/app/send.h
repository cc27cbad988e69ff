// remaphore -s: send one message without waiting for an answer.
#pragma once

#include <string>

#include "app/publisher.h"
#include "base/json_text.h"
#include "core/exit_status.h"
#include "ports/poller.h"

namespace remaphore {

// kOk once a server has confirmed the message, else kFailure. A stop signal ends it early; the caller then dies of it.
ExitStatus send(const SendOptions& options, Bus& bus, const Clock& clock, Poller& poller, Log& log);

// The --json object for a message that was sent; sent_record() is its line, newline included.
JsonObject sent_json(const SendOptions& options);
inline std::string sent_record(const SendOptions& options) { return sent_json(options).line(); }

}  // namespace remaphore
