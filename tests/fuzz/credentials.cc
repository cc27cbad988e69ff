// The text of a credentials file, in which the bytes 1 and 2 stand for a user's seed and a token that belongs to it: no
// error holds the seed, and what is accepted is safe to put into a protocol line and goes there and back.

#include "nats/credentials.h"

#include <algorithm>
#include <array>
#include <string>

#include "fuzz/fuzz.h"
#include "nats/nkey.h"
#include "nats/token.h"

namespace remaphore {
namespace {

using fuzz::require;

constexpr std::size_t kGivenAway = 16;  // characters of a seed that no message may hold in a row: 10 bytes

void check_credentials(const nats::Credentials& credentials) {
  const bool safe = std::none_of(credentials.token.begin(), credentials.token.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f || c == '"' || c == '\\';
  });
  require(!credentials.token.empty() && safe, "a token is safe between quotes on a protocol line");
  const std::string seed = nats::encode_seed(nats::NkeyKind::kUser, credentials.key);
  const auto claims = nats::read_claims(credentials);
  if (claims && !claims->user_public.empty()) {
    require(claims->user_public == nats::encode_public(nats::NkeyKind::kUser, credentials.key.public_key()),
            "the seed is that of the token's user");
  }
  const auto again = nats::parse_credentials(nats::format_credentials(credentials.token, seed));
  require(again.has_value(), "what was read can be written");
  require(again->token == credentials.token && again->key.public_key() == credentials.key.public_key(),
          "there and back is the same");
}

}  // namespace
}  // namespace remaphore

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace remaphore;
  static const SecretKey key = SecretKey::from_seed(std::array<std::uint8_t, 32>{1});
  static const SecretKey account = SecretKey::from_seed(std::array<std::uint8_t, 32>{2});
  static const std::string seed = nats::encode_seed(nats::NkeyKind::kUser, key);
  static const std::string token =
      nats::mint_user(account, key.public_key(), "fuzz", {}, {.issued = 1'700'000'000, .expires = 1'800'000'000});

  const std::string_view template_text = fuzz::text_of(data, size);
  if (fuzz::gives_away(template_text, seed, 8)) return 0;  // only as a whole is it a seed
  const auto credentials =
      nats::parse_credentials(fuzz::with_placeholder(fuzz::with_placeholder(template_text, 1, seed), 2, token));
  if (credentials) {
    check_credentials(*credentials);
    return 0;
  }
  const std::string& message = credentials.error().message;
  fuzz::require(credentials.error().code == Errc::kConfig && fuzz::is_one_line(message), "an error is one line");
  fuzz::require(!fuzz::gives_away(message, seed, kGivenAway), "an error never holds a seed");
  return 0;
}
