#include "core/config_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "base/duration.h"
#include "base/text.h"
#include "core/message.h"
#include "core/subject.h"

namespace remaphore {
namespace {

constexpr std::size_t kLongestShown = 60;    // a longer word may be a private key, whole or mistyped
constexpr std::size_t kLongestOfProse = 20;  // in a line that is nothing we know: it may be a piece of one

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

// The whole line, but for every word that may be a private key.
std::string without_secrets(std::string_view line, std::size_t longest_shown = kLongestShown) {
  std::string shown;
  while (!line.empty()) {
    const std::size_t end = line.find_first_of(" \t,[]:\"'");
    const std::string_view word = line.substr(0, end);
    if (word.size() > longest_shown) {
      shown += "(key not shown)";
    } else {
      shown += word;
    }
    if (end == std::string_view::npos) break;
    shown += line[end];
    line.remove_prefix(end + 1);
  }
  return shown;
}

std::string quote_line(std::string_view line) { return quote(without_secrets(line)); }

// Of an identity's line only what stands before and behind the private key, however broken that is.
std::string quote_identity(std::string_view line) {
  const std::size_t blank = line.find_first_of(" \t");
  if (blank == std::string_view::npos) return quote_line(line);
  const std::size_t bracket = std::min(line.find('[', blank), line.size());
  const bool verbs_follow_at_once = trim(line.substr(blank, bracket - blank)).empty();
  return quote_line(fmt::format("{}{}{}", line.substr(0, blank), verbs_follow_at_once ? " " : " (key not shown) ",
                                line.substr(bracket)));
}

// Cuts the first blank-separated word off `rest`.
std::string_view take_word(std::string_view& rest) {
  rest = trim(rest);
  std::size_t size = 0;
  while (size < rest.size() && !is_blank(rest[size])) ++size;
  const std::string_view word = trim(rest.substr(0, size));
  rest = trim(rest.substr(size));
  return word;
}

class Parser {
 public:
  Parser(std::vector<char> text, std::string_view file) : file_(file) { config_.text_ = std::move(text); }

  // Private keys do not outlive the parse, least of all a failed one.
  ~Parser() {
    for (const auto secret : secrets_) keys::wipe(secret);
    if (failed_) keys::wipe(config_.text_);
  }

  Result<Config> run() {
    auto parsed = parse();
    failed_ = !parsed;
    if (!parsed) return Unexpected<Error>(std::move(parsed.error()));
    for (const auto secret : std::exchange(secrets_, {})) keys::wipe(secret);
    return std::move(config_);
  }

 private:
  enum class Section { kKeys, kIdentities, kPeers, kUnknown };

  Result<void> parse() {
    if (config_.text_.size() > kMaxConfigBytes) {
      return error(fmt::format("the file is larger than {} bytes", kMaxConfigBytes));
    }
    char* const begin = config_.text_.data();
    char* const end = begin + config_.text_.size();
    for (char* line = begin; line < end;) {
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
    if (comment != std::string_view::npos) wipe(line.substr(comment));  // it may be an identity that was switched off
    line = trim(line.substr(0, comment));
    if (line.empty()) return {};
    if (line.front() == '[' && line.back() == ']') {
      const std::string_view name = trim(line.substr(1, line.size() - 2));
      const bool only_keys_so_far = section_ == Section::kKeys;
      section_ = equals_ignoring_case(name, "identities") ? Section::kIdentities
                 : equals_ignoring_case(name, "peers")    ? Section::kPeers
                                                          : Section::kUnknown;
      if (section_ != Section::kUnknown) return {};
      if (only_keys_so_far) section_ = Section::kKeys;  // some files have a heading there
      warn(fmt::format("unknown section {}, its lines are {}", quote_line(name),
                       only_keys_so_far ? "read as keys" : "ignored"));
      return wipe(line), Result<void>();
    }
    switch (section_) {
      case Section::kIdentities: return parse_identity(line);
      case Section::kPeers: return parse_peer(line);
      case Section::kUnknown: return wipe(line), Result<void>();
      case Section::kKeys: break;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      warn(fmt::format("a line without a colon is ignored: {}", quote(without_secrets(line, kLongestOfProse))));
      return wipe(line), Result<void>();
    }
    auto parsed = parse_key(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
    wipe(line);  // whatever was meant by it: its value has been copied
    return parsed;
  }

  Result<void> parse_key(std::string_view key, std::string_view value) {
    if (value.empty()) return {};
    const auto is = [key](std::string_view name) { return equals_ignoring_case(key, name); };
    if (is("server")) return parse_servers(value);
    if (is("credentials")) return config_.credentials = value, Result<void>();
    if (is("destination")) return config_.destination = value, Result<void>();
    if (is("tls_ca")) return config_.tls_ca = value, Result<void>();
    if (is("tls_cert")) return config_.tls_cert = value, Result<void>();
    if (is("tls_key")) return config_.tls_key = value, Result<void>();
    if (is("subject")) {
      if (auto usable = subject::check(value); !usable) return value_error("subject", value, usable.error());
      config_.subject = value;
      return {};
    }
    if (is("default_identity")) {
      if (!keys::public_key_from_base58(value)) {
        return error(fmt::format("default_identity is not a public key: {}", quote_line(value)));
      }
      config_.default_identity_text = value;
      default_line_ = line_;
      return {};
    }
    if (is("allow_skew")) {
      const auto skew = parse_duration(value);
      if (!skew) return value_error("allow_skew", value, skew.error());
      if (skew->count() < 0) return error(fmt::format("allow_skew must not be negative: {}", quote(value)));
      config_.allow_skew = skew->count() == 0 ? kDefaultAllowSkew : *skew;
      return {};
    }
    if (is("require_bound_replies")) return parse_yes_no("require_bound_replies", value, config_.require_bound_replies);
    if (is("tls_first")) return parse_yes_no("tls_first", value, config_.tls_first);
    if (is("announced_servers")) return parse_yes_no("announced_servers", value, config_.announced_servers);
    if (is("send_only")) return parse_send_only(value);
    warn(fmt::format("unknown key {} is ignored", quote_line(key)));
    return {};
  }

  Result<void> parse_yes_no(std::string_view key, std::string_view value, bool& target) {
    const bool yes = equals_ignoring_case(value, "yes");
    if (!yes && !equals_ignoring_case(value, "no")) {
      return error(fmt::format("{} takes yes or no, not {}", key, quote_line(value)));
    }
    target = yes;
    return {};
  }

  Result<void> parse_send_only(std::string_view list) {
    config_.send_only.clear();
    while (true) {
      const std::size_t comma = list.find(',');
      const std::string_view pattern = trim(list.substr(0, comma));
      if (pattern.size() > kMaxDestination) {
        return error(fmt::format("send_only: a destination pattern has at most {} bytes", kMaxDestination));
      }
      if (std::any_of(pattern.begin(), pattern.end(), is_blank)) {
        return error(fmt::format("send_only: patterns are separated by commas, not {}", quote_line(pattern)));
      }
      if (!pattern.empty()) config_.send_only.emplace_back(pattern);
      if (comma == std::string_view::npos) return {};
      list.remove_prefix(comma + 1);
    }
  }

  Result<void> parse_servers(std::string_view list) {
    while (true) {
      const std::size_t comma = list.find(',');
      const std::string_view one = trim(list.substr(0, comma));
      if (!one.empty()) {
        auto address = parse_server_address(one);
        if (!address) return value_error("server", one, address.error());
        config_.servers.push_back(std::move(*address));
      }
      if (comma == std::string_view::npos) return {};
      list.remove_prefix(comma + 1);
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
      for (const char c : verb) *out++ = lower(c);  // never ahead of what is still to be read
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
    return VerbList(std::string_view(begin, static_cast<std::size_t>(out - begin)));
  }

  Unexpected<Error> verbs_error(std::string_view verbs, std::string_view shown_line) const {
    return error(fmt::format("verbs must be a list in brackets like [ping,deploy], not {} in {}", quote_line(verbs),
                             shown_line));
  }

  Result<void> parse_identity(std::string_view line) {
    std::string_view rest = line;
    const std::string_view public_text = take_word(rest);
    const std::string_view secret_text = take_word(rest);
    if (secret_text.size() > kLongestShown) secrets_.emplace_back(mutable_at(secret_text), secret_text.size());
    if (rest.empty()) {
      return error(fmt::format("an identity is PUBLIC-KEY PRIVATE-KEY [verbs], not {}", quote_identity(line)));
    }
    const auto public_key = checked_public_key(public_text, line, quote_identity);
    if (!public_key) return Unexpected<Error>(public_key.error());
    auto secret_key = SecretKey::from_base58(secret_text);
    if (!secret_key) {
      return error(fmt::format("the private key of identity {}: {}", public_text, secret_key.error().message));
    }
    if (secret_key->public_key() != *public_key) {
      return error(fmt::format("the private key of identity {} belongs to another public key", public_text));
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
    if (rest.empty()) return error(fmt::format("a peer is DESTINATION PUBLIC-KEY [verbs], not {}", quote_line(line)));
    if (const auto key = checked_public_key(key_text, line, quote_line); !key) return Unexpected<Error>(key.error());
    const auto verbs = parse_verbs(rest);
    if (!verbs) return verbs_error(rest, quote_line(line));
    peers_.push_back(Peer{destination, key_text, *verbs, line_});
    return {};
  }

  Result<PublicKey> checked_public_key(std::string_view text, std::string_view line,
                                       std::string (*quoted)(std::string_view)) const {
    auto key = keys::public_key_from_base58(text);
    if (!key) {
      return error(fmt::format("not a public key (base58 of 32 bytes): {} in {}", quote_line(text), quoted(line)));
    }
    if (keys::is_low_order(*key)) {
      return error(fmt::format("public key {} is of low order: anybody could sign for it", quote_line(text)));
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
        warn(fmt::format("default_identity {} is no identity of this file, the first one is used",
                         config_.default_identity_text));
      } else {
        config_.default_identity = static_cast<std::size_t>(found - config_.identities.begin());
      }
    }

    config_.peers = Peers(peers_);
    for (const Peer& peer : config_.peers.all()) {
      const Peer* first = config_.peers.find(peer.public_key);
      if (first == &peer) continue;
      line_ = peer.line;
      warn(fmt::format("peer key {} is on line {} already, whose verbs count", peer.public_key, first->line));
    }
    if (unsaid_ > 0) config_.warnings.push_back(fmt::format("{}: {} more warnings", file_, unsaid_));
    return {};
  }

  char* mutable_at(std::string_view part) { return config_.text_.data() + (part.data() - config_.text_.data()); }

  Unexpected<Error> error(std::string_view what) const {
    return fail(Errc::kConfig, fmt::format("{}:{}: {}", file_, line_, what));
  }

  // The error of a room that quotes `value`, unless a private key may have got there.
  Unexpected<Error> value_error(std::string_view key, std::string_view value, const Error& why) const {
    const bool harmless = without_secrets(value) == value;  // all of it: what is quoted may be its end
    return error(fmt::format("{}: {}", key, harmless ? why.message : "malformed, and not shown: it may hold a key"));
  }

  void wipe(std::string_view part) { keys::wipe(std::span(mutable_at(part), part.size())); }

  void warn(std::string_view what) {
    if (config_.warnings.size() < kMaxConfigWarnings) {
      config_.warnings.push_back(fmt::format("{}:{}: {}", file_, line_, what));
    } else {
      ++unsaid_;
    }
  }

  std::string file_;
  Config config_;
  std::vector<Peer> peers_;
  std::vector<std::span<char>> secrets_;  // where private keys lie in the text
  Section section_ = Section::kKeys;
  std::uint32_t line_ = 0;
  std::uint32_t default_line_ = 0;
  std::size_t unsaid_ = 0;
  bool failed_ = false;
};

}  // namespace

Result<Config> parse_config(std::vector<char> text, std::string_view file) {
  return Parser(std::move(text), file).run();
}

}  // namespace remaphore
