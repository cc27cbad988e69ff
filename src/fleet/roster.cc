#include "fleet/roster.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/redact.h"
#include "base/text.h"
#include "core/subject.h"
#include "fleet/fields.h"
#include "fleet/listen_address.h"
#include "fleet/node.h"
#include "nats/nkey.h"

namespace remaphore::fleet {
namespace {

constexpr std::string_view kHead =
    "# The nodes of a remaphore fleet: written and read by remaphore-fleet. No private keys.\n";
constexpr std::string_view kNodes = "[ Nodes ]";
constexpr std::string_view kNone = "-";
constexpr std::string_view kSendOnly = "send-only", kOld = "old=", kRetired = "retired=";

// "send-only", "old=KEY@SERIAL", "retired=KEY".
Result<void> parse_mark(std::string_view mark, RosterNode& node) {
  if (mark == kSendOnly) {
    node.send_only = true;
    return {};
  }
  const auto add_key = [](std::string_view text, auto add) -> Result<void> {
    const Result<PublicKey> key = parse_key(text);
    if (!key) return pass_on(key);
    add(*key);
    return {};
  };
  if (mark.starts_with(kRetired)) {
    return add_key(mark.substr(kRetired.size()), [&node](const PublicKey& key) { node.retired.push_back(key); });
  }
  const std::size_t at = mark.find('@');
  const auto serial = at == mark.npos ? std::nullopt : parse_serial(mark.substr(at + 1));
  if (!mark.starts_with(kOld) || !serial)
    return fail(Errc::kConfig, fmt::format("unknown node flag: {}", quote_redacted(mark)));
  node.rotated_at = *serial;
  return add_key(mark.substr(kOld.size(), at - kOld.size()), [&node](const PublicKey& key) { node.old_key = key; });
}

std::string format_marks(const RosterNode& node) {
  std::vector<std::string> marks;
  if (node.send_only) marks.emplace_back(kSendOnly);
  if (node.old_key) marks.push_back(fmt::format("{}{}@{}", kOld, keys::to_base58(*node.old_key), node.rotated_at));
  for (const PublicKey& key : node.retired) marks.push_back(fmt::format("{}{}", kRetired, keys::to_base58(key)));
  return marks.empty() ? std::string() : ' ' + join(marks, ",");
}

Result<void> parse_marks(std::string_view list, RosterNode& node) {
  while (true) {
    const std::size_t comma = list.find(',');
    if (Result<void> parsed = parse_mark(list.substr(0, comma), node); !parsed) return parsed;
    if (comma == list.npos) return {};
    list.remove_prefix(comma + 1);
  }
}

Result<FleetIdentity> parse_fleet(std::string_view value) {
  const std::vector<std::string_view> parts = fields(value);
  if (parts.size() != 2) return fail(Errc::kConfig, "fleet needs a destination and a public key");
  if (Result<void> good = check_destination(parts[0]); !good) return pass_on(good);
  const Result<PublicKey> key = parse_key(parts[1]);
  if (!key) return pass_on(key);
  return FleetIdentity{std::string(parts[0]), *key};
}

Result<RosterNode> parse_roster_node(std::string_view line) {
  const std::vector<std::string_view> parts = fields(line);
  if (parts.size() != 5 && parts.size() != 6) {
    return fail(Errc::kConfig,
                "a node's line has five fields: destination, public key, NATS user, verbs, revoked when");
  }
  RosterNode node;
  node.destination = parts[0];
  if (Result<void> good = check_destination(parts[0]); !good) return pass_on(good);
  const Result<PublicKey> key = parse_key(parts[1]);
  if (!key) return pass_on(key);
  node.key = *key;
  node.user = parts[2];
  if (const Result<PublicKey> user = nats::decode_public(nats::NkeyKind::kUser, parts[2]); !user) return pass_on(user);
  if (parts[3] != kNone) {
    Result<std::vector<std::string>> verbs = parse_verbs(parts[3]);
    if (!verbs) return pass_on(verbs);
    node.verbs = std::move(*verbs);
  }
  if (parts[4] != kNone) {
    node.revoked = parse_time(parts[4]);
    if (!node.revoked) {
      return fail(Errc::kConfig, fmt::format("not a time like 2024-01-31T12:00:00Z: {}", quote_redacted(parts[4])));
    }
  }
  if (parts.size() == 6) {
    if (Result<void> good = parse_marks(parts[5], node); !good) return pass_on(good);
  }
  return node;
}

Result<void> parse_setting(std::string_view line, Roster& roster) {
  const std::size_t colon = line.find(':');
  if (colon == line.npos) return fail(Errc::kConfig, fmt::format("not a setting: {}", quote_redacted(line)));
  const std::string_view name = trim(line.substr(0, colon)), value = trim(line.substr(colon + 1));
  if (name == "server") {
    const Result<ServerAddress> server = parse_server(value);
    if (!server) return pass_on(server);
    roster.servers.emplace_back(value);
  } else if (name == "subject") {
    if (Result<void> good = check_subject(value); !good) return good;
    roster.subject = value;
  } else if (name == "prefix") {
    if (Result<void> good = check_prefix(value); !good) return good;
    roster.prefix = value;
  } else if (name == "serial" && parse_serial(value)) {
    roster.serial = *parse_serial(value);
  } else if (name == "tls" && (value == "yes" || value == "no")) {
    roster.tls = value == "yes";
  } else if (name == "fleet") {
    Result<FleetIdentity> fleet = parse_fleet(value);
    if (!fleet) return pass_on(fleet);
    roster.fleet = std::move(*fleet);
  } else if (name == "mixed" && (value == "yes" || value == "no")) {
    roster.mixed = value == "yes";
  } else {
    const Result<bool> ours = parse_retention(name, value, roster.retention);
    if (!ours) return pass_on(ours);
    if (!*ours) return fail(Errc::kConfig, fmt::format("not a setting: {}", quote_redacted(line)));
  }
  return {};
}

}  // namespace

const RosterNode* Roster::find(std::string_view destination) const {
  for (const RosterNode& node : nodes) {
    if (!node.revoked && node.destination == destination) return &node;
  }
  return nullptr;
}

RosterNode* Roster::find(std::string_view destination) {
  return const_cast<RosterNode*>(static_cast<const Roster*>(this)->find(destination));
}

const RosterNode* Roster::find(const PublicKey& key) const {
  for (const RosterNode& node : nodes) {
    if (!node.revoked && (node.key == key || node.old_key == key)) return &node;
  }
  return nullptr;
}

const RosterNode* Roster::find_revoked(const PublicKey& key) const {
  for (const RosterNode& node : nodes) {
    if (node.revoked && (node.key == key || node.old_key == key)) return &node;
    if (std::find(node.retired.begin(), node.retired.end(), key) != node.retired.end()) return &node;
  }
  return nullptr;
}

std::vector<const RosterNode*> Roster::active() const {
  std::vector<const RosterNode*> found;
  for (const RosterNode& node : nodes) {
    if (!node.revoked) found.push_back(&node);
  }
  return found;
}

Result<void> check_subject(std::string_view text) {
  if (Result<void> good = subject::check(text); !good) return good;
  if (text.front() == '$') {
    return fail(Errc::kUsage, fmt::format("not a usable subject: {}: subjects with $ are reserved for the server",
                                          quote_redacted(text)));
  }
  if (text.find_first_of("#\"") != text.npos) {
    return fail(Errc::kUsage,
                fmt::format("not a usable subject: {}: # and quotes are not allowed", quote_redacted(text)));
  }
  return {};
}

Result<void> check_prefix(std::string_view text) {
  const auto refuse = [text](std::string_view why) {
    return fail(Errc::kUsage, fmt::format("not a usable --prefix: {}: {}", quote_redacted(text), why));
  };
  if (!text.starts_with('/')) return refuse("write the absolute path of the configs' folder on the nodes");
  if (text.size() > kMaxPrefix) return refuse(fmt::format("longer than {} bytes", kMaxPrefix));
  for (const char c : text) {
    if (is_blank(c) || static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '#') {
      return refuse("blanks, control characters and # are not allowed");
    }
  }
  return {};
}

std::string format_roster(const Roster& roster) {
  std::string text(kHead);
  for (const std::string& server : roster.servers) text += fmt::format("server: {}\n", server);
  text += fmt::format("subject: {}\n", roster.subject);
  if (!roster.prefix.empty()) text += fmt::format("prefix: {}\n", roster.prefix);
  text += fmt::format("mixed: {}\n{}", roster.mixed ? "yes" : "no", format_retention(roster.retention));
  if (roster.tls) text += "tls: yes\n";
  if (roster.serial != 0) text += fmt::format("serial: {}\n", roster.serial);
  if (roster.fleet)
    text += fmt::format("fleet: {} {}\n", roster.fleet->destination, keys::to_base58(roster.fleet->key));
  text += fmt::format("\n{}\n# destination, public key, NATS user, verbs it may send, revoked when, flags\n", kNodes);
  for (const RosterNode& node : roster.nodes) {
    text += fmt::format("{} {} {} {} {}{}\n", node.destination, keys::to_base58(node.key), node.user,
                        node.verbs.empty() ? std::string(kNone) : join(node.verbs, ","),
                        node.revoked ? format_time(*node.revoked) : std::string(kNone), format_marks(node));
  }
  return text;
}

Result<Roster> parse_roster(std::string_view text) {
  Roster roster;
  bool in_nodes = false;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    const auto refuse = [number](const Error& error) {
      return fail(Errc::kConfig, fmt::format("line {}: {}", number, error.message));
    };
    if (line.empty() || line.front() == '#') continue;
    if (line == kNodes) {
      in_nodes = true;
    } else if (!in_nodes) {
      if (Result<void> good = parse_setting(line, roster); !good) return refuse(good.error());
    } else {
      Result<RosterNode> node = parse_roster_node(line);
      if (!node) return refuse(node.error());
      if (!node->revoked && (roster.find(node->destination) != nullptr || roster.find(node->key) != nullptr)) {
        return refuse({Errc::kConfig, fmt::format("a second node {}, or one with the same key", node->destination)});
      }
      roster.nodes.push_back(std::move(*node));
    }
  }
  if (roster.servers.empty()) return fail(Errc::kConfig, "no server");
  return roster;
}

}  // namespace remaphore::fleet
