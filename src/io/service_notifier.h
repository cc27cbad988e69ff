// The service manager's side of a listener, as sd_notify(3) describes it: READY=1, STOPPING=1, a STATUS= with the
// counts or why the link is down, and WATCHDOG=1 from the loop at half of the interval that was asked for.
//
// Counts are told at most once a second, changes of phase at once. An idle listener that has no watchdog is not woken
// up.
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
  // Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment, so that no command can speak for us.
  // nullptr if there is no service manager, or none that can be told; the latter is said. Before any thread is started.
  static std::unique_ptr<ServiceNotifier> from_environment(Log& log);

  void update(const ServiceState& state) override;
  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

 private:
  ServiceNotifier(Log& log, const sockaddr_un& address, socklen_t size, Descriptor socket)
      : log_(log), address_(address), size_(size), socket_(std::move(socket)) {}
  void tell();
  bool send(const std::string& text);

  Log& log_;
  sockaddr_un address_;
  socklen_t size_;
  Descriptor socket_;  // none any more: there is nobody to tell

  ServiceState state_;
  bool ready_ = false;                // has been told
  bool untold_ = true;                // something of state_ has not been told
  MonotonicTime next_telling_{};      // not before then, except a change of phase
  std::optional<Duration> watchdog_;  // the interval to speak at
  MonotonicTime next_watchdog_{};
};

}  // namespace remaphore
