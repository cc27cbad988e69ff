// Notifies the service manager of a listener's state, as described in sd_notify(3): READY=1, STOPPING=1, a STATUS= with
// the counts or why the link is down, and WATCHDOG=1 from the loop at half of the requested interval.
//
// Counts are sent at most once a second, changes of phase at once. An idle listener without a watchdog is not woken up.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <memory>
#include <optional>
#include <string>

#include "io/descriptor.h"
#include "io/event_loop.h"
#include "ports/log.h"
#include "ports/service_status.h"

namespace remaphore {

class ServiceNotifier : public ServiceStatus, public EventSource {
 public:
  // Removes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID from the environment, so that no command can notify in our
  // name. nullptr if there is no service manager, or it cannot be reached; the latter is logged. Call it before any
  // thread is started.
  static std::unique_ptr<ServiceNotifier> from_environment(Log& log);

  void update(const ServiceState& state) override;
  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

 private:
  ServiceNotifier(Log& log, const sockaddr_un& address, socklen_t size, Descriptor socket)
      : log_(log), address_(address), size_(size), socket_(std::move(socket)) {}
  void notify();
  bool send(const std::string& text);

  Log& log_;
  sockaddr_un address_;
  socklen_t size_;
  Descriptor socket_;  // none: the manager is gone

  ServiceState state_;
  bool ready_ = false;                 // READY=1 has been sent
  bool pending_ = true;                // state_ has changed since it was sent
  MonotonicTime next_notification_{};  // the earliest time, except for a change of phase
  std::optional<Duration> watchdog_;   // interval of WATCHDOG=1
  MonotonicTime next_watchdog_{};
};

}  // namespace remaphore
