#include "cli/round_options.h"

#include <algorithm>
#include <utility>

#include "core/sample.h"

namespace remaphore {
namespace {

bool is_limited(const CommandLine& line, OptionRef option) {
  return line.duration(option).value_or(Duration(0)).count() > 0;
}

}  // namespace

Result<RoundRules> round_rules(const CommandLine& line, std::size_t nodes) {
  RoundRules rules;
  rules.batch = line.counts("batch");
  if (rules.batch.empty()) return rules;
  if (!is_limited(line, "node-timeout") && !is_limited(line, "timeout")) {
    return fail(Errc::kUsage, "option --batch needs --node-timeout or -t: a silent node would hold up the next round");
  }
  rules.pause = line.duration("batch-wait").value_or(Duration(0));
  if (is_limited(line, "node-timeout")) rules.node_timeout = line.duration("node-timeout");
  if (const auto most = line.count_or_none("max-fail")) rules.max_failed = most->of(nodes);
  return rules;
}

std::vector<std::string> in_order(const CommandLine& line, std::vector<std::string> names) {
  const std::string order = line.text("order").value_or("name");
  if (order == "random") return shuffled(std::move(names));
  if (order == "name") std::sort(names.begin(), names.end());
  return names;
}

}  // namespace remaphore
