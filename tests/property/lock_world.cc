#include "lock_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace remaphore::test {
namespace {

using Kind = LockWorld::Step::Kind;
using std::chrono::seconds;

constexpr std::string_view kNames[] = {"serve",    "serve next", "store",        "serve late", "deliver", "time",
                                       "finish",   "withdraw",   "cut",          "cut, later", "connect", "stop",
                                       "continue", "crash",      "lose storage", "foreign",    "lag",     "expire"};

LockTerms terms_of(const LockRules& rules) {
  LockTerms terms;
  terms.slots = rules.slots;
  terms.lease = rules.lease;
  return terms;
}

}  // namespace

LockWorld::LockWorld(const LockRules& rules, std::size_t contenders) : rules_(rules) {
  for (std::size_t i = 0; i < contenders; ++i) {
    nodes_.emplace_back(terms_of(rules));
    connect(i);
    nodes_[i].machine.queue(new_id(i), now(i));
    settle(i);
  }
}

std::string LockWorld::name(const Step& step) {
  return fmt::format("{} {}", kNames[static_cast<std::size_t>(step.kind)], step.node);
}

LockMoment LockWorld::now(std::size_t node) const {
  const int rate = node + 1 == nodes_.size() ? rules_.clock_rate : 1;
  return {MonotonicTime(seconds(1000 + seconds_ * rate)), BootTime(seconds(5000 + seconds_)), 0};
}

std::string LockWorld::new_id(std::size_t node) {
  return fmt::format("{:030x}{:02x}", node + 1, ++nodes_[node].attempts);
}

std::vector<LockWorld::Step> LockWorld::steps() const {
  std::vector<Step> steps;
  const auto may = [&](bool possible, Kind kind, std::size_t node) {
    if (possible) steps.push_back({kind, node});
  };
  may(!storing_.empty(), Kind::kStore, 0);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    may(!node.requests.empty(), Kind::kServe, i);
    may(may_reorder(node), Kind::kServeNext, i);
    may(!node.late.empty(), Kind::kServeLate, i);
    if (node.crashed) continue;
    const bool over = node.machine.phase() == LockMachine::Phase::kOver;
    may((!node.answers.empty() || node.lags) && !node.stopped, Kind::kDeliver, i);
    may(node.running, Kind::kFinish, i);
    may(!node.linked && !node.stopped, Kind::kConnect, i);
    may(node.stopped, Kind::kContinue, i);
    if (over) continue;
    may(rules_.withdrawals > 0 && !node.running && !node.stopped, Kind::kWithdraw, i);
    may(rules_.cuts > 0 && node.linked && !node.stopped, Kind::kCut, i);
    may(rules_.cuts > 0 && node.linked && !node.stopped && !node.requests.empty(), Kind::kCutLater, i);
    may(rules_.stops > 0 && !node.stopped, Kind::kStop, i);
    may(rules_.crashes > 0, Kind::kCrash, i);
    may(rules_.foreign > 0 && stream_.contains(node.machine.own().id()), Kind::kForeign, i);
    may(rules_.laggards.value_or(0) > 0 && !node.lags && node.linked && !node.stopped, Kind::kLag, i);
  }
  may(rules_.losses > 0, Kind::kLoseStorage, 0);
  may(rules_.expiries > 0 && !stream_.empty(), Kind::kExpire, 0);
  may(rules_.seconds > 0 && may_pass_time(), Kind::kTime, 0);
  return steps;
}

void LockWorld::take(const Step& step) {
  happen(step);
  if (rules_.prompt) arrive();
}

void LockWorld::happen(const Step& step) {
  Node& node = nodes_[step.node];
  switch (step.kind) {
    case Kind::kServe: serve(step.node); break;
    case Kind::kServeNext:
      std::swap(node.requests[0], node.requests[1]);
      serve(step.node);
      break;
    case Kind::kStore: store(); break;
    case Kind::kServeLate: serve_late(step.node); break;
    case Kind::kDeliver: deliver(step.node); break;
    case Kind::kTime: pass_time(); break;
    case Kind::kFinish: end_command(step.node); break;
    case Kind::kWithdraw: withdraw(step.node); break;
    case Kind::kCut: cut(step.node, false); break;
    case Kind::kCutLater: cut(step.node, true); break;
    case Kind::kConnect: connect(step.node); break;
    case Kind::kStop:
      --rules_.stops;
      node.stopped = true;
      break;
    case Kind::kContinue: go_on(step.node); break;
    case Kind::kCrash:
      --rules_.crashes;
      node.crashed = true;
      node.running = node.linked = false;
      node.answers.clear();
      break;
    case Kind::kLoseStorage: lose_storage(); break;
    case Kind::kExpire: expire(); break;
    case Kind::kForeign: write_foreign(step.node); break;
    case Kind::kLag:
      --*rules_.laggards;
      node.lags = true;
      break;
  }
  if (rules_.laggards) deliver_what_is_due();
  check();
}

void LockWorld::withdraw(std::size_t index) {
  --rules_.withdrawals;
  nodes_[index].machine.release(now(index));
  settle(index);
}

void LockWorld::arrive() {
  const auto arrives = [](const Step& step) { return step.kind <= Kind::kDeliver && step.kind != Kind::kServeNext; };
  for (auto all = steps();; all = steps()) {
    const auto found = std::find_if(all.begin(), all.end(), arrives);
    if (found == all.end()) return;
    happen(*found);
  }
}

// Lets a node's machine do all that it can do now.
void LockWorld::settle(std::size_t index) {
  Node& node = nodes_[index];
  if (node.stopped || node.crashed) return;
  node.machine.tick(now(index));
  if (node.running && node.kill_by && now(index).boot >= *node.kill_by) return end_command(index);
  while (const auto action = node.machine.next_action(now(index))) {
    if (action->kind == LockAction::Kind::kRequeue) {
      node.machine.queue(new_id(index), now(index));
      continue;
    }
    if (auto watched = node.machine.watched(); watched != node.asked_to_watch) {
      node.asked_to_watch = watched;
      node.requests.push_back({{}, std::move(watched), true});
    }
    node.requests.push_back({*action, {}, false});
  }
  while (const auto event = node.machine.next_event()) on_event(index, *event);
}

void LockWorld::on_event(std::size_t index, const LockEvent& event) {
  Node& node = nodes_[index];
  if (event.kind == LockEvent::Kind::kEndCommand) {
    node.kill_by = event.kill_by;
    ++happened_.losses;
  }
  if (event.kind == LockEvent::Kind::kEndCommand && now(index).boot >= event.kill_by) return end_command(index);
  if (event.kind == LockEvent::Kind::kOver && node.running)
    fault(fmt::format("{} is over while its command runs", index));
  if (event.kind == LockEvent::Kind::kOver && rules_.returns) {
    node.machine = LockMachine(terms_of(rules_));
    if (node.linked) node.machine.link_opened(now(index));
    node.machine.queue(new_id(index), now(index));
    return settle(index);
  }
  if (event.kind != LockEvent::Kind::kHeld) return;
  ++happened_.holds;
  node.running = true;
  node.kill_by.reset();
  if (rules_.slots == 1 && event.fence <= last_fence_) fault(fmt::format("{} got a fence that does not rise", index));
  if (!fences_.insert(event.fence).second && rules_.slots == 1) fault(fmt::format("{} got a fence twice", index));
  last_fence_ = std::max(last_fence_, event.fence);
  const std::uint64_t ticket = node.machine.own().ticket();
  if (rules_.slots == 1 && rules_.order_is_kept && ticket <= last_ticket_)
    fault(fmt::format("{} is out of order", index));
  last_ticket_ = ticket;
}

void LockWorld::end_command(std::size_t index) {
  Node& node = nodes_[index];
  node.running = false;
  node.kill_by.reset();
  if (node.crashed || node.stopped) return;
  node.machine.release(now(index));
  settle(index);
}

void LockWorld::go_on(std::size_t index) {
  Node& node = nodes_[index];
  node.stopped = false;
  const LockMachine::Phase phase = node.machine.phase();
  const bool holds = phase == LockMachine::Phase::kHeld || phase == LockMachine::Phase::kEnding;
  holds && !node.running ? end_command(index) : settle(index);  // it may have ended meanwhile
}

void LockWorld::serve(std::size_t index) {
  Node& node = nodes_[index];
  const Request request = std::move(node.requests.front());
  node.requests.pop_front();
  if (request.subscribes) {
    node.watched = request.watched;
    return node.requests.empty() ? void() : serve(index);
  }
  const LockAction& action = request.action;
  if (action.kind == LockAction::Kind::kWrite) return accept_write(index, node.link, action);
  if (node.crashed) return;
  if (rules_.answers_queue) {
    node.answers.push_back(answer_to(index, action));
  } else if (node.stopped) {  // it will be too late
    return node.answers.push_back({Answer::Kind::kNothing, action.kind, action.id, {}, {}});
  } else {
    take(index, answer_to(index, action));
  }
  if (!rules_.reorders && !node.requests.empty() && is_question(node.requests.front())) return serve(index);
  settle(index);
}

LockWorld::Answer LockWorld::answer_to(std::size_t index, const LockAction& action) const {
  Answer answer{.kind = Answer::Kind::kFound, .asked = action.kind, .id = action.id, .from = action.from};
  answer.list = {created_, seconds(seconds_ - created_at_)};
  switch (action.kind) {
    case LockAction::Kind::kNewest:
    case LockAction::Kind::kNext: answer.found = find(index, action); return answer;
    case LockAction::Kind::kRead: {
      const auto found = stream_.find(action.id);
      answer.kind = Answer::Kind::kRead;
      if (found != stream_.end()) answer.stored = {found->second.sequence, found->second.entry};
      return answer;
    }
    case LockAction::Kind::kList:
      for (const auto& [id, stored] : stream_) {
        if (!rules_.hides_entries || id == nodes_[index].machine.own().id()) answer.list.ids.push_back(id);
      }
      break;
    default: break;
  }
  answer.kind = Answer::Kind::kList;
  return answer;
}

FoundEntry LockWorld::find(std::size_t index, const LockAction& action) const {
  const bool newest = action.kind == LockAction::Kind::kNewest;
  FoundEntry found;
  for (const auto& [id, stored] : stream_) {
    if (rules_.hides_entries && id != nodes_[index].machine.own().id()) continue;
    const bool better = found.id.empty() ||
                        (newest ? stored.sequence > found.stored.sequence : stored.sequence < found.stored.sequence);
    if (better && (newest || stored.sequence >= action.from)) found = {id, {stored.sequence, stored.entry}};
  }
  return found;
}

bool LockWorld::may_reorder(const Node& node) const {
  if (!rules_.reorders || node.requests.size() < 2) return false;
  const Request &first = node.requests[0], &second = node.requests[1];
  if (!is_question(first) || second.subscribes) return false;
  return is_question(second) || first.action.kind == LockAction::Kind::kNewest;
}

bool LockWorld::is_question(const Request& request) {
  return !request.subscribes && request.action.kind != LockAction::Kind::kWrite;
}

void LockWorld::serve_late(std::size_t index) {
  const Request request = std::move(nodes_[index].late.front());
  nodes_[index].late.pop_front();
  constexpr std::uint64_t kNoLink = 0;
  if (!request.subscribes && request.action.kind == LockAction::Kind::kWrite)
    accept_write(index, kNoLink, request.action);
}

void LockWorld::accept_write(std::size_t index, std::uint64_t link, const LockAction& action) {
  hint(action.id, action.entry);
  storing_.push_back({index, link, action});
  if (!rules_.storing_lags) store();
}

void LockWorld::store() {
  const Storing storing = std::move(storing_.front());
  storing_.pop_front();
  const auto found = stream_.find(storing.action.id);
  const std::uint64_t last = found == stream_.end() ? 0 : found->second.sequence;
  WriteOutcome outcome{WriteOutcome::Kind::kRefused, 0, {}};
  const bool unchanged = rules_.stores_always || storing.action.last.value_or(last_sequence_) == last_sequence_;
  if (last == storing.action.expected && unchanged) {
    stream_[storing.action.id] = {++last_sequence_, storing.action.entry};
    if (!storing.action.entry.by.empty()) ++happened_.evictions;
    if (storing.action.entry.by.empty() && storing.action.entry.stream != 0) ++happened_.restored;
    outcome = {WriteOutcome::Kind::kStored, last_sequence_, {}};
  }
  Node& node = nodes_[storing.node];
  if (node.linked && node.link == storing.link) {
    node.answers.push_back({Answer::Kind::kWritten, storing.action.kind, storing.action.id, outcome, {}});
  }
}

void LockWorld::hint(const std::string& id, const std::optional<LockEntry>& entry) {
  for (Node& node : nodes_) {
    if (node.linked && node.watched.contains(id)) node.answers.push_back({Answer::Kind::kHint, {}, id, {}, entry});
  }
}

void LockWorld::deliver(std::size_t index) {
  Node& node = nodes_[index];
  node.lags = false;
  if (node.answers.empty()) return;
  const Answer answer = std::move(node.answers.front());
  node.answers.pop_front();
  take(index, answer);
  settle(index);
}

void LockWorld::take(std::size_t index, const Answer& answer) {
  LockMachine& machine = nodes_[index].machine;
  const LockMoment at = now(index);
  switch (answer.kind) {
    case Answer::Kind::kWritten: return machine.written(answer.id, answer.outcome, at);
    case Answer::Kind::kHint: return machine.delivered(answer.id, answer.entry, at);
    case Answer::Kind::kRead: return machine.read(answer.id, answer.stored, at);
    case Answer::Kind::kFound:
      return answer.asked == LockAction::Kind::kNewest ? machine.newest(answer.found, at)
                                                       : machine.next(answer.from, answer.found, at);
    case Answer::Kind::kList:
      return answer.asked == LockAction::Kind::kInfo ? machine.aged(answer.list, at) : machine.listed(answer.list, at);
    case Answer::Kind::kNothing:
      switch (answer.asked) {
        case LockAction::Kind::kList: return machine.list_failed(at);
        case LockAction::Kind::kRead: return machine.read_failed(answer.id, at);
        default: return machine.find_failed(at);
      }
  }
}

void LockWorld::cut(std::size_t index, bool later) {
  Node& node = nodes_[index];
  --rules_.cuts;
  node.linked = node.lags = false;
  if (later) node.late = std::move(node.requests);
  node.requests.clear();
  node.answers.clear();
  node.watched.clear();
  node.asked_to_watch.clear();
  node.machine.link_lost();
  settle(index);
}

void LockWorld::connect(std::size_t index) {
  Node& node = nodes_[index];
  node.linked = true;
  ++node.link;
  node.machine.link_opened(now(index));
  settle(index);
}

void LockWorld::pass_time() {
  --rules_.seconds;
  ++seconds_;
  for (std::size_t i = 0; i < nodes_.size(); ++i) settle(i);
}

void LockWorld::lose_storage() {
  --rules_.losses;
  stream_.clear();
  storing_.clear();
  last_sequence_ = 0;
  created_ += 1'000'000;
  created_at_ = seconds_;
}

void LockWorld::expire() {
  --rules_.expiries;
  stream_.clear();
  expired_at_ = seconds_;
}

void LockWorld::write_foreign(std::size_t index) {
  const std::string& id = nodes_[index].machine.own().id();
  --rules_.foreign;
  stream_[id] = {++last_sequence_, std::nullopt};
  hint(id, std::nullopt);
}

bool LockWorld::may_pass_time() const {
  if (!rules_.laggards) return true;
  return std::all_of(nodes_.begin(), nodes_.end(), [](const Node& node) {
    const bool slow = node.lags || node.stopped || node.crashed || !node.linked;
    return slow || (node.requests.empty() && node.answers.empty());
  });
}

void LockWorld::deliver_what_is_due() {
  for (bool any = true; any;) {
    any = false;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const Node& node = nodes_[i];
      if (node.lags || node.stopped || node.crashed || node.answers.empty()) continue;
      deliver(i);
      any = true;
    }
  }
}

void LockWorld::check() {
  std::size_t holders = 0;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    if (!node.running) continue;
    const bool in_time = now(i).boot < node.machine.deadline();
    if (in_time) ++holders;
    if (!in_time && !node.stopped) fault(fmt::format("the command of {} outlives its deadline", i));
  }
  const bool excused = seconds_ <= expired_at_ + rules_.lease * 2 / 3 / seconds(1);
  if (holders > rules_.slots && !excused) fault(fmt::format("{} hold at once", holders));
}

void LockWorld::calm_down() {
  rules_.cuts = rules_.stops = rules_.crashes = rules_.losses = rules_.expiries = rules_.foreign = rules_.withdrawals =
      0;
  rules_.laggards.reset();
  rules_.returns = false;
  rules_.seconds = 100'000;
}

bool LockWorld::is_over() const {
  return std::all_of(nodes_.begin(), nodes_.end(), [](const Node& node) {
    return node.crashed || node.machine.phase() == LockMachine::Phase::kOver;
  });
}

}  // namespace remaphore::test
