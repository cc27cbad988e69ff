// remaphore -s --stored: sends one message, and waits until a stream has it.
#pragma once

#include <optional>
#include <string>

#include "app/publisher.h"
#include "jetstream/answer.h"
#include "ports/poller.h"

namespace remaphore {

// Ports as of send(); they must outlive the call.
struct StoredSendPorts {
  Bus& bus;
  const Clock& clock;
  Poller& poller;
  Log& log;
};

// Where `stream` keeps the message; nullopt: the reason why it does not, or may not, has been logged. After a link that
// was lost before the answer, the same bytes are sent again until the timeout: the stream drops the second copy by its
// Nats-Msg-Id, which is the hash of the message.
std::optional<jetstream::Acknowledgement> send_stored(const SendOptions& options, const std::string& stream,
                                                      const StoredSendPorts& ports);

// The --json object for a message that is kept: a line with its newline.
std::string stored_record(const SendOptions& options, const jetstream::Acknowledgement& kept);

}  // namespace remaphore
