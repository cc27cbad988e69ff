#include "app/request_rounds.h"

#include <fmt/format.h>

#include <unordered_set>

namespace remaphore {

RequestRounds::RequestRounds(const RequestOptions& options, const Ports& ports, std::function<void()> verify_last)
    : options_(options),
      ports_(ports),
      verify_last_(std::move(verify_last)),
      rounds_(options.has_names() ? options.names.size() : ports.tracker.awaited(), options.rounds) {
  ports_.publisher.on_sent([this] { report_sending(); });
}

void RequestRounds::begin(MonotonicTime now) {
  began_ = now;
  answered_ = 0;
  reported_ = false;
  if (options_.has_names()) ports_.publisher.release(rounds_.end());
}

// Messages have been handed to a server, some of them perhaps again.
void RequestRounds::report_sending() {
  const bool begins = !std::exchange(reported_, true);
  if (ports_.progress && rounds_.number() == 0 && (begins || ports_.publisher.size() == 1)) {
    ports_.progress->asked(ports_.tracker.missing(), options_.timeout);
  }
  if (!begins || !options_.in_rounds()) return;
  ports_.printer.round({RoundReport::Event::kBegin, rounds_.number() + 1, rounds_.count(), names(), 0, 0});
  if (ports_.progress) ports_.progress->round(rounds_.number() + 1, rounds_.count(), names());
}

bool RequestRounds::advance(MonotonicTime now) {
  if (ports_.publisher.written() && ports_.publisher.unsent() == 0) rounds_.sent(now);
  while (!over_) {
    switch (rounds_.step(missing(), failed_so_far(), now)) {
      case Rounds::Step::kWait: return false;
      case Rounds::Step::kOver: end_round(); break;
      case Rounds::Step::kBegin: begin(now); break;
      case Rounds::Step::kStop: stopped_ = over_ = true; break;
      case Rounds::Step::kEnd: over_ = true; break;
    }
  }
  return true;
}

void RequestRounds::end_round() {
  if (missing() > 0) verify_last_();
  if (!options_.in_rounds()) return;
  const std::unordered_set<std::string_view> of_round(names().begin(), names().end());
  std::size_t failed = 0;
  for (const auto& failure : ports_.tracker.failures()) failed += of_round.contains(failure.peer->destination);
  ports_.printer.round(
      {RoundReport::Event::kEnd, rounds_.number() + 1, rounds_.count(), names(), names().size() - missing(), failed});
}

std::span<const std::string> RequestRounds::names() const {
  return std::span(options_.names).subspan(rounds_.first(), rounds_.end() - rounds_.first());
}

std::size_t RequestRounds::missing() const {
  if (!options_.has_names()) return ports_.tracker.awaited() - ports_.tracker.answered();
  return rounds_.end() - rounds_.first() - answered_;
}

std::size_t RequestRounds::failed_so_far() const {
  return ports_.tracker.failed() + rounds_.end() - ports_.tracker.answered();
}

std::size_t RequestRounds::never_asked() const {
  return options_.has_names() ? options_.names.size() - ports_.publisher.handed_over() : 0;
}

std::string RequestRounds::describe_stop(std::string_view why) const {
  const std::string reason = stopped_ ? fmt::format("{} failed or silent", failed_so_far()) : std::string(why);
  return fmt::format("stopped in round {} of {}, {}: {} of {} nodes were never asked", rounds_.number() + 1,
                     rounds_.count(), reason, never_asked(), options_.names.size());
}

}  // namespace remaphore
