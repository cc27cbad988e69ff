// What a person sees of a request while it waits: a line for each responder, then a bar and the counts. Pure: a
// function of the state and of the screen.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace remaphore {

struct Responder {
  enum class State { kWaiting, kOk, kFailed };
  std::string_view name;  // as configured: any bytes
  State state = State::kWaiting;
  std::string exit_status = {};  // of the answer
  Duration latency{};
};

struct RequestState {
  std::vector<Responder> responders;  // at least one
  Duration elapsed{};
  std::optional<Duration> limit;  // -t
  bool ended = false;             // who still waits has not answered
  bool enough = false;            // and is not missed
};

struct Screen {
  std::size_t width = 80;   // columns
  std::size_t height = 24;  // lines
  bool utf8 = true;         // else ASCII only
  bool color = true;
  bool shows_records = false;  // the answers are printed on the same screen: at the end the counts suffice
  bool leaves_half = false;    // to what is printed above: it must not be pushed out at the top
};

inline constexpr std::size_t kMostStatusLines = 10;

// At most kMostStatusLines, height - 1 lines, or half of the height (but at least one), of at most width - 1 columns,
// without newlines: the cursor keeps a line of its own, and nothing wraps. If not every responder fits, only those that
// failed or have not answered.
std::vector<std::string> lay_out(const RequestState& state, const Screen& screen);

// Three significant digits: "0.8 ms", "12 ms", "1.25 s", "2m5s".
std::string format_latency(Duration latency);

}  // namespace remaphore
