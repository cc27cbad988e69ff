// Requests to JetStream, and messages to its streams, over a shared link, with their answers. Each is sent once: after
// a failure, asking again is up to the caller.
//
// Answers come to inboxes below a prefix that only this node's user may subscribe to (nats/inbox.h). Processes of the
// same user share this prefix, so each inbox name has a random part and is subscribed to in full: with a wildcard,
// every process would receive the answers to all. An inbox is used again when its answer has come.
//
// Each acknowledgement needs a fresh inbox: whoever sees the message sees its inbox, and could make the server send a
// second answer there. The true answer comes first, as the server answers in the order of publication and nobody knows
// the name before; later ones are ignored. The names of the other inboxes stay hidden.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/bus_dispatch.h"
#include "base/ascending_map.h"
#include "base/deadline.h"
#include "jetstream/answer.h"
#include "jetstream/request.h"
#include "ports/clock.h"

namespace remaphore {

class StreamClient : public BusClient {
 public:
  // The clock must outlive it. Attach it before the clients that use it, so that it knows of a new link before them.
  explicit StreamClient(const Clock& clock);

  // A message for a stream; its answer holds a jetstream::Acknowledgement.
  struct Message {
    std::string_view subject;  // checked
    std::string_view payload;
    std::string_view message_id = {};                     // the stream drops a second message with the same one
    std::optional<std::uint64_t> expected_sequence = {};  // compare-and-set: of the last message on this subject
    std::optional<std::uint64_t> expected_last = {};      // the same for the stream's last message
  };

  using Ticket = std::uint64_t;
  // Sent at once. The answer is a failure after `timeout` (0: never), and at once if there is no link (kLost).
  Ticket ask(jetstream::Request request, Duration timeout);
  Ticket publish(const Message& message, Duration timeout);

  // Its answer will not be handed out.
  void forget(Ticket ticket);
  std::size_t unanswered() const { return link_ ? link_->pending.size() : 0; }
  // No request will follow for a while: forgets all requests, and unsubscribes from all inboxes.
  void forget_all();

  struct Answered {
    Ticket ticket;
    jetstream::Answer<std::string> payload;  // for the parsers of jetstream/answer.h
  };
  // The next answer, in the order of arrival; nullopt: none now.
  std::optional<Answered> next();
  // When the next request may time out and thus be answered; may be too early.
  Deadline wake_at() const;

  bool is_open() const { return link_.has_value(); }

  void opened() override;
  void delivered(const Delivery& message) override;
  void denied(const Denial& denial) override;
  void lost(const LinkLost& loss) override;
  void refused(const std::string& why) override;

 private:
  static constexpr Ticket kNoTicket = 0;
  // Who learns an inbox's name: the server alone or, for an acknowledgement, every receiver of the message.
  enum class SeenBy { kServer, kSubscribers };
  struct Inbox {
    std::uint64_t number;  // never used again over another link
    std::string name;
    SeenBy seen_by;
    SubscriptionId subscription;
    Ticket awaited_by = kNoTicket;
  };
  struct Pending {
    std::string subject;
    Duration timeout;
    Deadline deadline;
    Inbox* inbox;
  };
  // What belongs to one link: replaced whole.
  struct Link {
    std::string prefix;  // of inboxes; empty: none was needed yet
    AscendingMap<Ticket, Pending> pending;
    Deadline none_before;                    // no request times out before this
    std::map<std::uint64_t, Inbox> inboxes;  // by their numbers: subscribed to
    std::vector<Inbox*> free;                // those of them that nobody awaits an answer in
  };
  Ticket send(std::string subject, Outgoing message, SeenBy seen_by, Duration timeout);
  Inbox& free_inbox(SeenBy seen_by);
  void retire(const Inbox& inbox);
  Inbox* awaited(std::string_view subject);
  void answer(Ticket ticket, jetstream::Failure::Kind kind, std::string text);
  void fail(Ticket ticket, jetstream::Failure::Kind kind, std::string text);
  void end_link(const std::string& why);
  void expire();

  const Clock& clock_;
  const std::string hidden_;  // the random part of inboxes, except for acknowledgements
  Ticket last_ticket_ = 0;
  std::uint64_t last_inbox_ = 0;
  std::optional<Link> link_;
  std::deque<Answered> answered_;
};

// The content of the answer, or why there is none: `parse` is one of the parsers in jetstream/answer.h.
template <class T>
jetstream::Answer<T> parse_answer(const jetstream::Answer<std::string>& payload,
                                  jetstream::Answer<T> (*parse)(std::string_view)) {
  if (!payload) return pass_on(payload);
  return parse(*payload);
}

}  // namespace remaphore
