// Which of the messages that it may accept this process wants.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/message.h"
#include "core/wire.h"

namespace remaphore {

struct Filter {
  std::optional<std::string> destination;  // the node we stand for (-d); nullopt: any destination
  bool literal_destination = false;        // -D: a pattern equal to `destination` also matches, wildcards included
  std::optional<Uuid> uuid;
  std::vector<std::string> verbs;         // any of these; empty: any verb
  std::optional<std::string> public_key;  // base58 of the only sender to accept

  // nullptr if the message is for us, else the reason why not, for --verbose.
  const char* refuses(const wire::Fields& fields, const Uuid& message_uuid) const;
};

}  // namespace remaphore
