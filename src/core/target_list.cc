#include "core/target_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/redact.h"
#include "base/text.h"
#include "base/utf8.h"
#include "core/destination.h"
#include "core/name_range.h"

namespace remaphore {
namespace {

Unexpected<Error> no_such_target(std::string_view part, std::string_view of) {
  return fail(Errc::kUsage, fmt::format("no configured peer matches {}{}", quote_redacted(part),
                                        part == of ? "" : fmt::format(" of {}", quote_redacted(of))));
}

// The distinct destinations of all peers, and marks on them.
class Selection {
 public:
  Selection(const Peers& peers, const Groups& groups) : groups_(groups) {
    index_.reserve(peers.all().size());
    for (const Peer& peer : peers.all()) {
      if (index_.emplace(peer.destination, names_.size()).second) names_.push_back(peer.destination);
    }
  }

  // The indexes into names() that `part` selects.
  Result<std::vector<std::size_t>> places_of(std::string_view part) const {
    Search search{part, {}, {}};
    auto found = find(part, search);
    if (!found) return pass_on(found);
    return std::move(search.places);
  }
  const std::vector<std::string_view>& names() const { return names_; }

 private:
  struct Search {
    std::string_view whole;  // the target, as written
    std::vector<std::size_t> places;
    std::unordered_set<const Group*> opened;  // each once, however many paths lead to it
  };

  // `part` is search.whole or was expanded from it.
  Result<void> find(std::string_view part, Search& search) const {
    if (part.starts_with('@')) {
      const Group* group = groups_.find(part.substr(1));
      if (group == nullptr) {
        return fail(Errc::kUsage, fmt::format("the config has no group {}", quote_redacted(part.substr(1))));
      }
      if (!search.opened.insert(group).second) return {};
      for (const std::string& member : group->members) {
        if (auto found = find(member, search); !found) return found;
      }
      return {};
    }
    if (!has_range(part)) return match(part, search);
    auto names = expand_names(part);
    if (!names) return fail(Errc::kUsage, std::move(names.error().message));
    for (const std::string& name : *names) {
      if (auto found = match(name, search); !found) return found;
    }
    return {};
  }

  Result<void> match(std::string_view pattern, Search& search) const {
    std::vector<std::size_t>& places = search.places;
    const std::size_t before = places.size();
    if (pattern.find('*') == std::string_view::npos) {
      const auto found = index_.find(pattern);
      if (found != index_.end()) places.push_back(found->second);
    } else {
      for (std::size_t i = 0; i < names_.size(); ++i) {
        if (destination::matches(names_[i], pattern)) places.push_back(i);
      }
    }
    if (places.size() == before) return no_such_target(pattern, search.whole);
    return {};
  }

  const Groups& groups_;
  std::vector<std::string_view> names_;
  std::unordered_map<std::string_view, std::size_t> index_;
};

}  // namespace

Result<void> TargetList::add(std::string_view list) {
  const auto parts = split_targets(list);
  for (const std::string_view part : parts) {
    if (auto added = add_part(part); !added) {
      const std::string where = parts.size() > 1 ? " in " + quote_redacted(list) : "";
      return fail(Errc::kUsage, added.error().message + where);
    }
  }
  return {};
}

Result<void> TargetList::add_lines(std::string_view text, std::string_view file) {
  from_file_ = true;
  text = utf8::without_byte_order_mark(text);
  const std::size_t before = parts_.size();
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t newline = text.find('\n');
    std::string_view line = text.substr(0, newline);
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    line = trim(line.substr(0, line.find('#')));
    line = line.substr(0, static_cast<std::size_t>(std::find_if(line.begin(), line.end(), is_blank) - line.begin()));
    if (line.empty()) continue;
    if (auto added = add_part(line); !added) {
      return fail(Errc::kUsage, fmt::format("{}:{}: {}", file, number, added.error().message));
    }
  }
  if (parts_.size() == before) return fail(Errc::kUsage, fmt::format("{} names no node", file));
  return {};
}

Result<void> TargetList::add_part(std::string_view part) {
  const bool excluded = part.starts_with('!');
  if (excluded) part = trim(part.substr(1));
  if (part.empty()) return fail(Errc::kUsage, "an empty target");
  if (part.starts_with('@') && !is_group_name(part.substr(1))) {
    return fail(Errc::kUsage, fmt::format("not the name of a group: {}", quote_redacted(part)));
  }
  if (part.starts_with('!')) return fail(Errc::kUsage, fmt::format("not a target: {}", quote_redacted(part)));
  if (!part.starts_with('@') && has_range(part)) {
    if (const auto names = expand_names(part); !names) return fail(Errc::kUsage, names.error().message);
  }
  parts_.push_back({std::string(part), excluded});
  return {};
}

std::optional<std::string_view> TargetList::single_pattern() const {
  if (parts_.size() != 1 || from_file_ || parts_.front().excluded) return std::nullopt;
  const std::string_view text = parts_.front().text;
  if (text.starts_with('@') || has_range(text)) return std::nullopt;
  return text;
}

Result<std::vector<std::string_view>> TargetList::resolve(const Peers& peers, const Groups& groups) const {
  const Selection selection(peers, groups);
  enum class Mark : char { kOut, kIn, kTakenAway };
  std::vector<Mark> marks(selection.names().size(), Mark::kOut);
  std::vector<std::size_t> order;
  const auto include = [&](std::size_t place) {
    if (marks[place] != Mark::kOut) return;
    marks[place] = Mark::kIn;
    order.push_back(place);
  };
  const bool only_excluded = std::all_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.excluded; });
  for (std::size_t place = 0; only_excluded && place < marks.size(); ++place) include(place);
  for (const bool excluded : {false, true}) {
    for (const Part& part : parts_) {
      if (part.excluded != excluded) continue;
      const auto places = selection.places_of(part.text);
      if (!places) return pass_on(places);
      for (const std::size_t place : *places) excluded ? void(marks[place] = Mark::kTakenAway) : include(place);
    }
  }
  std::vector<std::string_view> names;
  for (const std::size_t place : order) {
    if (marks[place] == Mark::kIn) names.push_back(selection.names()[place]);
  }
  if (names.empty()) return fail(Errc::kUsage, "no target is left: every one of them is excluded");
  return names;
}

}  // namespace remaphore
