// A listener's replies: signed when they are sent, kept until the server has confirmed them, sent again after a lost
// link.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "app/bus_dispatch.h"
#include "core/config.h"
#include "ports/clock.h"
#include "ports/log.h"

namespace remaphore {

class ReplyQueue : public BusClient {
 public:
  // Above this many bytes of replies, messages that would produce more should wait.
  static constexpr std::size_t kCrowded = std::size_t{64} << 20;

  struct Reply {
    Digest request;  // hash of the message that is answered
    int exit_status;
    std::string output;
    std::uint64_t output_dropped = 0;

    std::string bytes = {};  // once sent: resent unchanged, so that the requester can recognise a repeat
    WallTime signed_at = {};
    unsigned sendings = 0;
  };
  static constexpr std::size_t kOverhead = sizeof(Reply) + 64;  // counted for each reply in addition to its output
  static constexpr std::size_t kSentAtOnce = 64;
  static constexpr std::size_t kSentAhead = std::size_t{1} << 20;  // bytes that may wait in the bus
  static constexpr unsigned kMaxSendings = 4;                      // a reply that loses the link so often is dropped

  // All must outlive it. Attach it before use.
  ReplyQueue(const Config& config, const Clock& clock, Log& log) : config_(config), clock_(clock), log_(log) {}

  void add(Reply reply);

  // Publishes some of the waiting replies, if there is a link.
  void flush();
  // Something can be published now: the link has sent nearly all of what was written before.
  bool has_unsent() const { return sent_ < replies_.size() && bus().unsent() < kSentAhead; }

  bool empty() const { return replies_.empty(); }
  std::size_t size() const { return replies_.size(); }
  bool crowded(std::size_t limit = kCrowded) const { return bytes_ + bus().unsent() > limit; }

  // The most bytes of EXIT,OUTPUT that a reply can carry over this link.
  std::size_t answer_limit() const;

  void opened() override { open_ = true; }
  void flushed(FlushId id) override;
  void lost(const LinkLost& loss) override;

 private:
  void sign(Reply& reply);
  void drop(std::size_t index);

  std::deque<Reply> replies_;  // the first sent_ of them are with the server, unconfirmed
  std::size_t sent_ = 0;
  struct Flush {
    FlushId id;
    std::size_t replies;  // replies that it covers
  };
  std::deque<Flush> flushes_;  // not confirmed yet
  std::size_t bytes_ = 0;      // of all replies, as output and as signed
  bool open_ = false;
  const Config& config_;
  const Clock& clock_;
  Log& log_;
};

}  // namespace remaphore
