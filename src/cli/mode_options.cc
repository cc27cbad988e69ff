#include "cli/mode_options.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "base/text.h"
#include "core/keys.h"
#include "core/subject.h"

namespace remaphore {
namespace {

constexpr std::string_view kBroadcast = "all";

Result<std::string> broadcast_subject(const CommandLine& line, const Config& config) {
  const std::string last = line.text(OptionId::kSubject).value_or(std::string(kBroadcast));
  if (auto usable = subject::check(last); !usable) {
    return fail(Errc::kUsage, fmt::format("option -S: {}", usable.error().message));
  }
  std::string whole = subject::broadcast(config.subject, last);
  if (auto usable = subject::check(whole); !usable) return Unexpected<Error>(std::move(usable.error()));
  return whole;
}

Result<std::string> public_key(const CommandLine& line) {
  const auto& text = line.text(OptionId::kPublicKey);
  if (!text) return std::string();
  if (!keys::public_key_from_base58(*text)) {
    return fail(Errc::kUsage, fmt::format("option -p: not a public key (base58 of 32 bytes): {}", quote(*text)));
  }
  return *text;
}

// What -v names; none if it is not given.
Result<std::vector<std::string>> verbs_of(const CommandLine& line) {
  std::vector<std::string> verbs;
  const auto& text = line.text(OptionId::kVerb);
  if (!text) return verbs;
  for (std::string_view rest = *text;;) {
    const std::size_t comma = rest.find(',');
    if (const auto verb = trim(rest.substr(0, comma)); !verb.empty()) verbs.emplace_back(verb);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (verbs.empty()) return fail(Errc::kUsage, fmt::format("option -v: no verb in {}", quote(*text)));
  return verbs;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) text += (i == 0 ? "" : " ") + words[i];
  return text;
}

Result<void> refuse_unless_requesting(const CommandLine& line) {
  if (line.text(OptionId::kRequire)) return fail(Errc::kUsage, "option --require goes with -r only");
  if (line.is_set(OptionId::kGather)) return fail(Errc::kUsage, "option --gather goes with -r only");
  return {};
}

Result<void> refuse_when_sending(const CommandLine& line) {
  if (line.is_set(OptionId::kExitStatus))
    return fail(Errc::kUsage, "option --exit-status goes with -o and a command only");
  for (const OptionId id : {OptionId::kReadyFile, OptionId::kReadyFd}) {
    if (!line.text(id)) continue;
    return fail(Errc::kUsage, fmt::format("option --{} is for receiving: it tells when a listener is subscribed",
                                          option_table()[static_cast<std::size_t>(id)].long_name));
  }
  return {};
}

// What -s and -r have in common.
Result<SendOptions> message_options(const CommandLine& line, const Config& config) {
  SendOptions options{};
  Message& message = options.message;
  message.destination = line.text(OptionId::kDestination).value_or(message.destination);
  message.reply_wanted = line.is_set(OptionId::kRequest);
  message.uuid = Uuid::from_text(line.text(OptionId::kUuid).value_or(""));
  message.payload = join(line.arguments());

  auto verbs = verbs_of(line);
  if (!verbs) return Unexpected<Error>(std::move(verbs.error()));
  if (verbs->size() > 1) {
    return fail(Errc::kUsage,
                fmt::format("a message has one verb, not several: {}", quote(*line.text(OptionId::kVerb))));
  }
  if (!verbs->empty()) message.verb = std::move(verbs->front());
  if (message.verb.size() > kMaxVerb) return fail(Errc::kUsage, fmt::format("a verb has at most {} bytes", kMaxVerb));
  if (message.destination.find(',') != std::string::npos) {
    return fail(Errc::kUsage, fmt::format("a destination pattern has no comma: {}", quote(message.destination)));
  }
  if (message.destination.size() > kMaxDestination) {
    return fail(Errc::kUsage, fmt::format("a destination pattern has at most {} bytes", kMaxDestination));
  }

  const bool from_stdin = line.is_set(OptionId::kStdin), from_file = line.text(OptionId::kPayloadFile).has_value();
  if (from_stdin + from_file + !line.arguments().empty() > 1) {
    return fail(Errc::kUsage, "the payload is the arguments, --stdin or --payload-file, not several of them");
  }

  auto key = public_key(line);
  if (!key) return Unexpected<Error>(std::move(key.error()));
  auto identity = config.identity_for(message.verb, *key);
  if (!identity) return Unexpected<Error>(std::move(identity.error()));
  options.identity = *identity;

  auto subject = broadcast_subject(line, config);
  if (!subject) return Unexpected<Error>(std::move(subject.error()));
  options.subject = std::move(*subject);
  options.timeout = line.duration(OptionId::kTimeout);
  return options;
}

}  // namespace

Result<SendOptions> send_options(const CommandLine& line, const Config& config) {
  if (auto fits = refuse_unless_requesting(line); !fits) return Unexpected<Error>(std::move(fits.error()));
  if (auto fits = refuse_when_sending(line); !fits) return Unexpected<Error>(std::move(fits.error()));
  return message_options(line, config);
}

Result<RequestOptions> request_options(const CommandLine& line, const Config& config) {
  if (auto fits = refuse_when_sending(line); !fits) return Unexpected<Error>(std::move(fits.error()));
  RequestOptions options{};
  if (const auto& text = line.text(OptionId::kRequire)) {
    auto require = Count::parse(*text);
    if (!require) return fail(Errc::kUsage, fmt::format("option --require: {}", require.error().message));
    options.require = *require;
  }
  const bool json = line.is_set(OptionId::kJson), gather = line.is_set(OptionId::kGather);
  if (json && gather) return fail(Errc::kUsage, "options --json and --gather do not go together");
  options.format = json ? AnswerFormat::kJson : gather ? AnswerFormat::kGathered : AnswerFormat::kRecords;
  auto message = message_options(line, config);
  if (!message) return Unexpected<Error>(std::move(message.error()));
  static_cast<SendOptions&>(options) = std::move(*message);
  return options;
}

Result<bool> shows_progress(const CommandLine& line) {
  const std::string when = line.text(OptionId::kProgress).value_or("auto");
  if (when != "auto" && when != "never") {
    return fail(Errc::kUsage, fmt::format("option --progress takes auto or never, not {}", quote(when)));
  }
  return when == "auto" && !line.is_set(OptionId::kQuiet);
}

Result<CheckOptions> check_options(const CommandLine& line) {
  for (const auto& [mode, name] : {std::pair(OptionId::kSend, "-s"), std::pair(OptionId::kRequest, "-r")}) {
    if (line.is_set(mode)) return fail(Errc::kUsage, fmt::format("options --check and {} do not go together", name));
  }
  if (!line.arguments().empty()) {
    return fail(Errc::kUsage, fmt::format("--check takes no arguments, such as {}; the config is -c FILE",
                                          quote(line.arguments().front())));
  }
  return CheckOptions{line.is_set(OptionId::kPing)};
}

Result<ListenOptions> listen_options(const CommandLine& line, const Config& config) {
  if (auto fits = refuse_unless_requesting(line); !fits) return Unexpected<Error>(std::move(fits.error()));
  ListenOptions options;
  options.command = line.arguments();

  const auto& destination = line.text(OptionId::kDestination);
  if (line.is_set(OptionId::kAnyDestination)) {
    if (destination) return fail(Errc::kUsage, "options -d and -D do not go together");
  } else {
    options.filter.destination = destination.value_or(config.destination);
    options.filter.literal_destination = destination.has_value();
  }
  if (const auto& uuid = line.text(OptionId::kUuid)) options.filter.uuid = Uuid::from_text(*uuid);
  auto verbs = verbs_of(line);
  if (!verbs) return Unexpected<Error>(std::move(verbs.error()));
  options.filter.verbs = std::move(*verbs);
  auto key = public_key(line);
  if (!key) return Unexpected<Error>(std::move(key.error()));
  if (!key->empty()) options.filter.public_key = std::move(*key);
  options.payload_on_stdin = line.is_set(OptionId::kPayloadStdin);
  options.jobs = line.number(OptionId::kJobs).value_or(1);
  options.script_timeout = line.duration(OptionId::kScriptTimeout);
  if (options.script_timeout && options.script_timeout->count() == 0) options.script_timeout.reset();  // 0: no bound
  options.once = line.is_set(OptionId::kOnce) || options.filter.uuid.has_value();
  options.json = line.is_set(OptionId::kJson);
  options.pass_exit_status = line.is_set(OptionId::kExitStatus);
  if (options.pass_exit_status && (!options.once || options.command.empty())) {
    return fail(Errc::kUsage, "option --exit-status goes with -o and a command only");
  }

  auto subject = broadcast_subject(line, config);
  if (!subject) return Unexpected<Error>(std::move(subject.error()));
  options.subject = std::move(*subject);
  options.timeout = line.duration(OptionId::kTimeout);
  return options;
}

}  // namespace remaphore
