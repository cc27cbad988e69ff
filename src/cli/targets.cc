#include "cli/targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/deadline.h"
#include "base/duration.h"
#include "base/redact.h"
#include "base/text.h"
#include "core/destination.h"
#include "core/reply_tracker.h"
#include "core/sample.h"
#include "io/confirmation.h"
#include "io/payload_file.h"

namespace remaphore {
namespace {

constexpr std::size_t kMaxNamed = 10;  // in a notice

Unexpected<Error> bad_targets(std::string what) { return fail(Errc::kUsage, std::move(what)); }

Result<TargetList> target_list(const CommandLine& line, const std::optional<std::string>& nodes) {
  TargetList list;
  const auto& destination = line.text("destination");
  if (destination || !nodes) {
    if (auto added = list.add(destination.value_or("**")); !added) return bad_targets(std::move(added.error().message));
  }
  if (nodes) {
    const std::string& file = *line.text("nodes");
    auto added = list.add_lines(*nodes, file == "-" ? "standard input" : display_path(file));
    if (!added) return bad_targets(std::move(added.error().message));
  }
  return list;
}

// A destination that the format can hold.
Result<void> check_destination(std::string_view destination) {
  if (destination.size() > kMaxDestination) {
    return bad_targets(
        fmt::format("a destination has at most {} bytes: {}", kMaxDestination, quote_redacted(destination)));
  }
  if (destination.find(',') != std::string_view::npos) {
    return bad_targets(fmt::format("a destination has no comma: {}", quote_redacted(destination)));
  }
  return {};
}

std::vector<std::string> matching(const Peers& peers, std::string_view pattern) {
  std::vector<std::string> names;
  std::unordered_set<std::string_view> known;
  for (const Peer& peer : peers.all()) {
    if (!destination::matches(peer.destination, pattern) || !known.insert(peer.destination).second) continue;
    names.emplace_back(peer.destination);
  }
  return names;
}

bool has_match(const Peers& peers, std::string_view pattern) {
  const auto& all = peers.all();
  return std::any_of(all.begin(), all.end(),
                     [pattern](const Peer& peer) { return destination::matches(peer.destination, pattern); });
}

// A send with a pattern needs none: with many peers they would be half of its time.
bool needs_names(const CommandLine& line, Mode mode, const Config& config) {
  return mode != Mode::kSend || line.is_given("limit") || line.is_set("dry-run") || !config.confirm.empty();
}

// Leaves those that a request waits for.
void keep_awaited(std::vector<std::string>& names, const Config& config, Log& log) {
  const ReplyTracker tracker(config.peers, config.identities, names, config.send_only);
  const auto awaited = tracker.awaited_nodes();
  const std::unordered_set<std::string_view> kept(awaited.begin(), awaited.end());
  std::string left_out;
  std::size_t count = 0;
  for (const std::string& name : names) {
    if (kept.contains(name) || ++count > kMaxNamed) continue;
    left_out += fmt::format("{}{}", left_out.empty() ? "" : ", ", escape_control(name));
  }
  if (count == 0) return;
  if (count > kMaxNamed) left_out += fmt::format(" and {} more", count - kMaxNamed);
  log.notice(fmt::format("not asked (this node, send_only, or a key listed under another node): {}", left_out));
  std::erase_if(names, [&kept](const std::string& name) { return !kept.contains(name); });
}

Result<void> limit(std::vector<std::string>& names, const CommandLine& line) {
  const auto count = line.count("limit");
  if (!count) return {};
  const std::size_t most = count->of(names.size());
  if (most > names.size()) {
    return bad_targets(fmt::format("option --limit: {} nodes, but only {} are addressed", most, names.size()));
  }
  names = sample(std::move(names), most);
  return {};
}

bool wants_confirmation(const Config& config, std::string_view verb) {
  return std::any_of(config.confirm.begin(), config.confirm.end(),
                     [verb](const std::string& one) { return one == "*" || equals_ignoring_case(one, verb); });
}

}  // namespace

Targets everybody(const Config& config) { return {"**", matching(config.peers, "**")}; }

Peers with_ourselves(const Config& config, const Identity& identity) {
  if (config.peers.find(identity.public_key) != nullptr) return config.peers;
  std::vector<Peer> all = config.peers.all();
  all.push_back({config.destination, identity.public_key, VerbList(), 0});
  return Peers(all);
}

Result<std::vector<std::string>> names_of(const TargetList& list, const Config& config, Log& log) {
  std::vector<std::string> names;
  const auto of_peers = list.resolve(config.peers, config.groups);
  if (of_peers) {
    names.assign(of_peers->begin(), of_peers->end());
    return names;
  }
  const Peers all = with_ourselves(config, config.default_signer());
  const auto found = list.resolve(all, config.groups);
  if (!found) return pass_on(found);
  names.assign(found->begin(), found->end());
  if (std::erase(names, config.destination) == 0) return names;
  if (names.empty()) return bad_targets("no target is left but this node");
  log.notice(fmt::format("left out, because it is this node: {}", escape_control(config.destination)));
  return names;
}

Result<Targets> targets_of(const CommandLine& line, Mode mode, const Config& config,
                           const std::optional<std::string>& nodes, Log& log) {
  const auto list = target_list(line, nodes);
  if (!list) return pass_on(list);
  const auto pattern = list->single_pattern();
  Targets targets;
  if (pattern) {
    const std::string as_given = line.text("destination").value_or(std::string(*pattern));
    if (auto fits = check_destination(as_given); !fits) return pass_on(fits);
    if (needs_names(line, mode, config)) targets.names = matching(config.peers, as_given);
    if (!line.is_given("limit") && !line.is_given("batch")) {
      targets.pattern = as_given;
      if (mode == Mode::kSend && line.is_given("destination") && !has_match(config.peers, as_given))
        log.notice(fmt::format("no configured peer matches {}", quote_redacted(*pattern)));
      return targets;
    }
    if (targets.names.empty())
      return bad_targets(fmt::format("no configured peer matches {}", quote_redacted(*pattern)));
  } else {
    auto names = names_of(*list, config, log);
    if (!names) return pass_on(names);
    targets.names = std::move(*names);
  }
  if (mode == Mode::kRequest) keep_awaited(targets.names, config, log);
  if (targets.names.empty()) return bad_targets("all targets are send_only: none of them answers");
  if (auto limited = limit(targets.names, line); !limited) return pass_on(limited);
  for (const std::string& name : targets.names) {
    if (auto fits = check_destination(name); !fits) return pass_on(fits);
  }
  return targets;
}

Result<std::optional<std::string>> fetch_nodes(const CommandLine& line, const Session& session) {
  const auto& file = line.text("nodes");
  if (!file) return std::optional<std::string>();
  const Deadline deadline = deadline_after(session.start, line.duration("timeout").value_or(Duration(0)));
  auto text = read_payload(*file == "-" ? "" : *file, session.signals, deadline);
  if (!text) return pass_on(text);
  return std::optional<std::string>(std::move(*text));
}

Result<void> confirm_targets(const CommandLine& line, const Config& config, const Message& message,
                             const Targets& targets, const Session& session) {
  if (!wants_confirmation(config, message.verb) || line.is_set("yes")) return {};
  std::string question = fmt::format("{} to {}{} node{}:\n", quote_redacted(message.verb),
                                     targets.pattern ? quote_redacted(*targets.pattern) + ", " : "",
                                     targets.names.size(), targets.names.size() == 1 ? "" : "s");
  for (const std::string& name : targets.names) question += fmt::format("  {}\n", escape_control(name));
  question += "send it? [y/N] ";
  const Duration timeout = line.duration("timeout").value_or(Duration(0));
  switch (ask_on_terminal(question, session.signals, deadline_after(session.start, timeout))) {
    case Consent::kYes: return {};
    case Consent::kNo:
      return bad_targets(fmt::format("verb {} was not confirmed; nothing was sent", quote_redacted(message.verb)));
    case Consent::kTooLate:
      return bad_targets(fmt::format("verb {} was not confirmed within {}; nothing was sent",
                                     quote_redacted(message.verb), format_duration(timeout)));
    case Consent::kNoTerminal: break;
  }
  return bad_targets(
      fmt::format("the config requires confirmation of verb {}, on a terminal or with --yes; nothing was sent",
                  quote_redacted(message.verb)));
}

}  // namespace remaphore
