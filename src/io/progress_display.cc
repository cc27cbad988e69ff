#include "io/progress_display.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace remaphore {
namespace {

constexpr Duration kRedrawPause = std::chrono::milliseconds(100);  // between two redraws

bool is_success(std::string_view exit_status) { return exit_status.find_first_not_of("-0") == std::string_view::npos; }

}  // namespace

ProgressDisplay::ProgressDisplay(Terminal terminal, Signals& signals, const Clock& clock, RecordOutput& records,
                                 Log& log)
    : terminal_(std::move(terminal)),
      signals_(signals),
      clock_(clock),
      log_(log, [this] { clear(); }),
      records_(records, *this) {
  signals.watch_terminal();
}

void ProgressDisplay::begin(std::optional<Duration> timeout) {
  asked_at_ = clock_.monotonic();
  state_ = RequestState{};
  rows_.clear();
  nodes_.clear();
  if (timeout && timeout->count() > 0) state_.limit = timeout;  // 0: none
  changed_ = true;
}

void ProgressDisplay::awaited(const std::vector<std::string_view>& named, std::size_t expected,
                              std::optional<Duration> timeout) {
  begin(timeout);
  state_.expected = expected;
  for (const std::string_view node : named) row_of(node);
}

std::size_t ProgressDisplay::row_of(std::string_view node) {
  const auto found = nodes_.find(node);
  if (found != nodes_.end()) return found->second;
  const auto made = nodes_.emplace(node, state_.responders.size()).first;
  state_.responders.push_back(Responder{made->first});
  return made->second;
}

void ProgressDisplay::outcome(std::string_view node, int exit_status, bool counted) {
  Responder& one = state_.responders[row_of(node)];
  if (one.state == Responder::State::kOk) return;
  one.state = counted ? Responder::State::kOk : Responder::State::kFailed;
  one.exit_status = std::to_string(exit_status);
  one.latency = clock_.monotonic() - asked_at_;
  changed_ = true;
}

void ProgressDisplay::asked(const std::vector<const Peer*>& awaited, std::optional<Duration> timeout) {
  begin(timeout);
  for (const Peer* peer : awaited) {
    rows_.emplace(peer, state_.responders.size());
    state_.responders.push_back(Responder{peer->destination});
  }
}

void ProgressDisplay::round(std::size_t number, std::size_t count, std::span<const std::string> names) {
  using State = Responder::State;
  const std::unordered_set<std::string_view> now(names.begin(), names.end());
  for (Responder& one : state_.responders) {
    if (now.contains(one.name)) {
      if (one.state == State::kLater) one.state = State::kWaiting;
    } else if (number == 1 && one.state == State::kWaiting) {
      one.state = State::kLater;
    }
  }
  state_.round = number;
  state_.rounds = count;
  changed_ = true;
}

void ProgressDisplay::answered(const Peer& peer, std::string_view exit_status, Duration latency) {
  const auto row = rows_.find(&peer);
  if (row == rows_.end()) return;
  Responder& responder = state_.responders[row->second];
  // The first answer counts, unless a later one is a failure.
  const bool good = is_success(exit_status);
  if (responder.state != Responder::State::kWaiting && (good || responder.state == Responder::State::kFailed)) return;
  responder.state = good ? Responder::State::kOk : Responder::State::kFailed;
  responder.exit_status = exit_status;
  responder.latency = latency;
  changed_ = true;
}

void ProgressDisplay::ended(bool enough) {
  if (!shows_anything()) return;
  state_.ended = true;
  state_.enough = enough;
  draw();
  terminal_.forget();
}

void ProgressDisplay::prepare(PollSet& set) {
  if (records_.release()) set.wake_at(MonotonicTime::min());  // others have prepared: what it left is polled next
  if (!shows_anything() || state_.ended) return;
  if (terminal_.busy() || !records_.idle()) return;  // polled by their owners; half a record may be on the screen
  const MonotonicTime now = clock_.monotonic();
  if (now >= (changed_ ? not_before_ : next_second())) {
    draw();
    if (terminal_.busy()) set.wake_at(MonotonicTime::min());
    changed_ = false;
    drawn_at_ = now;
    not_before_ = now + kRedrawPause;
  }
  set.wake_at(changed_ ? not_before_ : next_second());
}

void ProgressDisplay::dispatch(const PollSet&) {
  if (terminal_.follow(signals_)) changed_ = true;
}

void ProgressDisplay::draw() {
  state_.elapsed = clock_.monotonic() - asked_at_;
  if (!terminal_.in_foreground()) return;
  Screen screen = terminal_.screen();
  screen.shows_records = records_.is_terminal();
  screen.leaves_half = records_may_show_;
  terminal_.draw(lay_out(state_, screen));
}

MonotonicTime ProgressDisplay::next_second() const {
  return asked_at_ + std::chrono::floor<std::chrono::seconds>(drawn_at_ - asked_at_) + std::chrono::seconds(1);
}

void ProgressDisplay::clear() {
  if (!terminal_.shows_anything()) return;
  terminal_.erase();
  changed_ = true;
  const MonotonicTime now = clock_.monotonic();
  not_before_ = redraws_.allow(now) ? now : std::max(now, drawn_at_ + kRedrawPause);
}

void ProgressDisplay::RecordsAbove::write(std::string record) {
  if (display_.records_may_show_) display_.clear();
  if (is_terminal() && (display_.terminal_.busy() || !held_.empty())) {
    held_ += record;
    return;
  }
  records_.write(std::move(record));
  // The reader of the pipe may print on this screen, and needs time to do so.
  if (display_.records_may_show_ && !is_terminal()) display_.not_before_ = display_.clock_.monotonic() + kRedrawPause;
}

bool ProgressDisplay::RecordsAbove::release() {
  if (held_.empty() || display_.terminal_.busy()) return false;
  records_.write(std::exchange(held_, {}));
  records_.flush();
  return true;
}

}  // namespace remaphore
