#include "check/announcement.h"

#include <algorithm>

#include "app/stored_send.h"
#include "check/error_log.h"
#include "core/subject.h"
#include "io/runtime.h"
#include "jetstream/request.h"

namespace remaphore {
namespace {

// A stream that is slow to confirm must not use up the time of the answers.
constexpr Duration kToKeep = std::chrono::seconds(5);

SendOptions message(const AnnouncementOptions& options, const Config& config, const std::string& payload) {
  SendOptions message{};
  message.message.verb = options.verb;
  message.message.uuid = Uuid::random();
  message.message.payload = payload;
  message.identity = &config.default_signer();
  message.subject = subject::broadcast(config.subject, "all");
  message.timeout = options.timeout;
  message.started = std::chrono::steady_clock::now();
  return message;
}

}  // namespace

Result<Announcement> announce(const AnnouncementOptions& options, const Config& config,
                              const std::function<NatsOptions()>& login, Signals& signals) {
  SendOptions kept = message(options, config, options.kept);
  kept.timeout = options.timeout.count() == 0 ? kToKeep : std::min(kToKeep, options.timeout / 2);
  Announcement announcement;
  {
    ErrorLog log([&announcement](std::string_view line) { announcement.why_not = line; });
    Runtime runtime(login(), signals);
    const auto place = send_stored(kept, jetstream::stream_name(config.subject), runtime.ports(log));
    if (!place.empty()) announcement.sequence = place.front().sequence;
  }
  if (signals.stop_signal()) return announcement;
  std::string why_not;
  ErrorLog log([&why_not](std::string_view line) { why_not = line; });
  Runtime runtime(login(), signals);
  SendOptions asked = message(options, config, options.asked);
  asked.started = kept.started;
  asked.message.reply_wanted = true;
  announcement.collected = collect(asked, config, runtime.ports(log));
  if (!announcement.collected.delivered && !signals.stop_signal()) return fail(Errc::kConnection, why_not);
  return announcement;
}

}  // namespace remaphore
