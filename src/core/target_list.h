// Who is meant: -D LIST and --nodes FILE of a sender, --from LIST of a barrier. remaphore(1) "Targets".
//
// Parts are patterns, names with brackets (core/name_range.h), @GROUP, and each of these behind '!', which takes away.
// One plain pattern is sent as it is; everything else is resolved to exact names, since a message that was signed for a
// pattern could be played to nodes that were taken away.
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
  // One part a line: its first word; the rest of the line, '#' comments and empty lines are passed over. `file` names
  // the text in errors; one that names no node is Errc::kUsage.
  Result<void> add_lines(std::string_view text, std::string_view file);

  // The pattern, if that is all there is, and it came by add().
  std::optional<std::string_view> single_pattern() const;

  // The destinations of `peers` that are meant, each once, in the order in which the parts name them; parts with '!'
  // only: all less those. Errc::kUsage, naming the part, if one matches no peer or there is no such group, and if
  // nobody is left.
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
