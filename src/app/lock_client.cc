#include "app/lock_client.h"

#include <set>
#include <utility>

#include "core/lock_key.h"

namespace remaphore {

using jetstream::Failure;

namespace {

constexpr std::size_t kMaxUnderWay = 64;  // requests
constexpr Duration kLongestAnswer = std::chrono::seconds(2), kShortestAnswer = std::chrono::milliseconds(250);
// A cluster whose leader was lost does not answer for seconds, and may fall silent again soon after an answer: a holder
// asks for its own entry often enough not to miss the time in between.
constexpr Duration kAskAgain = std::chrono::milliseconds(200), kHolderTimeout = std::chrono::milliseconds(500);

}  // namespace

Lock::Client::Client(LockOptions options, const Config& config, const Clock& clock, Log& log)
    : options_(std::move(options)),
      clock_(clock),
      codec_(config, options_.identity, clock),
      outage_(clock, log),
      streams_(clock),
      machine_(options_.terms),
      answer_time_(std::clamp(options_.terms.lease / 6, kShortestAnswer, kLongestAnswer)) {
  machine_.queue(lock_key::random_id(), now());
}

LockMoment Lock::Client::now() const { return {clock_.monotonic(), clock_.boot(), microseconds(clock_.now())}; }

// With the maximum number of requests under way, nothing can be done before an answer.
Deadline Lock::Client::wake() const {
  const Deadline answer = earlier(earlier(streams_.wake_at(), ask_again_at_), read_gate_.wake());
  return asked_.size() < kMaxUnderWay ? earlier(answer, machine_.wake()) : answer;
}

void Lock::Client::step() {
  while (auto answered = streams_.next()) take(*answered);
  ask_for_stream();
  if (passed(ask_again_at_, clock_.monotonic())) read_own_again();
  machine_.tick(now());
  act();
}

void Lock::Client::opened() {
  outage_.end();
  watched_.clear();
  answered_at_ = clock_.monotonic();
  if (!bus().in_cluster()) read_gate_.link_opened(clock_.monotonic());
  machine_.link_opened(now());
}

void Lock::Client::lost(const LinkLost& loss) {
  outage_.lost(loss.reason, loss.heard_at);
  asked_.clear();
  if (info_asked_) read_gate_.unanswered(clock_.monotonic());  // asks over the next link
  info_asked_.reset();
  held_back_.clear();
  ask_again_at_.reset();
  watched_.clear();
  machine_.link_lost();
}

void Lock::Client::refused(const std::string& why) {
  asked_.clear();
  ask_again_at_.reset();
  machine_.link_lost();
  machine_.unavailable(why, now());
}

void Lock::Client::denied(const Denial& denial) {
  if (denial.of == Denial::Of::kSubscription) unavailable({Failure::Kind::kDenied, denial.text});
}

void Lock::Client::delivered(const Delivery& message) {
  const auto key = codec_.parse_subject(message.subject);
  if (key && key->name == options_.name) machine_.delivered(key->id, codec_.decode(message, *key), now());
}

void Lock::Client::act() {
  watch();
  while (asked_.size() + held_back_.size() < kMaxUnderWay) {
    const auto action = machine_.next_action(now());
    if (!action) return;
    watch();
    if (action->kind == Kind::kRequeue) {
      ask_again_at_.reset();
      machine_.queue(lock_key::random_id(), now());
    } else {
      issue(*action);
    }
  }
}

void Lock::Client::issue(const LockAction& action) {
  const bool reads = action.kind == Kind::kNewest || action.kind == Kind::kNext || action.kind == Kind::kRead;
  if (reads && !read_gate_.may_read(clock_.monotonic())) return held_back_.push_back(action);
  asked_[send(action)] = {action.kind, action.id, action.from};
  if (is_own_read(action.kind, action.id)) ask_again_at_ = clock_.monotonic() + kAskAgain;
}

void Lock::Client::ask_for_stream() {
  if (!streams_.is_open()) return;
  const MonotonicTime now = clock_.monotonic();
  if (read_gate_.must_ask(now)) info_asked_ = streams_.ask(codec_.question({.kind = Kind::kInfo}, {}), answer_time_);
  if (!read_gate_.may_read(now)) return;
  for (const LockAction& action : std::exchange(held_back_, {})) issue(action);
}

// Earlier requests may still be answered, over a slow link.
void Lock::Client::read_own_again() {
  ask_again_at_ = clock_.monotonic() + kAskAgain;
  if (asked_.size() < kMaxUnderWay && read_gate_.may_read(clock_.monotonic()))
    asked_[send({.kind = Kind::kRead, .id = machine_.own().id()})] = {Kind::kRead, machine_.own().id(), 0};
}

// Whether other requests of this kind are under way and may bring what this one has not.
bool Lock::Client::may_still_come(const StreamClient::Answered& answered) const {
  return !answered.payload && answered.payload.error().kind == Failure::Kind::kTimeout &&
         std::any_of(asked_.begin(), asked_.end(),
                     [this](const auto& one) { return is_own_read(one.second.kind, one.second.id); });
}

void Lock::Client::forget_own_reads() {
  ask_again_at_.reset();
  std::erase_if(asked_, [this](const auto& one) {
    if (!is_own_read(one.second.kind, one.second.id)) return false;
    streams_.forget(one.first);
    return true;
  });
}

// Reading settles a write that has not been answered.
Duration Lock::Client::write_time() const {
  return machine_.deadlines() ? std::min(answer_time_, kHolderTimeout) : answer_time_;
}

StreamClient::Ticket Lock::Client::send(const LockAction& action) {
  if (action.kind != Kind::kWrite) return streams_.ask(codec_.question(action, options_.name), answer_time_);
  const std::string subject = codec_.subject_of(options_.name, action.id);
  const std::string bytes = codec_.encode(action.entry, options_.name, action.id, *options_.identity);
  return streams_.publish(
      {.subject = subject, .payload = bytes, .expected_sequence = action.expected, .expected_last = action.last},
      write_time());
}

// Subscribes to watched entries before reading them.
void Lock::Client::watch() {
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

}  // namespace remaphore
