// remaphore -s --stored: sends one message, or one to each of several nodes, and waits until a stream has them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/publisher.h"
#include "jetstream/answer.h"
#include "ports/bus_ports.h"

namespace remaphore {

// Where `stream` keeps the messages, in their order: each is sent when the one before it is kept. If some are missing,
// the reason has been logged, or a stop signal came. After a link that was lost before the answer, the same bytes are
// sent again until the timeout: the stream drops the second copy by its Nats-Msg-Id, which is the hash of the message.
// `on_record` gets the --json object for each message, as soon as it is kept.
std::vector<jetstream::Acknowledgement> send_stored(const SendOptions& options, const std::string& stream,
                                                    const BusPorts& ports,
                                                    const std::function<void(std::string)>& on_record = {});

}  // namespace remaphore
