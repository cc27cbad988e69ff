// The bytes of one link to a NATS server, from the connected socket to its end: TLS, received bytes that are not yet a
// complete operation, and bytes not yet sent. Never blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "io/descriptor.h"
#include "io/event_loop.h"
#include "io/send_buffer.h"
#include "io/stream.h"
#include "io/tls.h"
#include "nats/parser.h"
#include "ports/clock.h"

namespace remaphore {

class NatsLink {
 public:
  // `greeted`: the server has sent something already. The clock must outlive it.
  NatsLink(Descriptor socket, bool greeted, const Clock& clock);

  // Switches to TLS. Errc::kConnection: no module, unusable files.
  Result<void> start_tls(const std::string& host, const TlsFiles& files);
  bool shakes_hands() const { return handshake_ != nullptr; }
  // The next step, if shakes_hands(). kDone: everything is encrypted from now on.
  Transfer shake_hands();
  bool encrypted() const { return encrypted_; }
  // When the server's certificate expires, in Unix seconds; 0: not encrypted.
  std::int64_t peer_expires() const { return peer_expires_; }

  // The server's next operation; not while it shakes_hands(). Nothing: none yet. Errc::kConnection: the link is lost.
  // Reads at most kBudget bytes between two waits. The views are valid until the next call.
  Result<std::optional<nats::Op>> next();
  void set_max_payload(std::size_t bytes) { parser_.set_max_payload(bytes); }
  bool has_part_of_operation() const { return parser_.pending() > 0; }
  bool has_heard() const { return has_heard_; }         // anything at all
  WallTime arrival() const { return arrival_; }         // of what next() gave
  MonotonicTime heard_at() const { return heard_at_; }  // of the last byte, or of the end of the stream

  // Output: append to tail(); it is sent before the next wait.
  std::string& tail() { return out_.tail(); }
  std::size_t unsent() const { return out_.unsent(); }
  bool sent_any() const { return out_.sent_any(); }
  std::uint64_t appended() const { return out_.appended(); }  // total bytes
  std::uint64_t sent() const { return out_.sent(); }          // of these
  // The server has received something since the last call.
  bool progresses() { return out_.progresses(socket_.get()); }

  void prepare(PollSet& set);
  void dispatch(const PollSet& set);
  // Whether, as far as is known, something other than TLS's own records has arrived.
  bool has_unread() const { return readable_ && !last_read_empty_; }

 private:
  // Reads once. False: nothing came.
  Result<bool> fill();

  const Clock& clock_;
  Descriptor socket_;
  std::unique_ptr<Stream> stream_;
  TlsStream* handshake_ = nullptr;  // stream_, while it shakes hands
  bool encrypted_ = false;
  std::int64_t peer_expires_ = 0;
  nats::Parser parser_;
  SendBuffer out_;
  bool readable_;
  bool last_read_empty_ = false;  // the last read returned nothing
  bool has_heard_ = false;
  std::size_t room_;    // for the next read
  std::size_t budget_;  // bytes that may be read before the next wait
  WallTime arrival_;
  MonotonicTime heard_at_;
};

}  // namespace remaphore
