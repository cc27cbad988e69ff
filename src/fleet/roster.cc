#include "fleet/roster.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "base/redact.h"
#include "base/text.h"
#include "core/subject.h"
#include "fleet/listen_address.h"
#include "fleet/node.h"
#include "nats/nkey.h"

namespace remaphore::fleet {
namespace {

constexpr std::string_view kHead =
    "# The nodes of a remaphore fleet: written by remaphore-fleet, read by its add, revoke and hub. No private keys.\n";
constexpr std::string_view kNodes = "[ Nodes ]";
constexpr std::string_view kNone = "-";

std::string format_time(std::int64_t seconds) {
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

// Only what format_time writes.
std::optional<std::int64_t> parse_time(const std::string& text) {
  int year = 0, hour = 0, minute = 0, second = 0;
  unsigned month = 0, day = 0;
  if (text.size() != 20 ||
      std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%2dZ", &year, &month, &day, &hour, &minute, &second) != 6) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  const std::chrono::sys_seconds time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                                        std::chrono::minutes(minute) + std::chrono::seconds(second);
  const std::int64_t seconds = time.time_since_epoch().count();
  return format_time(seconds) == text ? std::optional(seconds) : std::nullopt;
}

std::vector<std::string_view> fields(std::string_view line) {
  std::vector<std::string_view> found;
  for (line = trim(line); !line.empty(); line = trim(line)) {
    std::size_t end = 0;
    while (end < line.size() && !is_blank(line[end])) ++end;
    found.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return found;
}

Result<RosterNode> parse_member(std::string_view line) {
  const std::vector<std::string_view> parts = fields(line);
  if (parts.size() != 5) {
    return fail(Errc::kConfig, "a node has five fields: destination, public key, NATS user, verbs, revoked when");
  }
  RosterNode member;
  member.destination = parts[0];
  if (Result<void> good = check_destination(parts[0]); !good) return Unexpected(good.error());
  const Result<PublicKey> key = keys::public_key_from_base58(parts[1]);
  if (!key) return fail(Errc::kConfig, fmt::format("{}: {}", quote_redacted(parts[1]), key.error().message));
  member.key = *key;
  member.user = parts[2];
  if (const Result<PublicKey> user = nats::decode_public(nats::NkeyKind::kUser, parts[2]); !user) {
    return Unexpected(user.error());
  }
  if (parts[3] != kNone) {
    Result<std::vector<std::string>> verbs = parse_verbs(parts[3]);
    if (!verbs) return Unexpected(verbs.error());
    member.verbs = std::move(*verbs);
  }
  if (parts[4] != kNone) {
    member.revoked = parse_time(std::string(parts[4]));
    if (!member.revoked) {
      return fail(Errc::kConfig, fmt::format("not a time like 2024-01-31T12:00:00Z: {}", quote_redacted(parts[4])));
    }
  }
  return member;
}

Result<void> parse_setting(std::string_view line, Roster& roster) {
  const std::size_t colon = line.find(':');
  if (colon == line.npos) return fail(Errc::kConfig, fmt::format("no setting: {}", quote_redacted(line)));
  const std::string_view name = trim(line.substr(0, colon)), value = trim(line.substr(colon + 1));
  if (name == "server") {
    const Result<ServerAddress> server = parse_server(value);
    if (!server) return Unexpected(server.error());
    roster.servers.emplace_back(value);
  } else if (name == "subject") {
    if (Result<void> good = check_subject(value); !good) return good;
    roster.subject = value;
  } else if (name == "prefix") {
    if (Result<void> good = check_prefix(value); !good) return good;
    roster.prefix = value;
  } else if (name == "mixed" && (value == "yes" || value == "no")) {
    roster.mixed = value == "yes";
  } else {
    return fail(Errc::kConfig, fmt::format("no setting: {}", quote_redacted(line)));
  }
  return {};
}

}  // namespace

const RosterNode* Roster::find(std::string_view destination) const {
  for (const RosterNode& member : members) {
    if (!member.revoked && member.destination == destination) return &member;
  }
  return nullptr;
}

const RosterNode* Roster::find(const PublicKey& key) const {
  for (const RosterNode& member : members) {
    if (!member.revoked && member.key == key) return &member;
  }
  return nullptr;
}

const RosterNode* Roster::find_revoked(const PublicKey& key) const {
  for (const RosterNode& member : members) {
    if (member.revoked && member.key == key) return &member;
  }
  return nullptr;
}

std::vector<const RosterNode*> Roster::active() const {
  std::vector<const RosterNode*> found;
  for (const RosterNode& member : members) {
    if (!member.revoked) found.push_back(&member);
  }
  return found;
}

Result<void> check_subject(std::string_view text) {
  if (Result<void> good = subject::check(text); !good) return good;
  if (text.front() == '$') {
    return fail(Errc::kUsage, fmt::format("not a usable subject: {}: $ is the server's own", quote_redacted(text)));
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
  text += fmt::format("mixed: {}\n\n{}\n# destination, public key, NATS user, verbs it may send, revoked when\n",
                      roster.mixed ? "yes" : "no", kNodes);
  for (const RosterNode& member : roster.members) {
    text += fmt::format("{} {} {} {} {}\n", member.destination, keys::to_base58(member.key), member.user,
                        member.verbs.empty() ? std::string(kNone) : join(member.verbs, ","),
                        member.revoked ? format_time(*member.revoked) : std::string(kNone));
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
      Result<RosterNode> member = parse_member(line);
      if (!member) return refuse(member.error());
      if (!member->revoked && (roster.find(member->destination) != nullptr || roster.find(member->key) != nullptr)) {
        return refuse({Errc::kConfig, fmt::format("a second node {}, or one with the same key", member->destination)});
      }
      roster.members.push_back(std::move(*member));
    }
  }
  if (roster.servers.empty()) return fail(Errc::kConfig, "no server");
  return roster;
}

}  // namespace remaphore::fleet
