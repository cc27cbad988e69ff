// From a server's name to connected sockets: looks up the name and tries its addresses in turn, giving each a share of
// the available time. Never blocks. If a connected address turns out to be useless, the caller asks for the next.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/descriptor.h"
#include "io/event_loop.h"
#include "io/lookups.h"
#include "nats/server_list.h"
#include "ports/clock.h"

namespace remaphore {

class Dialer {
 public:
  // When to wake up for the last address; for the others it is when they connect.
  enum class Wake { kOnConnection, kOnGreeting };
  // Starts with the list's current server; ServerList::attempt_timeout(whole, addresses) is each address's time. done()
  // may be true at once. Whatever is passed by reference must outlive it.
  Dialer(const nats::ServerList& servers, Duration whole, Wake wake, Lookups& lookups, const Clock& clock);

  void prepare(PollSet& set) const;
  void dispatch(const PollSet& set);

  bool done() const { return outcome_.has_value(); }
  // Once done: the socket, non-blocking; or Errc::kConnection, naming the server and the failure of its last address.
  Result<Descriptor> take() { return std::move(*outcome_); }
  // Once done: the server has spoken already.
  bool has_greeting() const { return has_greeting_; }
  // Whether at least one address did not accept the connection or stayed silent until its time was over.
  bool was_silent() const { return was_silent_; }
  // The name servers have not answered within the time of this attempt.
  bool slow_look_up() const { return slow_look_up_; }
  // When the current address runs out of time.
  MonotonicTime deadline() const { return deadline_; }
  // host:port; for a name with several addresses, with the current one.
  const std::string& where() const { return where_; }

  // The name has addresses that have not been tried yet.
  bool has_more() const { return !addresses_.empty(); }
  // Starts with the next of them; done() may be true at once.
  void next();

 private:
  void resolved();
  void try_next();
  void failed(std::string why);
  enum class Greeting { kAwaited, kArrived };
  void connected(Greeting greeting);

  const nats::ServerList& servers_;
  const Duration whole_;
  const Wake wake_;
  Lookups& lookups_;
  const Clock& clock_;
  const ServerAddress server_;
  const Lookups::Source source_;
  std::string where_;
  bool looking_up_ = true;
  std::vector<SocketAddress> addresses_;  // not tried yet
  std::size_t count_ = 0;                 // of all addresses
  Descriptor socket_;                     // to the address tried last
  MonotonicTime deadline_;                // of the current address, or of the look-up
  bool has_greeting_ = false;
  bool was_silent_ = false;
  bool slow_look_up_ = false;
  std::optional<Result<Descriptor>> outcome_;
};

}  // namespace remaphore
