#include "nats/server_error.h"

#include <algorithm>
#include <optional>

namespace remaphore::nats {
namespace {

// The text after `word`, which is lowercase, ignoring the case of `text`; nullopt if it does not occur.
std::optional<std::string_view> after(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  const auto found = std::search(text.begin(), text.end(), word.begin(), word.end(), same);
  if (found == text.end()) return std::nullopt;
  return text.substr(static_cast<std::size_t>(found - text.begin()) + word.size());
}

bool contains(std::string_view text, std::string_view word) { return after(text, word).has_value(); }

// A subject quoted by Go (%q), up to its closing quote. Our own subjects hold no escapes other than \" and \\.
std::string unquote(std::string_view text) {
  std::string subject;
  if (!text.starts_with('"')) return {};
  for (std::size_t i = 1; i < text.size() && subject.size() <= kMaxDeniedSubject; ++i) {
    if (text[i] == '"') return subject;
    if (text[i] == '\\' && (++i == text.size() || (text[i] != '"' && text[i] != '\\'))) return {};
    subject.push_back(text[i]);
  }
  return {};
}

}  // namespace

ServerError classify_error(std::string_view text) {
  if (contains(text, "permissions violation") || contains(text, "maximum subscriptions exceeded")) {
    return ServerError::kDenied;
  }
  if (contains(text, "maximum payload")) return ServerError::kOther;  // not kBusy: something was processed
  if (contains(text, "maximum control line")) return ServerError::kLineTooLong;
  if (contains(text, "maximum") || contains(text, "timeout")) return ServerError::kBusy;
  for (const std::string_view refusal : {"authorization violation", "authentication expired", "authentication revoked",
                                         "authentication error", "user authentication"}) {
    if (contains(text, refusal)) return ServerError::kCredentials;
  }
  return ServerError::kOther;
}

Denial parse_denial(std::string_view text) {
  if (const auto subject = after(text, "for publish to ")) return {Denial::Of::kPublication, unquote(*subject)};
  if (const auto subject = after(text, "for subscription to ")) return {Denial::Of::kSubscription, unquote(*subject)};
  return {};
}

}  // namespace remaphore::nats
