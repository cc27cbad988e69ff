#include "io/resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include "base/redact.h"
#include "base/text.h"
#include "io/descriptor.h"

namespace remaphore {
namespace {

template <class Address>
SocketAddress socket_address(const Address& address) {
  SocketAddress result;
  std::memcpy(&result.storage, &address, sizeof address);
  result.size = sizeof address;
  return result;
}

}  // namespace

std::optional<SocketAddress> SocketAddress::parse(const std::string& literal) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  v4.sin_family = AF_INET;
  v6.sin6_family = AF_INET6;
  if (inet_pton(AF_INET, literal.c_str(), &v4.sin_addr) == 1) return socket_address(v4);
  if (inet_pton(AF_INET6, literal.c_str(), &v6.sin6_addr) == 1) return socket_address(v6);
  return std::nullopt;
}

void SocketAddress::set_port(std::uint16_t port) {
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  const in_port_t number = htons(port);
  std::memcpy(reinterpret_cast<char*>(&storage) + offsetof(sockaddr_in, sin_port), &number, sizeof number);
}

std::string SocketAddress::host() const {
  const std::size_t offset =
      storage.ss_family == AF_INET6 ? offsetof(sockaddr_in6, sin6_addr) : offsetof(sockaddr_in, sin_addr);
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(storage.ss_family, reinterpret_cast<const char*>(&storage) + offset, text.data(), text.size());
  return text.data();
}

struct Resolver::Shared {
  std::string host;
  LookUp look_up;
  Descriptor event{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::atomic<bool> done{false};
  Found found;

  void finish(Found result) {
    found = std::move(result);
    done.store(true, std::memory_order_release);
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(event.get(), &one, sizeof one);
  }
};

Resolver::Found Resolver::ask_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* answers = nullptr;
  Found found{getaddrinfo(host.c_str(), nullptr, &hints, &answers)};
  for (addrinfo* one = answers; one != nullptr && found.addresses.size() < kMaxAddresses; one = one->ai_next) {
    if (one->ai_addrlen > sizeof(sockaddr_storage)) continue;
    SocketAddress address;
    std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
    address.size = one->ai_addrlen;
    found.addresses.push_back(address);
  }
  if (answers != nullptr) freeaddrinfo(answers);
  return found;
}

Resolver::Resolver(const std::string& host, LookUp look_up) {
  if (const auto literal = SocketAddress::parse(host)) {
    literal_.push_back(*literal);
    return;
  }
  if (host == "localhost") {  // always loopback (RFC 6761, section 6.3)
    for (const char* literal : {"127.0.0.1", "::1"}) literal_.push_back(*SocketAddress::parse(literal));
    return;
  }
  shared_ = std::make_shared<Shared>();
  shared_->host = host;
  shared_->look_up = std::move(look_up);
  try {
    std::thread([shared = shared_] { shared->finish(shared->look_up(shared->host)); }).detach();
  } catch (const std::system_error&) {
    shared_->finish({EAI_AGAIN});
  }
}

int Resolver::fd() const { return shared_ ? shared_->event.get() : -1; }

bool Resolver::done() const { return !shared_ || shared_->done.load(std::memory_order_acquire); }

Result<std::vector<SocketAddress>> Resolver::take(std::uint16_t port) {
  if (shared_ && (shared_->found.error != 0 || shared_->found.addresses.empty())) {
    const char* why = shared_->found.error == 0 ? "no addresses" : gai_strerror(shared_->found.error);
    return fail(Errc::kConnection,
                fmt::format("cannot look up {}: {}", quote(redact(shared_->host, Place::kPath)), why));
  }
  std::vector<SocketAddress> addresses = std::move(shared_ ? shared_->found.addresses : literal_);
  for (SocketAddress& address : addresses) address.set_port(port);
  return addresses;
}

}  // namespace remaphore
