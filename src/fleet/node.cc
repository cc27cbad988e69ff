#include "fleet/node.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/redact.h"
#include "base/text.h"

namespace remaphore::fleet {
namespace {

bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

Result<std::string> parse_verb(std::string_view text) {
  const auto refuse = [text](std::string_view why) {
    return fail(Errc::kUsage, fmt::format("not a usable verb: {}: {}", quote_redacted(text), why));
  };
  if (text.empty()) return refuse("it is empty");
  if (text.size() > kMaxVerb) return refuse(fmt::format("longer than {} bytes", kMaxVerb));
  if (text.front() == '-') return refuse("a command would take it for an option");
  for (const char c : text) {
    if (!is_visible(c)) return refuse("only visible ASCII characters are allowed");
    if (c == '[' || c == ']' || c == '#') return refuse(fmt::format("{} is special in config files", c));
  }
  if (text.size() > 1 && text.find('*') != text.npos) return refuse("* means every verb and cannot be combined");
  std::string verb(text);
  for (char& c : verb) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return verb;
}

}  // namespace

Result<void> check_destination(std::string_view text) {
  const auto refuse = [text](std::string_view why) {
    return fail(Errc::kUsage, fmt::format("not a usable destination: {}: {}", quote_redacted(text), why));
  };
  if (text.empty()) return refuse("it is empty");
  if (text.size() > kMaxNodeName) return refuse(fmt::format("longer than {} bytes", kMaxNodeName));
  if (text.front() == '-') return refuse("commands would take it for an option");
  char previous = '.';
  for (const char c : text) {
    if (!is_visible(c)) return refuse("only visible ASCII characters are allowed");
    if (std::string_view("/\\*,=:#[]\"'`$").find(c) != std::string_view::npos) {
      return refuse(fmt::format("{} is not allowed", c));
    }
    if (c == '.' && previous == '.') return refuse("there is an empty part between dots");
    previous = c;
  }
  if (previous == '.') return refuse("there is an empty part between dots");
  return {};
}

Result<std::vector<std::string>> parse_verbs(std::string_view comma_separated) {
  std::vector<std::string> verbs;
  while (!comma_separated.empty()) {
    const std::size_t comma = comma_separated.find(',');
    Result<std::string> verb = parse_verb(trim(comma_separated.substr(0, comma)));
    if (!verb) return pass_on(verb);
    if (std::find(verbs.begin(), verbs.end(), *verb) == verbs.end()) verbs.push_back(std::move(*verb));
    if (verbs.size() > kMaxVerbs) return fail(Errc::kUsage, fmt::format("more than {} verbs for one node", kMaxVerbs));
    if (comma == comma_separated.npos) break;
    comma_separated.remove_prefix(comma + 1);
    if (comma_separated.empty()) return fail(Errc::kUsage, "a list of verbs ends in a comma");
  }
  return verbs;
}

Result<NodeSpec> parse_node(std::string_view given) {
  std::string_view text = given;
  const bool send_only = text.ends_with('!');
  if (send_only) text.remove_suffix(1);
  const std::size_t equals = text.find('=');
  NodeSpec node{std::string(text.substr(0, equals)), {"ping"}, send_only, equals != text.npos};
  if (node.destination.find('!') != node.destination.npos) {
    return fail(Errc::kUsage, fmt::format("not a node: {}: ! is allowed only at the end", quote_redacted(given)));
  }
  if (Result<void> good = check_destination(node.destination); !good) return pass_on(good);
  if (!node.names_verbs) return node;
  Result<std::vector<std::string>> verbs = parse_verbs(text.substr(equals + 1));
  if (!verbs) return pass_on(verbs);
  node.verbs = std::move(*verbs);
  if (node.send_only && node.verbs.empty()) {
    return fail(Errc::kUsage,
                fmt::format("{} neither listens nor sends: name a verb before the !", quote_redacted(given)));
  }
  return node;
}

std::string join(const std::vector<std::string>& texts, std::string_view separator) {
  return fmt::format("{}", fmt::join(texts, separator));
}

}  // namespace remaphore::fleet
