#include "app/barrier_report.h"

#include <fmt/format.h>

#include <string>

#include "base/text.h"

namespace remaphore {

ExitStatus barrier_status(const Goal& goal) {
  if (goal.reached()) return goal.any_failed() ? ExitStatus::kCommandFailed : ExitStatus::kOk;
  return goal.any_received() ? ExitStatus::kSilent : ExitStatus::kNothing;
}

void report_missing(const Goal& goal, Log& log) {
  if (goal.reached()) return;
  const std::string so_far = fmt::format("{} of {} arrived", goal.arrived(), goal.expected());
  std::string names;
  for (const auto& [node, failed] : goal.missing()) {
    names += fmt::format("{}{}{}", names.empty() ? "" : ", ", escape_control(node), failed ? " (command failed)" : "");
  }
  log.error(names.empty() ? fmt::format("{}, {} missing", so_far, goal.expected() - goal.arrived())
                          : fmt::format("{}, not {}", so_far, names));
}

void record_missing(const Goal& goal, const MessageRecorder& recorder) {
  for (const auto& [node, failed] : goal.missing()) recorder.missing(node);
}

}  // namespace remaphore
