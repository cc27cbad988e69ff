#include "app/request_report.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/text.h"

namespace remaphore {
namespace {

void append(std::string& names, std::string_view name) {
  if (!names.empty()) names += ", ";
  names += name;
}

}  // namespace

void name_silent(const ReplyTracker& tracker, Log& log) {
  std::string silent;
  for (const Peer* peer : tracker.missing()) append(silent, escape_control(peer->destination));
  if (!silent.empty()) log.error(fmt::format("no answer from {}", silent));
}

void name_failed(const ReplyTracker& tracker, Log& log) {
  if (tracker.failed() == 0) return;
  std::string failed;
  for (const auto& [peer, exit_status] : tracker.failures()) {
    append(failed, fmt::format("{} ({})", escape_control(peer->destination), exit_status));
  }
  log.error(fmt::format("the command failed on {}", failed));
}

}  // namespace remaphore
