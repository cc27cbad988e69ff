#include "core/gathering.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <vector>

#include "base/hex.h"
#include "base/text.h"
#include "core/keys.h"

namespace remaphore {
namespace {

constexpr std::size_t kShortestRule = 15;

// Adds the length of every line of `output` that looks like a rule.
void find_rules(std::string_view output, std::set<std::size_t>& lengths) {
  while (!output.empty()) {
    const std::size_t size = std::min(output.find_first_of("\n\r"), output.size());
    const std::string_view line = trim(output.substr(0, size));
    if (line.size() >= kShortestRule && line.find_first_not_of('-') == std::string_view::npos)
      lengths.insert(line.size());
    output.remove_prefix(std::min(size + 1, output.size()));
  }
}

}  // namespace

void Gathering::add(std::string_view destination, const Answer& answer) {
  const auto [group, is_new] = groups_.try_emplace({exit_number(answer), std::string(trim_end(answer.output))});
  if (is_new) bytes_ += group->first.second.size();
  bytes_ += group->second.emplace(destination).second ? destination.size() : 0;
}

// The shortest rule that is not a line of any output.
std::string Gathering::rule() {
  if (!marked_rule_.empty()) return marked_rule_;
  std::set<std::size_t> taken;
  for (const auto& [group, nodes] : groups_) find_rules(group.second, taken);
  std::string rule(kShortestRule, '-');
  while (taken.contains(rule.size())) rule += '-';
  return rule;
}

std::string Gathering::take(More more) {
  if (more == More::kMayCome && marked_rule_.empty()) {
    std::array<std::uint8_t, 16> digits{};
    keys::random_bytes(digits);
    marked_rule_ = std::string(kShortestRule, '-') + " " + hex::encode(digits);
  }
  using Entry = decltype(groups_)::value_type;
  std::vector<const Entry*> order;
  for (const Entry& group : groups_) order.push_back(&group);
  std::stable_sort(order.begin(), order.end(), [](const Entry* a, const Entry* b) {
    const bool a_failed = a->first.first != 0, b_failed = b->first.first != 0;
    if (a_failed != b_failed) return b_failed;
    if (a->second.size() != b->second.size()) return a->second.size() > b->second.size();
    return *a->second.begin() < *b->second.begin();
  });
  const std::string rule = this->rule();
  std::string text;
  text.reserve(bytes_ + groups_.size() * 64);
  const auto out = std::back_inserter(text);
  for (const Entry* group : order) {
    const auto& [exit_status, output] = group->first;
    fmt::format_to(out, "{}\n{}", rule, fmt::join(group->second, ","));
    if (group->second.size() > 1) fmt::format_to(out, " ({})", group->second.size());
    if (exit_status != 0) fmt::format_to(out, ": exit status {}", exit_status);
    fmt::format_to(out, "\n{}\n{}{}", rule, output, output.empty() ? "" : "\n");
  }
  groups_.clear();
  bytes_ = 0;
  return text;
}

}  // namespace remaphore
