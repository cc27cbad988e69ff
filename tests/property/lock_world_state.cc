// Describes a world: for failure messages, and to recognise one that was seen before.
#include <fmt/format.h>

#include <type_traits>

#include "lock_world.h"

namespace remaphore::test {
namespace {

// FNV-1a over everything that it is given.
class Hash {
 public:
  std::uint64_t value = 14695981039346656037u;

  template <class... Parts>
  void operator()(const Parts&... parts) {
    (add(parts), ...);
  }

 private:
  void number(std::uint64_t number) {
    value = (value ^ number) * 1099511628211u;
    value ^= value >> 29;
  }
  void add(const std::string& text) {
    for (const char c : text) number(static_cast<unsigned char>(c));
    number(text.size());
  }
  void add(MonotonicTime time) { number(static_cast<std::uint64_t>(time.time_since_epoch().count())); }
  void add(BootTime time) { number(static_cast<std::uint64_t>(time.time_since_epoch().count())); }
  void add(Duration duration) { number(static_cast<std::uint64_t>(duration.count())); }
  void add(const StoredEntry& stored) { (*this)(stored.sequence, stored.entry); }
  void add(const FoundEntry& found) { (*this)(found.id, found.stored); }
  void add(const LockMoment& moment) { (*this)(moment.monotonic, moment.boot); }
  void add(const LockPlace& place) { (*this)(place.stream, place.ticket); }
  void add(const LockEntry& entry) {
    (*this)(entry.state, entry.beat, entry.ticket, entry.stream, entry.fence, entry.before, entry.was_held, entry.ahead,
            entry.by);
  }
  template <class T>
  void add(const std::optional<T>& maybe) {
    number(maybe.has_value());
    if (maybe) add(*maybe);
  }
  template <class T>
  void add(const std::vector<T>& values) {
    for (const T& one : values) add(one);
    number(values.size());
  }
  template <class T>
  void add(const std::set<T>& values) {
    for (const T& one : values) add(one);
    number(values.size());
  }
  template <class T>
  requires std::is_integral_v<T> || std::is_enum_v<T>
  void add(T plain) { number(static_cast<std::uint64_t>(plain)); }
};

}  // namespace

std::string LockWorld::describe() const {
  std::string all = fmt::format("{} s", seconds_);
  for (const Node& node : nodes_) {
    all += fmt::format("; phase {}{}{}{}, {} requests, {} answers, ahead:", static_cast<int>(node.machine.phase()),
                       node.running ? " runs" : "", node.stopped ? " stopped" : "", node.crashed ? " crashed" : "",
                       node.requests.size(), node.answers.size());
    for (const auto& [id, other] : node.machine.others().others()) {
      all += fmt::format(" {}{}{} step {}", id.substr(id.size() - 4), other.known ? "" : "?", other.watched ? "w" : "",
                         static_cast<int>(other.step));
    }
  }
  for (const auto& [id, stored] : stream_) {
    all += fmt::format("; {} {}", id.substr(id.size() - 4), stored.entry ? static_cast<int>(stored.entry->state) : -1);
  }
  return all;
}

std::uint64_t LockWorld::fingerprint() const {
  Hash hash;
  for (const Node& node : nodes_) {
    node.machine.visit(hash);
    for (const auto* requests : {&node.requests, &node.late}) {
      for (const Request& one : *requests) {
        hash(one.subscribes, one.watched, one.action.kind, one.action.id, one.action.expected, one.action.entry);
        hash(one.action.last, one.action.from);
      }
      hash(requests->size());
    }
    for (const Answer& one : node.answers) {
      hash(one.kind, one.asked, one.id, one.outcome.kind, one.outcome.sequence, one.entry);
      hash(one.from, one.found, one.list.stream, one.list.age, one.list.ids, one.stored);
    }
    hash(node.answers.size(), node.watched, node.attempts, node.linked, node.stopped, node.crashed, node.running);
    hash(node.kill_by, node.lags);
  }
  for (const auto& [id, stored] : stream_) hash(id, stored.sequence, stored.entry);
  for (const Storing& one : storing_) {
    hash(one.node, one.link, one.action.id, one.action.expected, one.action.last, one.action.entry);
  }
  hash(stream_.size(), storing_.size(), last_sequence_, created_, seconds_, expired_at_, last_fence_, last_ticket_);
  hash(rules_.seconds, rules_.cuts, rules_.stops, rules_.crashes, rules_.losses, rules_.foreign);
  hash(rules_.withdrawals, rules_.laggards);
  return hash.value;
}

}  // namespace remaphore::test
