#include "nats/server_error.h"

#include <algorithm>

namespace remaphore::nats {
namespace {

bool contains(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

}  // namespace

ServerError classify_error(std::string_view text) {
  if (contains(text, "permissions violation") || contains(text, "maximum subscriptions exceeded")) {
    return ServerError::kDenied;
  }
  if (contains(text, "maximum payload")) return ServerError::kOther;  // and not "nothing was processed"
  if (contains(text, "maximum") || contains(text, "timeout")) return ServerError::kBusy;
  for (const std::string_view refusal : {"authorization violation", "authentication expired", "authentication revoked",
                                         "authentication error", "user authentication"}) {
    if (contains(text, refusal)) return ServerError::kCredentials;
  }
  return ServerError::kOther;
}

}  // namespace remaphore::nats
