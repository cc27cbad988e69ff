#include "core/left_list.h"

#include <fmt/format.h>

#include <string_view>
#include <unordered_map>

namespace remaphore {

std::string left_lines(const ReplyTracker& tracker, const std::vector<std::string>& names) {
  std::unordered_map<std::string_view, std::string> fates;
  for (const auto& [peer, exit_status] : tracker.failures()) {
    fates.emplace(peer->destination, fmt::format("failed {}", exit_status));
  }
  for (const Peer* peer : tracker.missing()) fates.emplace(peer->destination, "silent");
  for (const Peer* peer : tracker.not_asked()) fates.emplace(peer->destination, "not asked");
  std::string lines;
  for (const std::string& name : names) {
    if (const auto fate = fates.find(name); fate != fates.end()) lines += fmt::format("{}\t{}\n", name, fate->second);
  }
  return lines;
}

}  // namespace remaphore
