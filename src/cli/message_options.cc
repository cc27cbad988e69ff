#include "cli/message_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/redact.h"
#include "cli/bus_options.h"

namespace remaphore {
namespace {

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) text += (i == 0 ? "" : " ") + words[i];
  return text;
}

bool is_spelled_like_an_option(std::string_view word) {
  if (word.size() < 2 || word.front() != '-') return false;
  word.remove_prefix(word[1] == '-' ? 2 : 1);
  return find_option(word.substr(0, word.find('='))) != nullptr;
}

Result<void> refuse_contradictions(const CommandLine& line) {
  const bool from_stdin = line.is_set("stdin"), from_file = line.is_given("payload-file");
  if (from_stdin + from_file + !line.arguments().empty() > 1) {
    return fail(Errc::kUsage, "the payload is the arguments, --stdin or --payload-file: only one of them");
  }
  if (from_stdin && line.text("nodes") == "-") {
    return fail(Errc::kUsage, "options --stdin and --nodes - both read standard input");
  }
  return {};
}

// The limits of the format.
Result<Message> message_of(const CommandLine& line, Mode mode) {
  Message message;
  message.destination = line.text("destination").value_or(message.destination);
  message.reply_wanted = mode == Mode::kRequest;
  message.uuid = Uuid::from_text(line.text("uuid").value_or(""));
  message.payload = join(line.arguments());

  auto verb = one_verb(line, message.verb, "a message has one verb, not several: {}");
  if (!verb) return pass_on(verb);
  message.verb = std::move(*verb);
  return message;
}

}  // namespace

Result<SendOptions> message_options(const CommandLine& line, Mode mode, const Config& config) {
  if (auto fits = refuse_contradictions(line); !fits) return pass_on(fits);
  SendOptions options{};
  auto message = message_of(line, mode);
  if (!message) return pass_on(message);
  options.message = std::move(*message);

  auto key = public_key(line);
  if (!key) return pass_on(key);
  auto identity = config.identity_for(options.message.verb, *key);
  if (!identity) return pass_on(identity);
  options.identity = *identity;

  auto subject = broadcast_subject(line, config);
  if (!subject) return pass_on(subject);
  options.subject = std::move(*subject);
  options.timeout = line.duration("timeout");
  return options;
}

void warn_of_typos(const CommandLine& line, const Message& message, Log& log) {
  const auto& words = line.arguments();
  if (!line.arguments_are_marked() && !words.empty()) {
    if (const auto word = std::find_if(words.begin() + 1, words.end(), is_spelled_like_an_option);
        word != words.end()) {
      log.notice(fmt::format("{} is sent as part of the message: options come before it; -- ends the options",
                             quote_redacted(word->substr(0, word->find('=')))));
    }
  }
  if (std::any_of(message.verb.begin(), message.verb.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
    log.notice(
        fmt::format("verb {} has capitals: only peers that allow every verb (*) will accept the message, because "
                    "configs are read in lowercase",
                    quote_redacted(message.verb)));
  }
}

}  // namespace remaphore
