// The contract's world with a real nats-server on a free port of the loopback interface, one for each test.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "contract/login.h"
#include "io/event_loop.h"
#include "io/nats_connection.h"
#include "io/signals.h"
#include "io/system_clock.h"
#include "support/signal_sandbox.h"

namespace remaphore::test {

class NatsWorld {
 public:
  NatsWorld();
  ~NatsWorld();
  NatsWorld(const NatsWorld&) = delete;
  NatsWorld& operator=(const NatsWorld&) = delete;

  std::unique_ptr<Bus> make_bus(Login login);
  // Waits for the sockets. False once the test has waited unreasonably long.
  bool wait();
  const Clock& clock() const { return clock_; }
  WallTime now() const { return clock_.now(); }
  std::size_t max_payload() const { return 65536; }

  void stop();
  void start();  // on the same port
  void cut_all_links() {
    stop();
    start();
  }

 private:
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  void write_credentials();
  void write_config();
  void await_ready();

  SignalSandbox sandbox_;
  Signals signals_;
  SystemClock clock_;
  EventLoop loop_{signals_};
  std::string folder_;
  std::uint16_t port_ = 0;  // 0: the server's choice
  pid_t server_ = -1;
  MonotonicTime patience_ends_;
};

}  // namespace remaphore::test
