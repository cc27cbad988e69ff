// The live view of a request or a barrier: a line for each node, then a progress bar and the counts.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/display_text.h"
#include "base/time.h"

namespace remaphore {

struct Responder {
  enum class State { kWaiting, kOk, kFailed, kLater };  // kLater: in a later round
  std::string_view name;                                // as configured: any bytes
  State state = State::kWaiting;
  std::string exit_status = {};  // of the answer
  Duration latency{};
};

struct RequestState {
  std::vector<Responder> responders;  // at least one, except of a barrier
  std::size_t expected = 0;           // of a barrier: how many have to arrive (kOk); 0: it is a request
  Duration elapsed{};
  std::optional<Duration> limit;  // -t
  std::size_t round = 0;          // of `rounds`; 0: there are no rounds
  std::size_t rounds = 0;
  bool ended = false;   // no more answers are accepted
  bool enough = false;  // --require is met: silent responders are not a failure
};

struct Screen {
  std::size_t width = 80;   // columns
  std::size_t height = 24;  // lines
  Charset charset = Charset::kUtf8;
  bool color = true;
  bool shows_records = false;  // the answers are printed on the same screen: the final view shows only the counts
  bool leaves_half = false;    // keep half of the screen for what is printed above the view
};

inline constexpr std::size_t kMaxStatusLines = 10;

// At most kMaxStatusLines, height - 1 lines, or half of the height (but at least one), of at most width - 1 columns,
// without newlines: the cursor has its own line, and nothing wraps. If the responders do not all fit, only those
// that failed or were asked and have not answered are shown.
std::vector<std::string> lay_out(const RequestState& state, const Screen& screen);

// Three significant digits: "0.8 ms", "12 ms", "1.25 s", "2m5s".
std::string format_latency(Duration latency);

}  // namespace remaphore
