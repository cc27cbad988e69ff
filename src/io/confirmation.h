// A question to the person at the terminal, whatever standard input and output are.
#pragma once

#include <string>

#include "base/deadline.h"
#include "io/signals.h"

namespace remaphore {

enum class Consent { kYes, kNo, kTooLate, kNoTerminal };

// Shows `question` on the controlling terminal and waits for a line: "y" or "yes", in any case, is yes. The end of
// input and a stop signal are no. The question is safe to show on a terminal that reads UTF-8.
Consent ask_on_terminal(const std::string& question, Signals& signals, Deadline deadline = std::nullopt);

}  // namespace remaphore
