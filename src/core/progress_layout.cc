#include "core/progress_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/duration.h"

namespace remaphore {
namespace {

constexpr std::size_t kBar = 24;         // columns
constexpr std::size_t kMinBar = 6;       // with less room there is no bar
constexpr std::size_t kBeforeName = 22;  // columns of mark, status, latency and the blanks between
constexpr std::size_t kMinName = 8;      // with less room a row is only mark and name
constexpr std::string_view kGreen = "32", kRed = "31", kDim = "2";

struct Counts {
  std::size_t total = 0, ok = 0, failed = 0, waiting = 0, later = 0;
};

Counts count(const std::vector<Responder>& responders) {
  Counts counts{responders.size()};
  for (const Responder& one : responders) {
    ++(one.state == Responder::State::kOk       ? counts.ok
       : one.state == Responder::State::kFailed ? counts.failed
       : one.state == Responder::State::kLater  ? counts.later
                                                : counts.waiting);
  }
  return counts;
}

class ViewLayout {
 public:
  ViewLayout(const RequestState& state, const Screen& screen)
      : state_(state),
        screen_(screen),
        width_(screen.width > 1 ? screen.width - 1 : 1),
        counts_(count(state.responders)) {}

  std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    if (!(state_.ended && screen_.shows_records)) add_rows(lines);
    lines.push_back(state_.ended ? closing_line() : status_line());
    return lines;
  }

 private:
  void add_rows(std::vector<std::string>& lines) const {
    const std::size_t room = rows();
    if (counts_.total <= room) {
      for (const Responder& one : state_.responders) lines.push_back(row(one));
      return;
    }
    const std::size_t wanted = counts_.failed + counts_.waiting;
    std::size_t left = wanted <= room ? wanted : room > 0 ? room - 1 : 0;
    Counts hidden{0, 0, counts_.failed, counts_.waiting, 0};
    for (const auto& [state, rest] : {std::pair(Responder::State::kFailed, &hidden.failed),
                                      std::pair(Responder::State::kWaiting, &hidden.waiting)}) {
      for (const Responder& one : state_.responders) {
        if (left == 0) break;
        if (one.state != state) continue;
        lines.push_back(row(one));
        --*rest;
        --left;
      }
    }
    if (wanted > room && room > 0) {
      lines.push_back(fitted(
          fmt::format("{} and {} more: {}", is_utf8() ? "…" : "...", hidden.failed + hidden.waiting, rest_of(hidden))));
    }
  }

  // Lines above the bar.
  std::size_t rows() const {
    const std::size_t lines =
        screen_.leaves_half ? screen_.height / 2 : screen_.height - std::min<std::size_t>(1, screen_.height);
    return std::min(kMaxStatusLines, std::max<std::size_t>(1, lines)) - 1;
  }

  std::string row(const Responder& one) const {
    const bool named_only = width_ < kBeforeName + kMinName;
    const std::string name = fit_to_columns(
        one.name, width_ - (named_only ? std::min<std::size_t>(2, width_) : kBeforeName), screen_.charset);
    const std::string mark = mark_of(one.state);
    if (named_only) return name.empty() ? mark : mark + " " + name;
    const bool answered = one.state == Responder::State::kOk || one.state == Responder::State::kFailed;
    const std::string latency = answered ? format_latency(one.latency) : "";
    return fmt::format("{} {:>8}  {}",
                       paint(color_of(one.state), fmt::format("{} {:<9}", glyph_of(one.state), status_of(one))),
                       latency, name);
  }

  std::string status_of(const Responder& one) const {
    if (one.state == Responder::State::kOk) return is_barrier() ? "arrived" : "ok";
    if (one.state == Responder::State::kFailed) return fit_to_columns("exit " + one.exit_status, 9, screen_.charset);
    if (one.state == Responder::State::kLater) return state_.ended ? "not asked" : "later";
    return !state_.ended ? "waiting" : is_barrier() ? "missing" : "no answer";
  }

  // It was asked, and no more answers are accepted.
  bool is_missed(Responder::State state) const {
    return state == Responder::State::kWaiting && state_.ended && !state_.enough;
  }

  std::string_view glyph_of(Responder::State state) const {
    if (state == Responder::State::kOk) return is_utf8() ? "✔" : "+";
    if (state == Responder::State::kFailed || is_missed(state)) return is_utf8() ? "✘" : "!";
    return is_utf8() ? "·" : ".";
  }

  std::string_view color_of(Responder::State state) const {
    return state == Responder::State::kOk                           ? kGreen
           : state == Responder::State::kFailed || is_missed(state) ? kRed
                                                                    : kDim;
  }

  std::string mark_of(Responder::State state) const { return paint(color_of(state), glyph_of(state)); }

  // "2 failed, 3 waiting"; counts of zero are left out.
  std::string rest_of(const Counts& counts) const {
    std::string text;
    if (counts.failed > 0) text = fmt::format("{} failed", counts.failed);
    if (counts.waiting > 0) {
      text +=
          fmt::format("{}{} {}", text.empty() ? "" : ", ", counts.waiting, state_.ended ? "without answer" : "waiting");
    }
    if (counts.later > 0) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts.later, state_.ended ? "not asked" : "later");
    }
    return text;
  }

  bool is_barrier() const { return state_.expected > 0; }
  bool is_complete() const { return is_barrier() ? counts_.ok >= state_.expected : counts_.ok == counts_.total; }

  std::string tally() const {
    if (is_barrier()) {
      const std::size_t arrived = std::min(counts_.ok, state_.expected);
      std::string text = fmt::format("{} of {} arrived", arrived, state_.expected);
      if (counts_.failed > 0) text += fmt::format(", {} failed", counts_.failed);
      if (arrived < state_.expected) text += fmt::format(", {} missing", state_.expected - arrived);
      return text;
    }
    const std::string rest = rest_of(counts_);
    return fmt::format("{} of {} answered{}{}", counts_.ok + counts_.failed, counts_.total, rest.empty() ? "" : ", ",
                       rest);
  }

  std::string round() const {
    return state_.round == 0 ? "" : fmt::format("round {} of {}, ", state_.round, state_.rounds);
  }

  std::string status_line() const {
    std::string text = fmt::format("{}{}, {}", round(), tally(), seconds(state_.elapsed));
    if (state_.limit) text += fmt::format(" of {}", format_duration(*state_.limit));
    const std::size_t spare = width_ > columns_of(text) + 2 ? width_ - columns_of(text) - 2 : 0;
    const std::size_t columns = std::min(kBar, spare);
    return columns < kMinBar ? fitted(text) : bar(columns) + "  " + text;
  }

  std::string closing_line() const {
    const Responder::State state = is_complete() || state_.enough ? Responder::State::kOk : Responder::State::kFailed;
    const std::string text = fmt::format("{} in {}", tally(), format_latency(state_.elapsed));
    return width_ < 3 ? mark_of(state) : mark_of(state) + " " + fit_to_columns(text, width_ - 2, screen_.charset);
  }

  // Green for success, red for failure. Full only when all have answered.
  std::string bar(std::size_t columns) const {
    const std::size_t inside = is_utf8() ? columns : columns - 2;
    const std::size_t all = is_barrier() ? state_.expected : counts_.total;
    const std::size_t bad = is_barrier() ? 0 : counts_.failed;  // a failed node may still arrive
    const std::size_t done = inside * std::min(all, counts_.ok + bad) / all;
    const std::size_t failed = bad == 0 ? 0 : std::min(done, std::max<std::size_t>(1, inside * bad / all));
    const std::string drawn = paint(kGreen, repeat(is_utf8() ? "━" : "#", done - failed)) +
                              paint(kRed, repeat(is_utf8() ? "━" : "!", failed)) +
                              paint(kDim, repeat(is_utf8() ? "─" : ".", inside - done));
    return is_utf8() ? drawn : "[" + drawn + "]";
  }

  static std::string repeat(std::string_view glyph, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) text += glyph;
    return text;
  }

  std::string paint(std::string_view color, std::string_view text) const {
    return screen_.color && !text.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", color, text) : std::string(text);
  }

  bool is_utf8() const { return screen_.charset == Charset::kUtf8; }
  std::string fitted(std::string_view text) const { return fit_to_columns(text, width_, screen_.charset); }
  static std::string seconds(Duration time) { return format_duration(std::chrono::floor<std::chrono::seconds>(time)); }

  const RequestState& state_;
  const Screen& screen_;
  const std::size_t width_;
  const Counts counts_;
};

}  // namespace

std::vector<std::string> lay_out(const RequestState& state, const Screen& screen) {
  return ViewLayout(state, screen).lines();
}

std::string format_latency(Duration latency) {
  const double ms = std::chrono::duration<double, std::milli>(latency).count();
  if (ms < 9.95) return fmt::format("{:.1f} ms", ms);
  if (ms < 999.5) return fmt::format("{:.0f} ms", ms);
  if (ms < 9'995) return fmt::format("{:.2f} s", ms / 1000);
  if (ms < 59'950) return fmt::format("{:.1f} s", ms / 1000);
  return format_duration(std::chrono::floor<std::chrono::seconds>(latency));
}

}  // namespace remaphore
