#include "io/service_notifier.h"

#include <errno.h>
#include <stdlib.h>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace remaphore {
namespace {

constexpr Duration kBetweenCounts = std::chrono::seconds(1);
constexpr Duration kRetry = std::chrono::milliseconds(100);  // when the manager's queue is full
constexpr std::uint64_t kMaxWatchdog = 86'400'000'000;       // a day, in microseconds
constexpr std::uint64_t kMinWatchdog = 10'000;

std::string take_variable(const char* name) {
  const char* value = getenv(name);
  std::string text = value != nullptr ? value : "";
  unsetenv(name);
  return text;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// `name` is a path, or @ and an abstract name. Returns the address's size; 0 if it is neither.
socklen_t fill(sockaddr_un& address, std::string_view name) {
  address.sun_family = AF_UNIX;
  if (name.size() < 2 || name.size() >= sizeof address.sun_path || (name[0] != '/' && name[0] != '@')) return 0;
  std::copy(name.begin(), name.end(), address.sun_path);
  if (name[0] == '@') address.sun_path[0] = '\0';
  return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
}

std::string status_of(const ServiceState& state) {
  const auto phase = [&state]() -> std::string {
    switch (state.phase) {
      case ServiceState::Phase::kConnecting: return "connecting";
      case ServiceState::Phase::kSubscribed: return "listening";
      case ServiceState::Phase::kCutOff: return "no connection";
      case ServiceState::Phase::kStopping: return "stopping";
    }
    return {};
  };
  const std::string why = state.trouble.empty() ? "" : fmt::format(" ({})", state.trouble);
  if (!state.counts) return phase() + why;
  return fmt::format("{}{}; {} messages handled, {} refused", phase(), why, state.handled, state.refused);
}

}  // namespace

std::unique_ptr<ServiceNotifier> ServiceNotifier::from_environment(Log& log) {
  const std::string name = take_variable("NOTIFY_SOCKET");
  const auto interval = number(take_variable("WATCHDOG_USEC"));
  const std::string watched = take_variable("WATCHDOG_PID");
  if (name.empty()) return nullptr;

  sockaddr_un address{};
  const socklen_t size = fill(address, name);
  Descriptor socket(size == 0 ? -1 : ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) {
    log.error(fmt::format("cannot notify the service manager: NOTIFY_SOCKET is {}: {}", quote(name),
                          size == 0 ? "neither an absolute path nor @name" : std::strerror(errno)));
    return nullptr;
  }
  std::unique_ptr<ServiceNotifier> notifier(new ServiceNotifier(log, address, size, std::move(socket)));
  if (interval.value_or(0) > 0 && (watched.empty() || number(watched) == static_cast<std::uint64_t>(getpid()))) {
    notifier->watchdog_ = std::chrono::microseconds(std::clamp(*interval, kMinWatchdog, kMaxWatchdog) / 2);
  }
  return notifier;
}

void ServiceNotifier::update(const ServiceState& state) {
  const bool at_once = state.phase != state_.phase || state.trouble != state_.trouble;
  state_ = state;
  pending_ = true;
  if (at_once) notify();
}

void ServiceNotifier::notify() {
  std::string text = fmt::format("STATUS={}\n", status_of(state_));
  if (state_.phase == ServiceState::Phase::kStopping) text += "STOPPING=1\n";
  const bool now_ready = state_.phase == ServiceState::Phase::kSubscribed && !ready_;
  if (now_ready) text += "READY=1\n";
  pending_ = !send(text);
  ready_ = ready_ || (now_ready && !pending_);
  next_notification_ = std::chrono::steady_clock::now() + (pending_ ? kRetry : kBetweenCounts);
}

// False: try again later. Once the manager is gone, it is no longer notified.
bool ServiceNotifier::send(const std::string& text) {
  if (!socket_) return true;
  if (sendto(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address_),
             size_) >= 0) {
    return true;
  }
  if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS || errno == ENOMEM) return false;
  log_.error(fmt::format("cannot notify the service manager: {}", std::strerror(errno)));
  socket_.reset();
  watchdog_.reset();
  return true;
}

void ServiceNotifier::prepare(PollSet& set) {
  if (pending_ && std::chrono::steady_clock::now() >= next_notification_) notify();
  if (pending_) set.wake_at(next_notification_);
  if (watchdog_) set.wake_at(next_watchdog_);
}

// After a wait: the watchdog verifies that the event loop is running.
void ServiceNotifier::dispatch(const PollSet&) {
  const MonotonicTime now = std::chrono::steady_clock::now();
  if (!watchdog_ || now < next_watchdog_) return;
  next_watchdog_ = now + (send("WATCHDOG=1\n") ? *watchdog_ : std::min(kRetry, *watchdog_));
}

}  // namespace remaphore
