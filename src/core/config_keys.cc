#include "core/config_keys.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/duration.h"
#include "base/redact.h"
#include "base/text.h"
#include "core/keys.h"
#include "core/message.h"
#include "core/subject.h"

namespace remaphore {
namespace {

Unexpected<Error> malformed(std::string_view what) { return fail(Errc::kConfig, std::string(what)); }
Unexpected<Error> malformed(std::string_view key, const Error& why) {
  return malformed(fmt::format("{}: {}", key, why.message));
}

// The parts of a comma-separated list that are not empty.
std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t comma = list.find(',');
    if (const std::string_view part = trim(list.substr(0, comma)); !part.empty()) parts.push_back(part);
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

template <std::string Config::*path>
Result<void> set_path(Config& config, std::string_view value) {
  config.*path = value;
  return {};
}

Result<void> set_yes_no(std::string_view key, std::string_view value, bool& target) {
  const bool yes = equals_ignoring_case(value, "yes");
  if (!yes && !equals_ignoring_case(value, "no")) {
    return malformed(fmt::format("{} takes yes or no, not {}", key, quote_redacted(value)));
  }
  target = yes;
  return {};
}

Result<void> set_servers(Config& config, std::string_view list) {
  for (std::string_view one : split(list)) {
    auto address = parse_server_address(one);
    if (!address) {
      // A comma in a password ends the address before its @.
      const auto rest = list.substr(static_cast<std::size_t>(one.data() + one.size() - list.data()));
      if (rest.find('@') == std::string_view::npos) return malformed("server", address.error());
      return malformed("server: malformed, and not shown: write a comma in a user name or password as %2C");
    }
    config.servers.push_back(std::move(*address));
  }
  return {};
}

Result<void> set_destination(Config& config, std::string_view value) {
  if (!is_visible(value)) {
    return malformed(fmt::format("destination: only visible characters are allowed: {}", quote_redacted(value)));
  }
  config.destination = value;
  return {};
}

Result<void> set_subject(Config& config, std::string_view value) {
  if (auto usable = subject::check(value); !usable) return malformed("subject", usable.error());
  config.subject = value;
  return {};
}

Result<void> set_default_identity(Config& config, std::string_view value) {
  if (!keys::public_key_from_base58(value)) {
    return malformed(fmt::format("default_identity is not a public key: {}", quote_redacted(value)));
  }
  config.default_identity_text = value;
  return {};
}

Result<void> set_allow_skew(Config& config, std::string_view value) {
  const auto skew = parse_duration(value);
  if (!skew) return malformed("allow_skew", skew.error());
  if (skew->count() < 0) {
    return malformed(fmt::format("allow_skew must not be negative: {}", quote_redacted(value)));
  }
  config.allow_skew = skew->count() == 0 ? kDefaultAllowSkew : *skew;
  return {};
}

Result<void> set_send_only(Config& config, std::string_view list) {
  config.send_only.clear();
  for (const std::string_view pattern : split(list)) {
    if (pattern.size() > kMaxDestination) {
      return malformed(fmt::format("send_only: a destination pattern has at most {} bytes", kMaxDestination));
    }
    if (!is_visible(pattern)) {
      return malformed(fmt::format("send_only: patterns of visible characters, separated by commas, not {}",
                                   quote_redacted(pattern)));
    }
    config.send_only.emplace_back(pattern);
  }
  return {};
}

Result<void> set_confirm(Config& config, std::string_view list) {
  config.confirm.clear();
  for (const std::string_view verb : split(list)) {
    if (verb.size() > kMaxVerb || !is_visible(verb)) {
      return malformed(fmt::format("confirm: verbs separated by commas, not {}", quote_redacted(verb)));
    }
    config.confirm.emplace_back(verb);
  }
  return {};
}

struct KeyRow {
  std::string_view name;
  Result<void> (*set)(Config& config, std::string_view value);
};

constexpr KeyRow kKeyRows[] = {
    {"server", set_servers},
    {"credentials", set_path<&Config::credentials>},
    {"destination", set_destination},
    {"subject", set_subject},
    {"default_identity", set_default_identity},
    {"allow_skew", set_allow_skew},
    {"tls_ca", set_path<&Config::tls_ca>},
    {"tls_cert", set_path<&Config::tls_cert>},
    {"tls_key", set_path<&Config::tls_key>},
    {"tls_first",
     [](Config& config, std::string_view value) { return set_yes_no("tls_first", value, config.tls_first); }},
    {"presence", [](Config& config, std::string_view value) { return set_yes_no("presence", value, config.presence); }},
    {"announced_servers",
     [](Config& config, std::string_view value) {
       return set_yes_no("announced_servers", value, config.announced_servers);
     }},
    {"send_only", set_send_only},
    {"confirm", set_confirm},
    {"require_bound_replies",
     [](Config& config, std::string_view value) {
       return set_yes_no("require_bound_replies", value, config.require_bound_replies);
     }},
};

// Finds whole private keys; a piece of one is not recognised.
bool is_private_key(std::string_view value) {
  constexpr std::size_t kShortest = 64;  // base58 of 64 bytes: a zero byte is a character too
  return value.size() >= kShortest && SecretKey::from_base58(value);
}

}  // namespace

Result<bool> set_config_key(Config& config, std::string_view key, std::string_view value) {
  for (const KeyRow& row : kKeyRows) {
    if (!equals_ignoring_case(key, row.name)) continue;
    if (is_private_key(value)) return malformed(fmt::format("{}: this is a private key", row.name));
    if (auto set = row.set(config, value); !set) return pass_on(set);
    return true;
  }
  return false;
}

}  // namespace remaphore
