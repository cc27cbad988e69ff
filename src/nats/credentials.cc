#include "nats/credentials.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"
#include "nats/nkey.h"
#include "nats/token.h"

namespace remaphore::nats {
namespace {

constexpr std::string_view kToken = "NATS USER JWT";
constexpr std::string_view kSeed = "USER NKEY SEED";

// The next line of `rest`, trimmed, and `rest` moved past it.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return trim(line);
}

// "-----BEGIN X-----" -> "BEGIN X"; empty if the line is not of this shape.
std::string_view between_dashes(std::string_view line) {
  const std::size_t first = line.find_first_not_of('-');
  if (first == line.npos || first < 3) return {};
  const std::size_t last = line.find_last_not_of('-');
  if (line.size() - 1 - last < 3) return {};
  return trim(line.substr(first, last - first + 1));
}

bool is_marker(std::string_view line, std::string_view word, std::string_view block) {
  const std::string_view text = between_dashes(line);
  return text.size() == word.size() + 1 + block.size() && text.starts_with(word) && text[word.size()] == ' ' &&
         text.ends_with(block);
}

// The one line inside the first block of this name.
Result<std::string_view> find_block(std::string_view text, std::string_view block) {
  const auto bad = [block](std::string_view what) {
    return fail(Errc::kConfig, fmt::format(fmt::runtime(what), block));
  };
  bool inside = false;
  std::string_view content;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (!inside) {
      inside = is_marker(line, "BEGIN", block);
    } else if (is_marker(line, "END", block)) {
      return content.empty() ? Result<std::string_view>(bad("the {} block is empty")) : content;
    } else if (!between_dashes(line).empty()) {
      break;
    } else if (!line.empty()) {
      if (!content.empty()) return bad("the {} block holds more than one line");
      content = line;
    }
  }
  return inside ? bad("the {} block has no END line") : bad("no {} block");
}

bool is_token_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

}  // namespace

Result<Credentials> parse_credentials(std::string_view text) {
  if (text.size() > kMaxCredentials) return fail(Errc::kConfig, "longer than 64 KiB, so not a credentials file");
  if (utf8::looks_like_utf16(text)) return fail(Errc::kConfig, "the file is UTF-16; it must be UTF-8");
  text = utf8::without_byte_order_mark(text);
  const Result<std::string_view> token = find_block(text, kToken);
  if (!token) return pass_on(token);
  const Result<std::string_view> seed = find_block(text, kSeed);
  if (!seed) return pass_on(seed);
  // It is written between quotes on a protocol line.
  if (!std::all_of(token->begin(), token->end(), is_token_character)) {
    return fail(Errc::kConfig, "the NATS USER JWT block contains an invalid character");
  }
  Result<SecretKey> key = decode_seed(NkeyKind::kUser, *seed);
  if (!key) return pass_on(key);

  return Credentials{std::string(*token), std::move(*key)};
}

Result<CredentialClaims> read_claims(const Credentials& credentials) {
  CredentialClaims known;
  const Result<Claims> claims = read_claims(credentials.token);
  if (!claims) return known;
  known.expires = claims->expires;
  const Result<PublicKey> user = decode_public(NkeyKind::kUser, claims->subject);
  if (!user) return known;
  if (*user != credentials.key.public_key()) {
    return fail(Errc::kConfig, "the seed does not belong to the token's user " + claims->subject);
  }
  known.user_public = claims->subject;
  return known;
}

std::string format_credentials(std::string_view token, std::string_view seed) {
  constexpr std::string_view kShape =
      "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\n"
      "-----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n";
  return fmt::format(kShape, token, seed);
}

}  // namespace remaphore::nats
