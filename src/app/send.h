// remaphore -s: send one message without waiting for an answer.
#pragma once

#include <string>
#include <string_view>

#include "app/publisher.h"
#include "base/json_text.h"
#include "core/exit_status.h"
#include "ports/bus_ports.h"

namespace remaphore {

// kOk once a server has confirmed the message, else kFailure. A stop signal ends it early; the caller then dies of it.
ExitStatus send(const SendOptions& options, const BusPorts& ports);

// The --json object for a message that was sent; sent_records() has a line for each message, newline included.
JsonObject sent_json(const SendOptions& options, std::string_view destination);
std::string sent_records(const SendOptions& options);

}  // namespace remaphore
