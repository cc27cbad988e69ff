#include "cli/barrier_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/bus_options.h"
#include "cli/targets.h"

namespace remaphore {
namespace {

// Our own signal, for which the others wait.
Result<SendOptions> arrival_options(const CommandLine& line, const Config& config) {
  SendOptions options{};
  auto verb = one_verb(line, options.message.verb, "option --arrive signals with one verb: -v must not name several");
  if (!verb) return pass_on(verb);
  options.message.verb = std::move(*verb);
  options.message.uuid = Uuid::from_text(line.text("uuid").value_or(""));
  auto identity = config.identity_for(options.message.verb, "");
  if (!identity) return pass_on(identity);
  options.identity = *identity;
  auto subject = broadcast_subject(line, config);
  if (!subject) return pass_on(subject);
  options.subject = std::move(*subject);
  return options;
}

// A hint for the error if the only unknown node in the list is this one; otherwise empty.
std::string_view hint(const TargetList& targets, const CommandLine& line, const Config& config) {
  if (line.is_set("arrive")) return "";
  const bool names_us = targets.resolve(with_ourselves(config, config.default_signer()), config.groups).has_value();
  return names_us ? "; that is this node: add --arrive to count it" : "";
}

bool may_send(const Peer& peer, const Filter& filter) {
  if (filter.public_key && *filter.public_key != peer.public_key) return false;
  if (filter.verbs.empty()) return !peer.verbs.text().empty();
  return std::any_of(filter.verbs.begin(), filter.verbs.end(),
                     [&peer](const std::string& verb) { return peer.verbs.allows(verb); });
}

}  // namespace

Result<std::optional<BarrierOptions>> barrier_options(const CommandLine& line, const Config& config) {
  if (!line.is_given("count") && !line.is_given("from")) return std::optional<BarrierOptions>();
  BarrierOptions options;
  Goal::Barrier barrier{.count = line.count("count"), .from = {}, .self = {}};
  if (line.is_set("any-status")) barrier.counted = Goal::Counted::kOnEnd;
  Peers nodes = config.peers;
  if (line.is_set("arrive")) {
    auto arrival = arrival_options(line, config);
    if (!arrival) return pass_on(arrival);
    options.arrival = std::move(*arrival);
    nodes = with_ourselves(config, *options.arrival->identity);
    barrier.self = nodes.find(options.arrival->identity->public_key)->destination;
  }
  if (const auto& list = line.text("from")) {
    TargetList targets;
    if (auto added = targets.add(*list); !added) {
      return fail(Errc::kUsage, "option --from: " + added.error().message);
    }
    auto names = targets.resolve(nodes, config.groups);
    if (!names)
      return fail(Errc::kUsage, fmt::format("option --from: {}{}", names.error().message, hint(targets, line, config)));
    barrier.from = std::move(*names);
  }
  auto goal = Goal::barrier(barrier, nodes);
  if (!goal) return pass_on(goal);
  options.goal = std::move(*goal);
  return std::optional(std::move(options));
}

std::string why_incomplete(const Goal& barrier, const Filter& filter, const Peers& peers) {
  std::unordered_set<std::string_view> able;
  if (!barrier.self().empty()) able.insert(barrier.self());
  for (const Peer& peer : peers.all()) {
    if (may_send(peer, filter) && barrier.has_arrived(peer.destination)) able.insert(peer.destination);
  }
  if (able.size() >= barrier.expected()) return "";
  std::string unable;
  for (const std::string_view name : barrier.named()) {
    if (!able.contains(name)) unable += fmt::format("{}{}", unable.empty() ? ", not " : ", ", escape_control(name));
  }
  return fmt::format("{} must arrive, but only {} may send such a message to this node{}", barrier.expected(),
                     able.size(), unable);
}

}  // namespace remaphore
