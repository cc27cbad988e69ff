// remaphore -s: send one message without waiting for an answer.
#pragma once

#include "app/publisher.h"
#include "core/exit_status.h"
#include "ports/poller.h"

namespace remaphore {

// kOk once a server has confirmed the message, else kFailure. A stop signal ends it early; the caller then dies of it.
ExitStatus send(const SendOptions& options, Bus& bus, const Clock& clock, Poller& poller, Log& log);

// The --json object for a message that was sent: a line with its newline.
std::string sent_record(const SendOptions& options);

}  // namespace remaphore
