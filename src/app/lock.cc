#include "app/lock.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "app/lock_codec.h"
#include "app/outage.h"
#include "app/stream_client.h"
#include "app/stream_trouble.h"
#include "core/lock_key.h"

namespace remaphore {

using jetstream::Failure;

namespace {

constexpr std::size_t kMostUnderWay = 64;  // requests
constexpr Duration kLongestAnswer = std::chrono::seconds(2), kShortestAnswer = std::chrono::milliseconds(250);
// A cluster whose leader was lost answers nothing for seconds, and may do so again soon after it has answered: a holder
// asks for its own entry so often that it does not miss the time between.
constexpr Duration kAskAgain = std::chrono::milliseconds(200), kHolderPatience = std::chrono::milliseconds(500);
constexpr Duration kTicketPatience = std::chrono::seconds(5);  // before we have a ticket: a cluster may elect a leader

bool is_hopeless(Failure::Kind kind) {
  return kind == Failure::Kind::kOff || kind == Failure::Kind::kNoStream || kind == Failure::Kind::kNobody ||
         kind == Failure::Kind::kDenied;
}

std::int64_t microseconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

}  // namespace

class Lock::Client : public BusClient {
 public:
  Client(LockOptions options, const Config& config, const Clock& clock, Log& log)
      : options_(std::move(options)),
        clock_(clock),
        codec_(config, options_.identity, clock),
        outage_(clock, log),
        streams_(clock),
        machine_(options_.terms),
        answer_time_(std::clamp(options_.terms.lease / 6, kShortestAnswer, kLongestAnswer)) {
    machine_.queue(lock_key::random_id(), now());
  }

  StreamClient& streams() { return streams_; }
  LockMachine& machine() { return machine_; }
  LockMoment now() const { return {clock_.monotonic(), clock_.boot(), microseconds(clock_.now())}; }
  // With as many requests under way as there may be, nothing can be done before an answer.
  Deadline wake() const {
    const Deadline answer = earlier(streams_.wake_at(), ask_again_at_);
    return asked_.size() < kMostUnderWay ? earlier(answer, machine_.wake()) : answer;
  }

  // Takes what has arrived and does what is due.
  void step() {
    while (auto answered = streams_.next()) take(*answered);
    if (passed(ask_again_at_, clock_.monotonic())) read_own_again();
    machine_.tick(now());
    act();
  }

  void opened() override {
    outage_.end();
    watched_.clear();
    answered_at_ = clock_.monotonic();
    machine_.link_opened(now());
  }
  void lost(const BusEvent& loss) override {
    outage_.lost(loss.text, loss.heard_at);
    asked_.clear();
    ask_again_at_.reset();
    watched_.clear();
    machine_.link_lost();
  }
  void refused(const std::string& why) override {
    asked_.clear();
    ask_again_at_.reset();
    machine_.link_lost();
    machine_.barred(why, now());
  }
  void denied(const BusEvent& denial) override {
    if (denial.denied == BusEvent::Denied::kSubscription) bar({Failure::Kind::kDenied, denial.text});
  }
  void delivered(const BusEvent& message) override {
    const auto key = codec_.parse_subject(message.subject);
    if (key && key->name == options_.name) machine_.hinted(key->id, codec_.decode(message, *key), now());
  }

 private:
  using Kind = LockAction::Kind;
  struct Asked {
    Kind kind;
    std::string id;
  };

  void act() {
    watch();
    while (asked_.size() < kMostUnderWay) {
      const auto action = machine_.next_action(now());
      if (!action) return;
      watch();
      if (action->kind == Kind::kQueueAnew) {
        ask_again_at_.reset();
        machine_.queue(lock_key::random_id(), now());
      } else {
        asked_[send(*action)] = {action->kind, action->id};
        if (is_own_read(action->kind, action->id)) ask_again_at_ = clock_.monotonic() + kAskAgain;
      }
    }
  }

  bool is_own_read(Kind kind, const std::string& id) const { return kind == Kind::kRead && id == machine_.own().id(); }

  // The questions before it may still be answered, over a slow link.
  void read_own_again() {
    ask_again_at_ = clock_.monotonic() + kAskAgain;
    if (asked_.size() < kMostUnderWay)
      asked_[send({.kind = Kind::kRead, .id = machine_.own().id()})] = {Kind::kRead, machine_.own().id()};
  }

  // Whether other questions of the kind are under way and may bring what this one has not.
  bool may_still_come(const StreamClient::Answered& answered) const {
    return !answered.payload && answered.payload.error().kind == Failure::Kind::kSilent &&
           std::any_of(asked_.begin(), asked_.end(),
                       [this](const auto& one) { return is_own_read(one.second.kind, one.second.id); });
  }

  void forget_own_reads() {
    ask_again_at_.reset();
    std::erase_if(asked_, [this](const auto& one) {
      if (!is_own_read(one.second.kind, one.second.id)) return false;
      streams_.forget(one.first);
      return true;
    });
  }

  // Reading settles a write that has not been answered.
  Duration write_time() const { return machine_.deadlines() ? std::min(answer_time_, kHolderPatience) : answer_time_; }

  StreamClient::Ticket send(const LockAction& action) {
    const std::string& stream = codec_.stream();
    if (action.kind == Kind::kList) {
      return streams_.ask(jetstream::stream_info(stream, codec_.filter_for(options_.name)), answer_time_);
    }
    const std::string subject = codec_.subject_of(options_.name, action.id);
    if (action.kind == Kind::kRead) return streams_.ask(jetstream::last_message_on(stream, subject), answer_time_);
    const std::string bytes = codec_.encode(action.entry, options_.name, action.id, *options_.identity);
    return streams_.publish({.subject = subject, .payload = bytes, .expected_sequence = action.expected}, write_time());
  }

  // Subscribes before anything is read that it watches.
  void watch() {
    const std::set<std::string> wanted = machine_.watched();
    for (auto at = watched_.begin(); at != watched_.end();) {
      if (wanted.contains(at->first)) {
        ++at;
        continue;
      }
      bus().unsubscribe(at->second);
      at = watched_.erase(at);
    }
    if (!streams_.is_open()) return;
    for (const std::string& id : wanted) {
      if (!watched_.contains(id)) watched_[id] = bus().subscribe(*this, codec_.subject_of(options_.name, id));
    }
  }

  void take(const StreamClient::Answered& answered) {
    const auto at = asked_.find(answered.ticket);
    if (at == asked_.end()) return;
    const Asked asked = std::move(at->second);
    asked_.erase(at);
    if (is_own_read(asked.kind, asked.id)) {
      if (may_still_come(answered)) return;
      forget_own_reads();
    }
    switch (asked.kind) {
      case Kind::kList: take_list(answered.payload); break;
      case Kind::kRead: take_entry(asked.id, answered.payload); break;
      default: take_outcome(asked.id, answered.payload);
    }
    act();
  }

  void take_list(const jetstream::Answer<std::string>& payload) {
    const auto info = parse_answer(payload, jetstream::parse_stream_info);
    if (!info) {
      note(info.error());
      return machine_.list_failed(now());
    }
    const WallTime newest = info->last_time.value_or(info->created);
    LockList list{microseconds(info->created), newest - info->created, {}};
    for (const std::string& subject : info->kept) {
      const auto key = codec_.parse_subject(subject);
      if (key && key->name == options_.name) list.ids.push_back(key->id);
    }
    machine_.listed(list, now());
  }

  void take_entry(const std::string& id, const jetstream::Answer<std::string>& payload) {
    const auto message = parse_answer(payload, jetstream::parse_stored_message);
    if (message && message->subject == codec_.subject_of(options_.name, id)) {
      answered_at_ = clock_.monotonic();
      return machine_.read(id, codec_.decode(*message, {options_.name, id}), now());
    }
    if (!message && message.error().kind == Failure::Kind::kNoMessage) return machine_.read(id, {}, now());
    if (!message) note(message.error());
    machine_.read_failed(id, now());
  }

  void take_outcome(const std::string& id, const jetstream::Answer<std::string>& payload) {
    const auto stored = parse_answer(payload, jetstream::parse_acknowledgement);
    WriteOutcome outcome{WriteOutcome::Kind::kUnknown, 0, {}};
    if (stored && stored->stream == codec_.stream()) {
      answered_at_ = clock_.monotonic();
      outcome = {WriteOutcome::Kind::kStored, stored->sequence, {}};
    } else if (!stored) {
      outcome = outcome_of(stored.error());
    }
    machine_.written(id, outcome, now());
  }

  WriteOutcome outcome_of(const Failure& failure) {
    switch (failure.kind) {
      case Failure::Kind::kWrongSequence: return {WriteOutcome::Kind::kRefused, 0, {}};
      case Failure::Kind::kLost:
      case Failure::Kind::kSilent:
      case Failure::Kind::kMalformed: note(failure); return {WriteOutcome::Kind::kUnknown, 0, {}};
      case Failure::Kind::kOther: return {WriteOutcome::Kind::kRejected, 0, trouble(failure), !has_lasted()};
      default: return {WriteOutcome::Kind::kRejected, 0, trouble(failure)};
    }
  }

  std::string trouble(const Failure& failure) const {
    return stream_trouble(failure, codec_.stream(), codec_.filter_for(options_.name));
  }
  void bar(const Failure& failure) { machine_.barred(trouble(failure), now()); }

  // Whether there has been trouble, and nothing else, for long enough to call it final.
  bool has_lasted() const { return clock_.monotonic() - answered_at_ >= kTicketPatience; }

  // Nothing is to be had where nobody answers, unless it was to be had before.
  void note(const Failure& failure) {
    const bool silent = failure.kind == Failure::Kind::kSilent && has_lasted();
    if (failure.kind == Failure::Kind::kDenied ||
        (machine_.own().ticket() == 0 && (silent || is_hopeless(failure.kind))))
      bar(failure);
  }

  const LockOptions options_;
  const Clock& clock_;
  const LockCodec codec_;
  Outage outage_;
  StreamClient streams_;
  LockMachine machine_;
  const Duration answer_time_;
  std::map<StreamClient::Ticket, Asked> asked_;
  Deadline ask_again_at_;  // for our own entry, while the question for it is not answered
  std::map<std::string, SubscriptionId> watched_;
  MonotonicTime answered_at_{};  // the last time, or when the link was made
};

Lock::Lock(LockOptions options, const Config& config, BusDispatch& bus, const Clock& clock, Log& log)
    : client_(std::make_unique<Client>(std::move(options), config, clock, log)) {
  bus.attach(client_->streams());
  bus.attach(*client_);
}

Lock::~Lock() = default;

std::optional<LockEvent> Lock::next_event() {
  if (auto event = client_->machine().next_event()) return event;
  client_->step();
  return client_->machine().next_event();
}

void Lock::release() { client_->machine().release(client_->now()); }

Deadline Lock::wake() const { return client_->wake(); }
std::optional<BootTime> Lock::boot_wake() const { return client_->machine().boot_wake(); }
std::optional<LockDeadlines> Lock::deadlines() const { return client_->machine().deadlines(); }
std::uint64_t Lock::ticket() const { return client_->machine().own().ticket(); }

}  // namespace remaphore
