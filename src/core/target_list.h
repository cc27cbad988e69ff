// The addressed nodes: -D LIST and --nodes FILE of a sender, --from LIST of a barrier. remaphore(1) "Targets".
//
// Parts are patterns, names with brackets (core/name_range.h), @GROUP, and any of these after '!', which excludes.
// A single plain pattern is sent as it is; everything else is resolved to exact names, since a message signed for a
// pattern could be replayed to the excluded nodes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/groups.h"
#include "core/peers.h"

namespace remaphore {

class TargetList {
 public:
  // The parts of a comma-separated list. Errc::kUsage for an empty part (an empty variable must not reach everybody)
  // and a malformed bracket.
  Result<void> add(std::string_view list);
  // One part per line: its first word; the rest of the line, '#' comments, empty lines and a byte order mark are
  // skipped. `file` names the text in errors; one that names no node is Errc::kUsage.
  Result<void> add_lines(std::string_view text, std::string_view file);

  // The pattern, if the list is a single plain one given to add().
  std::optional<std::string_view> single_pattern() const;

  // The matching destinations of `peers`, each once, in the order in which the parts name them; with '!' parts only,
  // all except those. Errc::kUsage, naming the part, if one matches no peer or its group does not exist, and if
  // no node is left.
  Result<std::vector<std::string_view>> resolve(const Peers& peers, const Groups& groups) const;

 private:
  struct Part {
    std::string text;  // without '!'
    bool excluded;
  };
  Result<void> add_part(std::string_view part);

  std::vector<Part> parts_;
  bool from_file_ = false;
};

}  // namespace remaphore
