// Names -> addresses. Literals and "localhost" need no look-up; any other name is looked up by a thread of its own,
// because getaddrinfo cannot be bounded: whoever waits may go away, the thread then ends by itself.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace remaphore {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

class Resolver {
 public:
  static constexpr std::size_t kMaxAddresses = 16;

  // Starts. done() may be true at once.
  Resolver(const std::string& host, std::uint16_t port);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  int fd() const;  // readable when done; -1 if it was done at once
  bool done() const;
  // Once done. Errc::kConnection, naming the host.
  Result<std::vector<SocketAddress>> take();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;  // with the thread; none if there is no look-up
  std::vector<SocketAddress> literal_;
};

}  // namespace remaphore
