// Which process listens on a TCP port of this machine, as far as /proc shows.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace remaphore::fleet {

struct PortOwner {
  std::string user;     // its name, or the number
  pid_t process = 0;    // 0: we may not see it
  std::string program;  // its name, at most 15 bytes; empty if `process` is 0

  std::string text() const;  // for people
};

// The first listener on the port, whatever its address. Nothing if there is none.
std::optional<PortOwner> find_port_owner(std::uint16_t port);

}  // namespace remaphore::fleet
