#include "fleet/published.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/redact.h"
#include "fleet/fields.h"
#include "fleet/node.h"

namespace remaphore::fleet {
namespace {

constexpr std::string_view kFirstLine = "remaphore roster 1";
constexpr std::string_view kNothing = "-", kNeverAwaited = "send-only";

class Parser {
 public:
  Result<Published> run(std::string_view text) {
    if (text.size() > kMaxPublished) return fail(Errc::kUsage, fmt::format("larger than {} bytes", kMaxPublished));
    const std::string_view whole = text;
    while (!text.empty() && !ended_) {
      const std::size_t end = text.find('\n');
      ++line_;
      if (Result<void> parsed = parse_line(text.substr(0, end)); !parsed)
        return fail(Errc::kUsage, fmt::format("line {}: {}", line_, parsed.error().message));
      text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    if (!ended_) return fail(Errc::kUsage, "it has no end line");
    if (result_.roster.serial == 0 || !result_.roster.fleet)
      return fail(Errc::kUsage, "the serial number or the fleet is missing");
    Result<Groups> groups = parse_groups(groups_);
    if (!groups) return fail(Errc::kUsage, fmt::format("groups: {}", groups.error().message));
    result_.roster.groups = std::move(*groups);
    if (format_published(result_.roster, result_.time) != whole)
      return fail(Errc::kUsage, "it is not in the format of a roster");
    return std::move(result_);
  }

 private:
  Result<void> parse_line(std::string_view line) {
    if (line_ == 1)
      return line == kFirstLine ? Result<void>() : fail(Errc::kUsage, fmt::format("not \"{}\"", kFirstLine));
    const std::vector<std::string_view> words = fields(line);
    const std::string_view kind = words.empty() ? std::string_view() : words.front();
    if (kind == "end" && words.size() == 1) return ended_ = true, Result<void>();
    if (kind == "serial" && words.size() == 2 && parse_serial(words[1]))
      return result_.roster.serial = *parse_serial(words[1]), Result<void>();
    if (kind == "time" && words.size() == 2 && parse_time(words[1]))
      return result_.time = *parse_time(words[1]), Result<void>();
    if (kind == "group" && words.size() == 3) {
      groups_ += fmt::format("{} {}\n", words[1], words[2]);
      return {};
    }
    if (words.size() >= 3) return parse_keyed(kind, words);
    return fail(Errc::kUsage, fmt::format("not a line of a roster: {}", quote_redacted(line)));
  }

  // KIND DESTINATION KEY ...
  Result<void> parse_keyed(std::string_view kind, const std::vector<std::string_view>& words) {
    const std::string destination(words[1]);
    if (Result<void> good = check_destination(destination); !good) return good;
    const Result<PublicKey> key = parse_key(words[2]);
    if (!key) return pass_on(key);
    if (keys::is_low_order(*key)) return fail(Errc::kUsage, "a key of low order: anybody could sign for it");
    std::vector<RosterNode>& nodes = result_.roster.nodes;
    const bool last_is_ours = !nodes.empty() && !nodes.back().revoked && nodes.back().destination == destination;
    if (kind == "revoked" && words.size() == 3) {
      if (++revoked_ > kMaxNodes) return too_many();
      nodes.push_back({destination, *key, {}, {}, 0});
      return {};
    }
    if (!keys_.emplace(words[2]).second) return fail(Errc::kUsage, "this key appears twice");
    if (kind == "fleet" && words.size() == 3 && !result_.roster.fleet) {
      result_.roster.fleet = FleetIdentity{destination, *key};
      return names_.insert(destination), Result<void>();
    }
    if (kind == "old" && words.size() == 3 && last_is_ours) return nodes.back().old_key = *key, Result<void>();
    if (kind == "node" && (words.size() == 4 || (words.size() == 5 && words[4] == kNeverAwaited)))
      return add_node(destination, *key, words);
    return fail(Errc::kUsage, fmt::format("not a line of a roster: {}", quote_redacted(kind)));
  }

  Result<void> add_node(const std::string& destination, const PublicKey& key,
                        const std::vector<std::string_view>& words) {
    if (names_.size() > kMaxNodes) return too_many();
    if (!names_.insert(destination).second) return fail(Errc::kUsage, fmt::format("{} appears twice", destination));
    RosterNode node{destination, key, {}, {}, std::nullopt};
    node.send_only = words.size() == 5;
    if (words[3] != kNothing) {
      Result<std::vector<std::string>> verbs = parse_verbs(words[3]);
      if (!verbs) return pass_on(verbs);
      node.verbs = std::move(*verbs);
    }
    result_.roster.nodes.push_back(std::move(node));
    return {};
  }

  static Unexpected<Error> too_many() {
    return fail(Errc::kUsage, fmt::format("more than {} nodes of a kind", kMaxNodes));
  }

  Published result_;
  std::string groups_;
  std::set<std::string, std::less<>> keys_, names_;
  std::size_t revoked_ = 0;
  int line_ = 0;
  bool ended_ = false;
};

std::string format_node(const RosterNode& node) {
  std::string text = fmt::format("node {} {} {}{}{}\n", node.destination, keys::to_base58(node.key),
                                 node.verbs.empty() ? std::string(kNothing) : join(node.verbs, ","),
                                 node.send_only ? " " : "", node.send_only ? kNeverAwaited : "");
  if (node.old_key) text += fmt::format("old {} {}\n", node.destination, keys::to_base58(*node.old_key));
  return text;
}

}  // namespace

std::string format_published(const Roster& roster, std::int64_t time) {
  std::string text = fmt::format("{}\nserial {}\ntime {}\nfleet {} {}\n", kFirstLine, roster.serial, format_time(time),
                                 roster.fleet->destination, keys::to_base58(roster.fleet->key));
  for (const Group& group : roster.groups.all()) text += fmt::format("group {}\n", format_group(group));
  std::vector<const RosterNode*> revoked;
  for (const RosterNode& node : roster.nodes) {
    if (node.revoked) {
      revoked.push_back(&node);
    } else {
      text += format_node(node);
    }
  }
  const std::size_t skipped = revoked.size() - std::min(revoked.size(), kMaxNodes);
  for (std::size_t i = skipped; i < revoked.size(); ++i) {
    text += fmt::format("revoked {} {}\n", revoked[i]->destination, keys::to_base58(revoked[i]->key));
  }
  return text + "end\n";
}

Result<Published> parse_published(std::string_view text) { return Parser().run(text); }

}  // namespace remaphore::fleet
