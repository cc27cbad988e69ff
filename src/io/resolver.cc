#include "io/resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/eventfd.h>

#include <fmt/format.h>

#include <atomic>
#include <cstring>
#include <system_error>
#include <thread>

#include "base/text.h"
#include "io/descriptor.h"

namespace remaphore {
namespace {

bool parse_literal(const std::string& host, std::uint16_t port, std::vector<SocketAddress>& out) {
  sockaddr_in v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    SocketAddress address;
    std::memcpy(&address.storage, &v4, sizeof v4);
    address.size = sizeof v4;
    out.push_back(address);
    return true;
  }
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    SocketAddress address;
    std::memcpy(&address.storage, &v6, sizeof v6);
    address.size = sizeof v6;
    out.push_back(address);
    return true;
  }
  return false;
}

}  // namespace

struct Resolver::Shared {
  std::string host;
  std::uint16_t port;
  Descriptor event{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::atomic<bool> done{false};
  int error = 0;  // of getaddrinfo
  std::vector<SocketAddress> addresses;

  void finish() {
    done.store(true, std::memory_order_release);
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(event.get(), &one, sizeof one);
  }

  void look_up() {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    for (addrinfo* one = found; one != nullptr && addresses.size() < kMaxAddresses; one = one->ai_next) {
      if (one->ai_addrlen > sizeof(sockaddr_storage)) continue;
      SocketAddress address;
      std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
      address.size = one->ai_addrlen;
      addresses.push_back(address);
    }
    if (found != nullptr) freeaddrinfo(found);
    finish();
  }
};

Resolver::Resolver(const std::string& host, std::uint16_t port) {
  if (parse_literal(host, port, literal_)) return;
  if (host == "localhost") {  // always loopback (RFC 6761, section 6.3)
    parse_literal("127.0.0.1", port, literal_);
    parse_literal("::1", port, literal_);
    return;
  }
  shared_ = std::make_shared<Shared>();
  shared_->host = host;
  shared_->port = port;
  try {
    std::thread([shared = shared_] { shared->look_up(); }).detach();
  } catch (const std::system_error&) {
    shared_->error = EAI_AGAIN;
    shared_->finish();
  }
}

Resolver::~Resolver() = default;

int Resolver::fd() const { return literal_.empty() ? shared_->event.get() : -1; }

bool Resolver::done() const { return !literal_.empty() || shared_->done.load(std::memory_order_acquire); }

Result<std::vector<SocketAddress>> Resolver::take() {
  if (!literal_.empty()) return std::move(literal_);
  if (shared_->error != 0 || shared_->addresses.empty()) {
    const char* why = shared_->error == 0 ? "no addresses" : gai_strerror(shared_->error);
    return fail(Errc::kConnection, fmt::format("cannot look up {}: {}", quote(shared_->host), why));
  }
  return std::move(shared_->addresses);
}

}  // namespace remaphore
