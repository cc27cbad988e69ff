#include "check/announcement.h"

#include <algorithm>

#include "app/stored_send.h"
#include "core/subject.h"
#include "io/runtime.h"
#include "jetstream/request.h"

namespace remaphore {
namespace {

// A stream that is slow to confirm must not use up the time of the answers.
constexpr Duration kToKeep = std::chrono::seconds(5);

// Keeps the reason for a failure, for the report.
class FailureLog : public Log {
 public:
  void error(std::string_view line) override { last_ = line; }
  void failure(std::string_view line, ExitStatus) override { last_ = line; }
  void notice(std::string_view) override {}
  void verbose(std::string_view) override {}
  bool is_verbose() const override { return false; }
  void ready() override {}

  const std::string& last() const { return last_; }

 private:
  std::string last_;
};

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
    FailureLog log;
    Runtime runtime(login(), signals);
    const std::string stream = jetstream::stream_name(config.subject);
    const auto place = send_stored(kept, stream, {runtime.bus, runtime.clock, runtime.loop, log});
    if (!place.empty()) announcement.sequence = place.front().sequence;
    announcement.why_not = log.last();
  }
  if (signals.stop_signal()) return announcement;
  FailureLog log;
  Runtime runtime(login(), signals);
  SendOptions asked = message(options, config, options.asked);
  asked.started = kept.started;
  asked.message.reply_wanted = true;
  announcement.collected = collect(asked, config, {runtime.bus, runtime.clock, runtime.loop, log, &runtime.workers});
  if (!announcement.collected.delivered && !signals.stop_signal()) return fail(Errc::kConnection, log.last());
  return announcement;
}

}  // namespace remaphore
