// remaphore -s: send one message and forget it.
#pragma once

#include "app/publisher.h"
#include "core/exit_status.h"
#include "ports/poller.h"

namespace remaphore {

// kOk once a server has confirmed the message, else kFailure. Ended early by a stop signal: the caller dies of it.
ExitStatus send(const SendOptions& options, Bus& bus, const Clock& clock, Poller& poller, Log& log);

// What --json says of a message that was sent: a line with its newline.
std::string sent_record(const SendOptions& options);

}  // namespace remaphore
