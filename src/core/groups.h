// The config's [ Groups ]: names for several nodes. remaphore.conf(5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace remaphore {

struct Group {
  std::string name;                  // of letters, digits, '.', '_' and '-'
  std::vector<std::string> members;  // patterns, names with brackets, @GROUP; at least one
  std::uint32_t line;                // of the config
};

class Groups {
 public:
  static constexpr std::size_t kMaxName = 64;      // characters of a name
  static constexpr std::size_t kMaxGroups = 1000;  // of a config

  struct Fault {
    std::uint32_t line;
    std::string what;  // names the group
  };

  // "NAME member,member", which is line `number` of the config. Errc::kFormat for anything else, a duplicate group, and
  // one too many.
  Result<void> add(std::string_view line, std::uint32_t number);
  // Call once all groups are added: every @GROUP must exist, and no group may contain itself at any depth. nullopt:
  // both hold.
  std::optional<Fault> find_fault() const;

  const Group* find(std::string_view name) const;  // nullptr: no such group
  const std::vector<Group>& all() const { return groups_; }

 private:
  enum class Mark { kNew, kOpen, kChecked };
  std::optional<Fault> find_fault(const Group& group, std::vector<Mark>& marks) const;

  std::vector<Group> groups_;
};

// Whether a group may have this name.
bool is_group_name(std::string_view name);

// Splits `list` at its commas, except those in brackets; parts are trimmed, and may be empty.
std::vector<std::string_view> split_targets(std::string_view list);

}  // namespace remaphore
