#include "core/config_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "base/redact.h"
#include "base/text.h"
#include "base/utf8.h"
#include "core/config_keys.h"

namespace remaphore {
namespace {

// A low estimate of a peer line's size in bytes: reserving space by it avoids reallocation.
constexpr std::size_t kUsualPeerLine = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Quotes only the text before and after the private key on an identity's line, however malformed the key is.
std::string quote_identity(std::string_view line) {
  std::string_view rest = line;
  const std::string_view first = take_word(rest);
  const std::size_t bracket = std::min(rest.find('['), rest.size());
  const bool verbs_follow_at_once = bracket == 0;
  if (rest.empty()) return quote_redacted(line);
  return quote_redacted(
      fmt::format("{}{}{}", first, verbs_follow_at_once ? " " : " (key not shown) ", rest.substr(bracket)));
}

// A # in the user or password: the comment swallows the @ and the host.
bool cuts_a_login(std::string_view line, std::size_t comment) {
  if (comment == 0 || comment == std::string_view::npos || is_blank(line[comment - 1])) return false;
  std::string_view rest = line.substr(comment);
  return take_word(rest).find('@') != std::string_view::npos;
}

class Parser {
 public:
  Parser(std::vector<char> text, std::string_view file) : text_(std::move(text)), file_(file) {}

  // Private keys do not outlive the parse, least of all a failed one.
  ~Parser() {
    for (const auto secret : secrets_) keys::wipe(secret);
    if (failed_) keys::wipe(text_);
  }

  Result<Config> run() {
    auto parsed = parse();
    failed_ = !parsed;
    if (!parsed) return pass_on(parsed);
    for (const auto secret : std::exchange(secrets_, {})) keys::wipe(secret);
    return std::move(config_);
  }

 private:
  enum class Section { kKeys, kIdentities, kPeers, kGroups, kUnknown };

  Result<void> parse() {
    if (text_.size() > kMaxConfigBytes) return error(fmt::format("the file is larger than {} bytes", kMaxConfigBytes));
    const std::string_view text(text_.data(), text_.size());
    if (utf8::looks_like_utf16(text)) return error("the file is UTF-16; it must be UTF-8");
    char* const end = text_.data() + text.size();
    for (char* line = mutable_at(utf8::without_byte_order_mark(text)); line < end;) {
      ++line_;
      char* newline = static_cast<char*>(std::memchr(line, '\n', static_cast<std::size_t>(end - line)));
      if (newline == nullptr) newline = end;
      auto parsed = parse_line(std::string_view(line, static_cast<std::size_t>(newline - line)));
      if (!parsed) return parsed;
      line = newline + 1;
    }
    return finish();
  }

  Result<void> parse_line(std::string_view line) {
    const std::size_t comment = line.find('#');
    const bool login_cut = cuts_a_login(line, comment);
    if (comment != std::string_view::npos) wipe(line.substr(comment));  // it may be a disabled identity
    line = trim(line.substr(0, comment));
    if (line.empty()) return {};
    if (line.front() == '[' && line.back() == ']') {
      const std::string_view name = trim(line.substr(1, line.size() - 2));
      const bool only_keys_so_far = section_ == Section::kKeys;
      section_ = equals_ignoring_case(name, "identities") ? Section::kIdentities
                 : equals_ignoring_case(name, "peers")    ? Section::kPeers
                 : equals_ignoring_case(name, "groups")   ? Section::kGroups
                                                          : Section::kUnknown;
      if (section_ != Section::kUnknown) return {};
      if (only_keys_so_far) section_ = Section::kKeys;  // some files have a heading here
      warn(fmt::format("unknown section {}, its lines are {}", quote_redacted(name),
                       only_keys_so_far ? "read as keys" : "ignored"));
      return wipe(line), Result<void>();
    }
    switch (section_) {
      case Section::kIdentities: return parse_identity(line);
      case Section::kPeers: return parse_peer(line);
      case Section::kGroups: return parse_group(line);
      case Section::kUnknown: return wipe(line), Result<void>();
      case Section::kKeys: break;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      warn(fmt::format("a line without a colon is ignored: {}", quote_redacted(line)));
      return wipe(line), Result<void>();
    }
    const std::string_view key = trim(line.substr(0, colon));
    if (login_cut && equals_ignoring_case(key, "server")) {
      return error("server: # begins a comment; write it as %23 in a user name or password");
    }
    auto parsed = parse_key(key, trim(line.substr(colon + 1)));
    wipe(line);  // whatever it meant: its value has been copied
    return parsed;
  }

  Result<void> parse_key(std::string_view key, std::string_view value) {
    if (value.empty()) return {};
    const auto known = set_config_key(config_, key, value);
    if (!known) return error(known.error().message);
    if (!*known) warn(fmt::format("unknown key {} is ignored", quote_redacted(key)));
    if (equals_ignoring_case(key, "default_identity")) default_line_ = line_;
    if (equals_ignoring_case(key, "server")) warn_of_unspecified_addresses();
    return {};
  }

  // Checks the servers that the line just read has added: they are already in config_.servers.
  void warn_of_unspecified_addresses() {
    for (; checked_servers_ < config_.servers.size(); ++checked_servers_) {
      const std::string& host = config_.servers[checked_servers_].host;
      if (host != "0.0.0.0" && host != "::") continue;
      warn(fmt::format("server {} is an address to listen on; from here it is this machine", host));
    }
  }

  // "[a, b ,c]" -> lowercase "a,b,c", packed in place.
  std::optional<VerbList> parse_verbs(std::string_view bracketed) {
    if (bracketed.size() < 2 || bracketed.front() != '[' || bracketed.back() != ']') return std::nullopt;
    const std::string_view inside = bracketed.substr(1, bracketed.size() - 2);
    if (inside.find_first_of("[]") != std::string_view::npos) return std::nullopt;
    char* const begin = mutable_at(inside);
    char* out = begin;
    std::string_view rest = inside;
    while (!rest.empty()) {
      const std::size_t comma = rest.find(',');
      const std::string_view verb = trim(rest.substr(0, comma));
      if (!verb.empty() && out != begin) *out++ = ',';
      for (const char c : verb) *out++ = lower(c);  // never ahead of the read position
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
    return VerbList(std::string_view(begin, static_cast<std::size_t>(out - begin)));
  }

  Unexpected<Error> verbs_error(std::string_view verbs, std::string_view shown_line) const {
    return error(fmt::format("verbs must be a list in brackets like [ping,deploy], not {} in {}", quote_redacted(verbs),
                             shown_line));
  }

  Result<void> parse_identity(std::string_view line) {
    std::string_view rest = line;
    const std::string_view public_text = take_word(rest);
    const std::string_view secret_text = take_word(rest);
    secrets_.emplace_back(mutable_at(secret_text), secret_text.size());
    if (rest.empty()) {
      return error(fmt::format("an identity is PUBLIC-KEY PRIVATE-KEY [verbs], not {}", quote_identity(line)));
    }
    const auto public_key = checked_public_key(public_text, line, quote_identity);
    if (!public_key) return pass_on(public_key);
    auto secret_key = SecretKey::from_base58(secret_text);
    if (!secret_key) {
      return error(fmt::format("the private key of this identity: {}", secret_key.error().message));
    }
    if (secret_key->public_key() != *public_key) {
      return error(
          fmt::format("the private key of identity {} belongs to a different public key", quote_key(public_text)));
    }
    const auto verbs = parse_verbs(rest);
    if (!verbs) return verbs_error(rest, quote_identity(line));
    config_.identities.push_back(Identity{std::string(public_text), std::move(*secret_key), *verbs});
    return {};
  }

  Result<void> parse_peer(std::string_view line) {
    std::string_view rest = line;
    const std::string_view destination = take_word(rest);
    const std::string_view key_text = take_word(rest);
    if (rest.empty())
      return error(fmt::format("a peer is DESTINATION PUBLIC-KEY [verbs], not {}", quote_redacted(line)));
    if (!is_visible(destination)) {
      return error(fmt::format("the destination of a peer has visible characters only, not {}", quote_redacted(line)));
    }
    const auto key = checked_public_key(key_text, line, quote_redacted);
    if (!key) return pass_on(key);
    const auto verbs = parse_verbs(rest);
    if (!verbs) return verbs_error(rest, quote_redacted(line));
    if (peers_.empty()) peers_.reserve(text_.size() / kUsualPeerLine);
    peers_.push_back(Peer{destination, key_text, *verbs, line_, *key});
    return {};
  }

  Result<void> parse_group(std::string_view line) {
    const auto added = config_.groups.add(line, line_);
    wipe(line);  // its words have been copied
    return added ? Result<void>() : error(added.error().message);
  }

  // A public key, which may still be half the text of a private one.
  std::string quote_key(std::string_view text) const {
    const auto holds = [text](std::span<const char> secret) {
      return std::string_view(secret.data(), secret.size()).find(text) != std::string_view::npos;
    };
    return std::any_of(secrets_.begin(), secrets_.end(), holds) ? redact(text) : std::string(text);
  }

  Result<PublicKey> checked_public_key(std::string_view text, std::string_view line,
                                       std::string (*quoted)(std::string_view)) const {
    auto key = keys::public_key_from_base58(text);
    if (!key) {
      return error(fmt::format("not a public key (base58 of 32 bytes): {} in {}", quote_redacted(text), quoted(line)));
    }
    if (keys::is_low_order(*key)) {
      return error(fmt::format("public key {} is of low order: anybody could sign for it", quote(text)));
    }
    return key;
  }

  Result<void> finish() {
    const auto missing = [this](std::string_view what) { return error(fmt::format("the file has no {}", what)); };
    if (config_.servers.empty()) return missing("\"server:\" line");
    if (config_.credentials.empty()) return missing("\"credentials:\" line");
    if (config_.destination.empty()) return missing("\"destination:\" line");
    if (config_.identities.empty()) return missing("identity in an [ Identities ] section");

    if (config_.default_identity_text.empty()) {
      config_.default_identity_text = config_.identities.front().public_key;
    } else {
      const auto is_default = [this](const Identity& one) { return one.public_key == config_.default_identity_text; };
      const auto found = std::find_if(config_.identities.begin(), config_.identities.end(), is_default);
      if (found == config_.identities.end()) {
        line_ = default_line_;
        warn("default_identity is not an identity of this file; the first one is used");
      } else {
        config_.default_identity = static_cast<std::size_t>(found - config_.identities.begin());
      }
    }

    if (const auto fault = config_.groups.find_fault()) {
      line_ = fault->line;
      return error(fault->what);
    }
    config_.peers = Peers(std::move(peers_), std::move(text_));
    for (const Peer& peer : config_.peers.all()) {
      const Peer* first = config_.peers.find(peer.public_key);
      if (first == &peer) continue;
      line_ = peer.line;
      warn(fmt::format("peer key {} is already on line {}; the verbs of that line count", quote_key(peer.public_key),
                       first->line));
    }
    if (unsaid_ > 0) config_.warnings.push_back(fmt::format("{}: {} more warnings", file_, unsaid_));
    return {};
  }

  char* mutable_at(std::string_view part) { return text_.data() + (part.data() - text_.data()); }

  Unexpected<Error> error(std::string_view what) const {
    return fail(Errc::kConfig, fmt::format("{}:{}: {}", file_, line_, what));
  }

  void wipe(std::string_view part) { keys::wipe(std::span(mutable_at(part), part.size())); }

  void warn(std::string_view what) {
    if (config_.warnings.size() < kMaxConfigWarnings) {
      config_.warnings.push_back(fmt::format("{}:{}: {}", file_, line_, what));
    } else {
      ++unsaid_;
    }
  }

  std::vector<char> text_;
  std::string file_;
  Config config_;
  std::vector<Peer> peers_;
  std::vector<std::span<char>> secrets_;  // the private keys in the text
  Section section_ = Section::kKeys;
  std::uint32_t line_ = 0;
  std::uint32_t default_line_ = 0;
  std::size_t unsaid_ = 0;
  std::size_t checked_servers_ = 0;
  bool failed_ = false;
};

}  // namespace

Result<Config> parse_config(std::vector<char> text, std::string_view file) {
  return Parser(std::move(text), file).run();
}

}  // namespace remaphore
