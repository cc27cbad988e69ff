#include "cli/bus_options.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "base/redact.h"
#include "base/text.h"
#include "core/keys.h"
#include "core/message.h"
#include "core/subject.h"

namespace remaphore {
namespace {

constexpr std::string_view kBroadcast = "all";

}  // namespace

Result<std::string> broadcast_subject(const CommandLine& line, const Config& config) {
  const std::string last = line.text("subject").value_or(std::string(kBroadcast));
  if (auto usable = subject::check(last); !usable) {
    return fail(Errc::kUsage, fmt::format("option -S: {}", usable.error().message));
  }
  std::string whole = subject::broadcast(config.subject, last);
  if (auto usable = subject::check(whole); !usable) return pass_on(usable);
  return whole;
}

Result<std::string> public_key(const CommandLine& line) {
  const auto& text = line.text("public-key");
  if (!text) return std::string();
  if (!keys::public_key_from_base58(*text)) {
    return fail(Errc::kUsage,
                fmt::format("option -p: not a public key (base58 of 32 bytes): {}", quote_redacted(*text)));
  }
  return *text;
}

Result<std::vector<std::string>> verbs_of(const CommandLine& line) {
  std::vector<std::string> verbs;
  const auto& text = line.text("verb");
  if (!text) return verbs;
  for (std::string_view rest = *text;;) {
    const std::size_t comma = rest.find(',');
    if (const auto verb = trim(rest.substr(0, comma)); !verb.empty()) verbs.emplace_back(verb);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (verbs.empty()) return fail(Errc::kUsage, fmt::format("option -v: no verb in {}", quote_redacted(*text)));
  return verbs;
}

Result<void> check_verb(std::string_view verb) {
  if (verb.size() <= kMaxVerb) return {};
  return fail(Errc::kUsage, fmt::format("a verb has at most {} bytes", kMaxVerb));
}

Result<std::string> one_verb(const CommandLine& line, std::string_view otherwise, std::string_view several) {
  auto verbs = verbs_of(line);
  if (!verbs) return pass_on(verbs);
  if (verbs->empty()) return std::string(otherwise);
  if (verbs->size() > 1)
    return fail(Errc::kUsage, fmt::format(fmt::runtime(several), quote_redacted(*line.text("verb"))));
  if (auto fits = check_verb(verbs->front()); !fits) return pass_on(fits);
  return std::move(verbs->front());
}

}  // namespace remaphore
