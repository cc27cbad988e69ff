// The parts of Lock: the machine, the link, and the requests under way between them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/bus_dispatch.h"
#include "app/lock.h"
#include "app/lock_codec.h"
#include "app/outage.h"
#include "app/stream_client.h"
#include "app/stream_read_gate.h"

namespace remaphore {

class Lock::Client : public BusClient {
 public:
  Client(LockOptions options, const Config& config, const Clock& clock, Log& log);

  StreamClient& streams() { return streams_; }
  LockMachine& machine() { return machine_; }
  LockMoment now() const;
  Deadline wake() const;
  void step();  // takes what has arrived and does what is due

  void opened() override;
  void lost(const LinkLost& loss) override;
  void refused(const std::string& why) override;
  void denied(const Denial& denial) override;
  void delivered(const Delivery& message) override;

 private:
  using Kind = LockAction::Kind;
  struct Asked {
    Kind kind;
    std::string id;
    std::uint64_t from;
  };

  // app/lock_client: requests
  void act();
  void issue(const LockAction& action);
  void ask_for_stream();
  bool is_own_read(Kind kind, const std::string& id) const { return kind == Kind::kRead && id == machine_.own().id(); }
  void read_own_again();
  bool may_still_come(const StreamClient::Answered& answered) const;
  void forget_own_reads();
  Duration write_time() const;
  StreamClient::Ticket send(const LockAction& action);
  void watch();

  // app/lock_answers: their answers
  void take(const StreamClient::Answered& answered);
  void take_presence(const jetstream::Answer<std::string>& payload);
  void take_found(const Asked& asked, const jetstream::Answer<std::string>& payload);
  StoredEntry decode(const jetstream::StoredMessage& message, const lock_key::Key& key);
  void take_list(Kind kind, const jetstream::Answer<std::string>& payload);
  void take_entry(const std::string& id, const jetstream::Answer<std::string>& payload);
  void take_outcome(const std::string& id, const jetstream::Answer<std::string>& payload);
  WriteOutcome outcome_of(const jetstream::Failure& failure);
  std::string trouble(const jetstream::Failure& failure) const;
  void unavailable(const jetstream::Failure& failure) { machine_.unavailable(trouble(failure), now()); }
  bool has_lasted() const;
  void note(const jetstream::Failure& failure);

  const LockOptions options_;
  const Clock& clock_;
  const LockCodec codec_;
  Outage outage_;
  StreamClient streams_;
  LockMachine machine_;
  const Duration answer_time_;
  std::map<StreamClient::Ticket, Asked> asked_;
  StreamReadGate read_gate_;
  std::optional<StreamClient::Ticket> info_asked_;
  std::vector<LockAction> held_back_;  // until the stream may be read
  Deadline ask_again_at_;              // for our own entry, while the request for it is unanswered
  jetstream::StoredMessage decoded_;   // the last one found
  StoredEntry decoded_entry_;          // what it says
  std::map<std::string, SubscriptionId> watched_;
  MonotonicTime answered_at_{};  // the last time, or when the link was made
};

}  // namespace remaphore
