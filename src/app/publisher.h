// One message on its way to the bus, or one to each of several nodes: signed when a server is ready to take it,
// published, confirmed. Sent again only if it is certain that no server took it.
//
// Several messages are signed, published and confirmed in groups, in order, with only a few groups in flight: that
// bounds the memory, and the number of messages in doubt when the link is lost. The next ones are signed meanwhile, on
// all cores.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/bus_dispatch.h"
#include "app/signing.h"
#include "base/deadline.h"
#include "core/config.h"
#include "core/message.h"
#include "ports/clock.h"
#include "ports/log.h"
#include "ports/workers.h"

namespace remaphore {

struct SendOptions {
  Message message;                            // `time` is set when it is signed
  const Identity* identity;                   // signs
  std::string subject;                        // where it is published, checked
  std::optional<Duration> timeout;            // -t: of the whole operation; zero: none
  std::optional<MonotonicTime> started = {};  // when the operation began; nullopt: at the call
  std::vector<std::string> names = {};        // exact destinations: one message to each, instead of message.destination

  // The number of messages, which are numbered from 0.
  std::size_t count() const { return std::max<std::size_t>(1, names.size()); }
  const std::string& destination(std::size_t i) const { return names.empty() ? message.destination : names[i]; }
};

class Publisher : public BusClient {
 public:
  // Without -t, how long the server may take to confirm the message.
  static constexpr Duration kDefaultTimeout = std::chrono::seconds(10);

  enum class State {
    kUnsent,     // or some of several are
    kSent,       // all
    kConfirmed,  // all
    kUncertain,  // the link was lost before a confirmation; messages may have been delivered
    kAbandoned,  // the reason has been logged
  };

  // Signs the first message at once, while the link is being made. All arguments must outlive it. `workers` sign the
  // others; nullptr: this thread does.
  Publisher(const SendOptions& options, const Clock& clock, Log& log, Workers* workers = nullptr);

  std::size_t size() const { return messages_.size(); }
  const std::string& destination(std::size_t i) const { return options_.destination(i); }
  // Lets the first `count` messages go; all may go unless this is called before there is a link.
  void release(std::size_t count);

  // Signs a message for this link, so that the replies to its hash can be subscribed to first.
  void prepare(std::size_t i = 0);
  // Called before each publication of each message.
  void on_sending(std::function<void(std::size_t)> call) { on_sending_ = std::move(call); }
  // Called after messages have been published: more than once for one that had to be sent again.
  void on_sent(std::function<void()> call) { on_sent_ = std::move(call); }

  // Gives up after `timeout`, or because no confirmation can come; logs how far the message got.
  void give_up(Duration timeout);
  // Logs the reason, unless the message was abandoned before.
  void abandon(std::string_view why);

  State state() const;
  // The hash of the message as last signed. With several messages, ask before the message is confirmed.
  const Digest& hash(std::size_t i = 0) const;
  MonotonicTime sent_at(std::size_t i = 0) const { return messages_[i].sent_at; }  // the last time
  // It was handed to a server and, as far as we know, delivered.
  bool written(std::size_t i) const { return i < next_; }
  bool written() const { return next_ > 0; }                // any
  std::size_t handed_over() const { return next_; }         // the messages before this one are written
  std::size_t unsent() const { return released_ - next_; }  // released and not handed to a server
  std::size_t in_flight() const { return groups_.empty() ? 0 : next_ - groups_.front().first; }
  std::size_t confirmed() const { return next_ - in_flight() - uncertain_; }
  const SendOptions& options() const { return options_; }

  void opened() override;
  void flushed(FlushId id) override;
  void denied(const Denial& denial) override;
  void lost(const LinkLost& loss) override;
  void refused(const std::string& why) override;

 private:
  struct Signed {
    std::string bytes;                   // empty: not signed yet, or confirmed
    mutable std::optional<Digest> hash;  // made when it is asked for
    WallTime signed_at;
    MonotonicTime sent_at{};
    bool prepared = false;  // for this link
  };
  // Consecutive messages that one flush confirms; the last group ends at next_.
  struct Group {
    std::size_t first;
    FlushId flush;
  };
  static constexpr std::size_t kMaxGroups = 4;
  static constexpr std::size_t kGroupMessages = 64;
  static constexpr std::size_t kGroupBytes = std::size_t{1} << 20;  // exceeded by one message at most

  void sign(std::size_t i);
  void keep(std::size_t i, SignedMessage message);
  void sign_ahead();
  void send_more();
  void send_group();
  bool fits(std::size_t i);
  void take_back();
  std::string fate() const;

  const SendOptions& options_;
  const Clock& clock_;
  Log& log_;
  std::function<void(std::size_t)> on_sending_;
  std::function<void()> on_sent_;
  std::optional<Signing> signing_;  // of several messages, if there are workers
  std::vector<Signed> messages_;
  std::size_t released_;
  std::size_t next_ = 0;  // the first message that is not written
  std::deque<Group> groups_;
  std::size_t uncertain_ = 0;  // messages
  bool open_ = false;
  bool abandoned_ = false;
  std::string last_reason_;  // why there is no link
};

}  // namespace remaphore
