// One attempt to reach one NATS server: from its name, by one of its addresses, to a link on which it has greeted,
// encrypted if required. If that link turns out to be useless, next() continues with the next address. Never blocks.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "io/dialer.h"
#include "io/event_loop.h"
#include "io/lookups.h"
#include "io/nats_link.h"
#include "io/tls.h"
#include "nats/server_info.h"
#include "nats/server_list.h"
#include "ports/clock.h"

namespace remaphore {

class NatsAttempt {
 public:
  struct Options {
    TlsFiles tls;                  // any of them set: no plaintext
    bool tls_first = false;        // the server wants TLS before it greets
    bool skips_lame_duck = false;  // skip a server that announces its shutdown (lame duck mode)
    Duration whole{};              // ServerList::attempt_timeout()
  };

  // Starts with the list's current server; done() may be true at once. Whatever is passed by reference must outlive it.
  NatsAttempt(const nats::ServerList& servers, Options options, Lookups& lookups, const Clock& clock);

  void prepare(PollSet& set);
  void dispatch(const PollSet& set);

  bool done() const { return succeeded_ || failure_; }
  // Once done: why it failed, naming the server.
  const std::optional<std::string>& failure() const { return failure_; }
  // It failed because nothing listens there: there is no server that could be used.
  bool nobody_there() const { return nobody_there_; }
  // It failed because the name servers have not answered yet.
  bool slow_look_up() const { return dialer_.slow_look_up(); }
  // Once done without a failure.
  NatsLink take_link() { return std::move(*link_); }
  // The server's greeting; empty if none arrived. Its announcements are left out if they came before TLS, since anyone
  // on the path may have forged them; the rest (nonce, max_payload) is sent only once and needed for the login, so it
  // is kept.
  const std::optional<nats::ServerInfo>& info() const { return info_; }
  bool announces() const { return info_ && !greeted_before_tls_ && info_->port == nats::ServerInfo::Port::kClient; }

  // host:port, and which address if there are several. When its time runs out, including the login.
  const std::string& where() const { return dialer_.where(); }
  MonotonicTime deadline() const { return dialer_.deadline(); }

  bool has_more() const { return dialer_.has_more(); }
  void next();  // done() may be true at once

 private:
  bool wants_tls() const { return server_.tls || options_.tls.any() || options_.tls_first; }
  void dialed();
  void read_greeting();
  void greeted();
  void start_tls();
  void shake_hands();
  void fail(std::string why) { failure_ = std::move(why); }
  void cannot_connect(std::string_view why);
  std::string_view hint() const;

  const Options options_;
  const Clock& clock_;
  const ServerAddress server_;
  const std::string tls_name_;
  Dialer dialer_;
  std::optional<NatsLink> link_;  // once connected
  std::optional<nats::ServerInfo> info_;
  bool greeted_before_tls_ = false;
  std::optional<std::string> failure_;
  bool nobody_there_ = false;
  bool succeeded_ = false;
};

}  // namespace remaphore
