#include "core/lock_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/hex.h"
#include "base/redact.h"

namespace remaphore::lock_key {
namespace {

bool may_be_in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

Result<void> check_name(std::string_view name) {
  if (!name.empty() && name.size() <= kMaxName && std::all_of(name.begin(), name.end(), may_be_in_name)) return {};
  return fail(Errc::kUsage, fmt::format("not a lock name: {}: 1 to {} letters, digits, _ and - are allowed",
                                        quote_redacted(name), kMaxName));
}

bool is_id(std::string_view text) {
  return text.size() == kIdDigits && std::all_of(text.begin(), text.end(), [](char c) { return hex::digit(c) >= 0; });
}

std::string random_id() {
  std::array<std::uint8_t, kIdDigits / 2> bytes{};
  keys::random_bytes(bytes);
  return hex::encode(bytes);
}

std::string subject_of(std::string_view subject, std::string_view name, std::string_view id) {
  return fmt::format("{}.lock.{}.{}", subject, name, id);
}

std::string filter_for(std::string_view subject, std::string_view name) {
  return name.empty() ? fmt::format("{}.lock.>", subject) : fmt::format("{}.lock.{}.*", subject, name);
}

std::optional<Key> parse_subject(std::string_view full, std::string_view subject) {
  constexpr std::string_view kPart = ".lock.";
  if (!full.starts_with(subject) || !full.substr(subject.size()).starts_with(kPart)) return std::nullopt;
  full.remove_prefix(subject.size() + kPart.size());
  const std::size_t dot = full.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const Key key{std::string(full.substr(0, dot)), std::string(full.substr(dot + 1))};
  if (!check_name(key.name) || !is_id(key.id)) return std::nullopt;
  return key;
}

std::string verb_of(std::string_view name) {
  std::string verb = fmt::format("{}.{}", kVerb, name);
  std::transform(verb.begin(), verb.end(), verb.begin(), lower_case);
  return verb;
}

std::string permitted_verb(const VerbList& verbs, std::string_view name) {
  if (verbs.allows(kVerb)) return std::string(kVerb);
  std::string own = verb_of(name);
  return verbs.allows(own) ? own : std::string();
}

Uuid binding(std::string_view full_subject) { return Uuid::from_hash(keys::sha256(full_subject)); }

Result<const Identity*> identity_for(const Config& config, std::string_view name, std::string_view public_key) {
  const std::string verb = verb_of(name);
  if (auto identity = config.identity_for(kVerb, public_key)) return identity;
  if (auto identity = config.identity_for(verb, public_key)) return identity;
  if (!public_key.empty() && !config.identity_of(public_key)) return config.identity_of(public_key);
  const std::string who =
      public_key.empty() ? "no configured identity may" : fmt::format("identity {} may not", public_key);
  return fail(Errc::kUsage, fmt::format("{} use the verb {} or {}", who, kVerb, verb));
}

}  // namespace remaphore::lock_key
