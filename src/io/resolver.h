// Names -> addresses. Literals and "localhost" need no look-up. Any other name is looked up by a thread of its own,
// because getaddrinfo has no timeout: if the caller stops waiting, the thread ends on its own.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace remaphore {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  static std::optional<SocketAddress> parse(const std::string& literal);
  void set_port(std::uint16_t port);
  std::string host() const;  // 127.0.0.1, 2001:db8::1
};

class Resolver {
 public:
  static constexpr std::size_t kMaxAddresses = 16;

  struct Found {
    int error = 0;  // of getaddrinfo
    std::vector<SocketAddress> addresses = {};
  };
  using LookUp = std::function<Found(const std::string& host)>;  // may block; called on another thread
  static Found ask_system(const std::string& host);              // getaddrinfo

  // Starts the look-up. done() may be true at once.
  explicit Resolver(const std::string& host, LookUp look_up = ask_system);

  int fd() const;  // readable when done; -1 if it was done at once
  bool done() const;
  // Once done, and only once. Errc::kConnection, naming the host.
  Result<std::vector<SocketAddress>> take(std::uint16_t port);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;  // shared with the thread; nullptr if there is no look-up
  std::vector<SocketAddress> literal_;
};

}  // namespace remaphore
