#include "check/ping.h"

#include <fmt/format.h>

#include <chrono>

#include "app/survey.h"
#include "base/text.h"
#include "check/error_log.h"
#include "check/probe.h"
#include "core/presence_table.h"
#include "io/runtime.h"

namespace remaphore {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(3);

}  // namespace

void ping_peers(const Config& config, Signals& signals, Checklist& list) {
  if (config.peers.all().empty()) return list.note("the config has no peers to ask");
  const SurveyOptions options{.identity = &config.default_signer(), .timeout = kTimeout};
  Runtime runtime(probe_options(config, config.servers), signals);
  ErrorLog log([&list](std::string_view line) { list.note(line); });
  const Survey found = survey(options, config, runtime.ports(log));
  for (const Survey::Answer& answer : found.answers) {
    const std::chrono::duration<double, std::milli> took = answer.latency;
    list.note(fmt::format("{} answers in {:.1f} ms, its clock is {} from ours", answer.destination, took.count(),
                          format_clock_offset(answer.clock_offset)));
  }
  for (const std::string& destination : found.silent) {
    list.note(fmt::format("{} does not answer: no listener, or an older one", destination));
  }
}

}  // namespace remaphore
