// One try to reach one NATS server: from its name to a link on which it has greeted, encrypted if it is to be. Never
// blocks.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "core/server_address.h"
#include "io/dialer.h"
#include "io/event_loop.h"
#include "io/nats_link.h"
#include "io/tls.h"
#include "nats/server_info.h"
#include "ports/clock.h"

namespace remaphore {

class NatsAttempt {
 public:
  struct Options {
    ServerAddress server;
    TlsFiles tls;              // any of them set: no plaintext
    bool passes_lame = false;  // a server that says that it will close is no success
    MonotonicTime ends;
  };
  struct Failure {
    std::string why;     // names the server
    bool final = false;  // no other try will do better
  };

  // Starts; done() may be true at once. The clock outlives it.
  NatsAttempt(Options options, const Clock& clock);

  void prepare(PollSet& set);
  void dispatch(const PollSet& set);

  bool done() const { return succeeded_ || failure_; }
  // Once done: why not.
  const std::optional<Failure>& failure() const { return failure_; }
  // Once done without a failure.
  NatsLink take_link() { return std::move(*link_); }
  // What the server said in its greeting; empty if it did not come to that.
  const std::optional<nats::ServerInfo>& info() const { return info_; }

 private:
  void dialed();
  void read_greeting();
  void greeted();
  void shake_hands();
  void fail(std::string why) { failure_ = {std::move(why)}; }
  void cannot_connect(std::string_view why);

  const Options options_;
  const Clock& clock_;
  const std::string where_;
  std::optional<Dialer> dialer_;  // until it is done
  std::optional<NatsLink> link_;  // from then on
  std::optional<nats::ServerInfo> info_;
  std::optional<Failure> failure_;
  bool succeeded_ = false;
};

}  // namespace remaphore
