#include "fleet/retention_options.h"

#include <fmt/format.h>

namespace remaphore::fleet {

Result<void> set_retention(const Options& options, Roster& roster) {
  Retention& retention = roster.retention;
  if (!retention.age) retention.age = Retention::kDefaultAge;
  if (!options.keep.empty()) {
    const Result<Duration> age = parse_keep(options.keep);
    if (!age) return pass_on(age);
    retention.age = *age;
  }
  if (!options.keep_bytes.empty()) {
    const Result<std::int64_t> bytes = parse_keep_bytes(options.keep_bytes);
    if (!bytes) return pass_on(bytes);
    retention.bytes = *bytes;
  }
  for (const std::string& subject : options.keep_subjects) {
    if (Result<void> good = add_kept_subject(subject, retention); !good) return good;
  }
  if (retention.on() && roster.subject.size() > kMaxKeptSubject) {
    return fail(Errc::kUsage,
                fmt::format("messages on a subject of more than {} bytes cannot be kept: choose a shorter "
                            "--subject, or --keep 0",
                            kMaxKeptSubject));
  }
  return {};
}

}  // namespace remaphore::fleet
