#include "fleet/retention.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/duration.h"
#include "base/redact.h"
#include "core/subject.h"
#include "jetstream/request.h"

namespace remaphore::fleet {
namespace {

constexpr Duration kShortest = std::chrono::seconds(1), kLongest = std::chrono::hours(24 * 365 * 10);
constexpr std::int64_t kMebi = std::int64_t{1} << 20;
constexpr std::int64_t kMinBytes = kMebi, kMaxBytes = std::int64_t{64} << 40;
constexpr std::int64_t kMaxReplicas = 3;  // more would slow every message down
constexpr std::int64_t kRoom = 256 * kMebi;

constexpr std::int64_t kLockMessages = 10'000;  // of a full stream: about 40 MB
constexpr std::int64_t kLockBytes = 4096;
constexpr Duration kLockAge = std::chrono::minutes(10);  // only removes entries that nobody refreshes

struct Unit {
  char letter;
  int shift;
};
constexpr Unit kUnits[] = {{'K', 10}, {'M', 20}, {'G', 30}, {'T', 40}};

// The duration as text that parse_duration() reads back exactly.
std::string exact_duration(Duration age) {
  const std::string text = format_duration(age);
  const Result<Duration> read = parse_duration(text);
  return read && *read == age ? text : fmt::format("{}ns", age.count());
}

}  // namespace

Result<Duration> parse_keep(std::string_view text) {
  const Result<Duration> age = parse_duration(text);
  if (!age) return fail(Errc::kUsage, age.error().message);
  if (*age != Duration(0) && (*age < kShortest || *age > kLongest)) {
    return fail(Errc::kUsage, fmt::format("messages can be kept from 1s to ten years, or 0 for not at all, not {}",
                                          quote_redacted(text)));
  }
  return *age;
}

Result<std::int64_t> parse_keep_bytes(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  int shift = 0;
  for (const Unit& unit : kUnits) {
    if (rest.size() != 1 || rest.front() != unit.letter) continue;
    shift = unit.shift;
    rest = {};
  }
  if (error != std::errc() || !rest.empty()) {
    return fail(Errc::kUsage, fmt::format("not a number of bytes, such as 64M: {}", quote_redacted(text)));
  }
  if (number > static_cast<std::uint64_t>(kMaxBytes) >> shift ||
      static_cast<std::int64_t>(number << shift) < kMinBytes) {
    return fail(Errc::kUsage, fmt::format("from 1M to 64T bytes can be kept, not {}", quote_redacted(text)));
  }
  return static_cast<std::int64_t>(number << shift);
}

Result<void> add_kept_subject(std::string_view text, Retention& retention) {
  if (Result<void> good = subject::check(text); !good) return good;
  const auto refuse = [text](std::string_view why) {
    return fail(Errc::kUsage, fmt::format("not a subject to keep: {}: {}", quote_redacted(text), why));
  };
  if (text.find_first_of(".#\"") != text.npos) return refuse("give it as for -S, without dots, quotes or #");
  if (text == "all") return refuse("it is already kept");
  if (text.size() > kMaxKeptSubject) return refuse(fmt::format("longer than {} bytes", kMaxKeptSubject));
  if (std::find(retention.subjects.begin(), retention.subjects.end(), text) != retention.subjects.end()) return {};
  if (retention.subjects.size() == kMaxKeptSubjects) return refuse(fmt::format("more than {}", kMaxKeptSubjects));
  retention.subjects.emplace_back(text);
  return {};
}

std::string format_retention(const Retention& retention) {
  if (!retention.age) return {};
  std::string text = fmt::format("keep: {}\nkeep_bytes: {}\n", exact_duration(*retention.age), retention.bytes);
  for (const std::string& subject : retention.subjects) text += fmt::format("keep_subject: {}\n", subject);
  return text;
}

Result<bool> parse_retention(std::string_view name, std::string_view value, Retention& retention) {
  if (name == "keep") {
    const Result<Duration> age = parse_keep(value);
    if (!age) return pass_on(age);
    retention.age = *age;
  } else if (name == "keep_bytes") {
    const Result<std::int64_t> bytes = parse_keep_bytes(value);
    if (!bytes) return pass_on(bytes);
    retention.bytes = *bytes;
  } else if (name == "keep_subject") {
    if (Result<void> good = add_kept_subject(value, retention); !good) return pass_on(good);
  } else {
    return false;
  }
  return true;
}

std::vector<jetstream::StreamConfig> streams_of(std::string_view subject, const Retention& retention,
                                                std::size_t servers) {
  if (!retention.on()) return {};
  const std::int64_t replicas = std::clamp<std::int64_t>(static_cast<std::int64_t>(servers), 1, kMaxReplicas);
  jetstream::StreamConfig messages;
  messages.name = jetstream::stream_name(subject);
  messages.subjects = {subject::broadcast(subject, "all")};
  for (const std::string& last : retention.subjects) messages.subjects.push_back(subject::broadcast(subject, last));
  messages.max_age = *retention.age;
  messages.max_bytes = retention.bytes;
  messages.duplicate_window = std::min(messages.duplicate_window, messages.max_age);
  messages.replicas = replicas;

  jetstream::StreamConfig locks;
  locks.name = jetstream::lock_stream_name(subject);
  locks.subjects = {fmt::format("{}.lock.>", subject)};
  locks.discard = jetstream::StreamConfig::Discard::kNew;
  locks.max_age = kLockAge;
  locks.max_messages = kLockMessages;
  locks.max_messages_per_subject = 1;
  locks.max_message_size = kLockBytes;
  locks.duplicate_window = std::chrono::milliseconds(100);
  locks.replicas = replicas;
  return {std::move(messages), std::move(locks)};
}

std::int64_t storage_limit(const Retention& retention) { return retention.bytes + kRoom; }

}  // namespace remaphore::fleet
