#include "core/groups.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/redact.h"
#include "base/text.h"
#include "core/name_range.h"

namespace remaphore {

bool is_group_name(std::string_view name) {
  const auto usable = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= Groups::kMaxName && std::all_of(name.begin(), name.end(), usable);
}

std::vector<std::string_view> split_targets(std::string_view list) {
  std::vector<std::string_view> parts;
  std::size_t from = 0;
  bool in_bracket = false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i] == '[') in_bracket = true;
    if (list[i] == ']') in_bracket = false;
    if (list[i] != ',' || in_bracket) continue;
    parts.push_back(trim(list.substr(from, i - from)));
    from = i + 1;
  }
  parts.push_back(trim(list.substr(from)));
  return parts;
}

Result<void> Groups::add(std::string_view line, std::uint32_t number) {
  line = trim(line);
  const auto blank = std::find_if(line.begin(), line.end(), is_blank);
  const std::string_view name = line.substr(0, static_cast<std::size_t>(blank - line.begin()));
  const std::string_view members = trim(line.substr(name.size()));
  if (!is_group_name(name) || members.empty()) {
    return fail(Errc::kFormat, fmt::format("a group is NAME member,member, not {}", quote_redacted(line)));
  }
  if (find(name) != nullptr) return fail(Errc::kFormat, fmt::format("group {} is already defined", redact(name)));
  if (groups_.size() == kMaxGroups) return fail(Errc::kFormat, fmt::format("more than {} groups", kMaxGroups));
  Group group{std::string(name), {}, number};
  for (const std::string_view member : split_targets(members)) {
    if (member.empty() || member.starts_with('!') || std::any_of(member.begin(), member.end(), is_blank)) {
      return fail(Errc::kFormat,
                  fmt::format("group {}: not a pattern, a name or @GROUP: {}", redact(name), quote_redacted(member)));
    }
    if (!member.starts_with('@') && has_range(member)) {
      if (const auto names = expand_names(member); !names) {
        return fail(Errc::kFormat, fmt::format("group {}: {}", redact(name), names.error().message));
      }
    }
    group.members.emplace_back(member);
  }
  groups_.push_back(std::move(group));
  return {};
}

std::optional<Groups::Fault> Groups::find_fault() const {
  std::vector<Mark> marks(groups_.size(), Mark::kNew);
  for (const Group& group : groups_) {
    if (auto fault = find_fault(group, marks)) return fault;
  }
  return std::nullopt;
}

std::optional<Groups::Fault> Groups::find_fault(const Group& group, std::vector<Mark>& marks) const {
  Mark& mark = marks[static_cast<std::size_t>(&group - groups_.data())];
  if (mark == Mark::kChecked) return std::nullopt;
  if (mark == Mark::kOpen) return Fault{group.line, fmt::format("group {} contains itself", redact(group.name))};
  mark = Mark::kOpen;
  for (const std::string& member : group.members) {
    if (!member.starts_with('@')) continue;
    const Group* inner = find(std::string_view(member).substr(1));
    if (inner == nullptr) {
      return Fault{group.line,
                   fmt::format("group {}: there is no group {}", redact(group.name), quote_redacted(member.substr(1)))};
    }
    if (auto fault = find_fault(*inner, marks)) return fault;
  }
  mark = Mark::kChecked;
  return std::nullopt;
}

const Group* Groups::find(std::string_view name) const {
  const auto named = [name](const Group& group) { return group.name == name; };
  const auto found = std::find_if(groups_.begin(), groups_.end(), named);
  return found == groups_.end() ? nullptr : &*found;
}

}  // namespace remaphore
