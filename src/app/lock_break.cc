#include "app/lock_break.h"

#include <fmt/format.h>

#include <utility>

#include "app/lock_inquiry.h"
#include "base/duration.h"
#include "core/lock_text.h"

namespace remaphore {
namespace {

using jetstream::Failure;
using State = LockEntry::State;

constexpr Duration kHeardAtOnce = std::chrono::seconds(2);

LockEntry broken(const LockRow& row) {
  LockEntry entry = row.entry;
  entry.was_held = entry.state == State::kHeld;
  entry.state = State::kGone;
  entry.broken = true;
  entry.by = lock_key::random_id();
  entry.ticket = row.ticket;
  entry.after = row.sequence;
  entry.before = 0;
  return entry;
}

class Eviction {
 public:
  Eviction(LockRow row, const Identity& identity, const LockCodec& codec, LockInquiry& inquiry, const BusPorts& ports)
      : row_(std::move(row)),
        identity_(identity),
        codec_(codec),
        inquiry_(inquiry),
        ports_(ports),
        subject_(codec.subject_of(row_.name, row_.id)) {}

  Result<void> write() {
    constexpr int kTries = 10;  // its owner may refresh it between our read and our write
    for (int i = 0; i < kTries; ++i) {
      auto stored = read();
      if (!stored) return pass_on(stored);
      if (!stored->entry || stored->entry->state == State::kGone) return refuse("is already gone");
      if (stored->entry->state == State::kHeld && row_.entry.state == State::kWait) {
        return refuse("holds the lock now; to end its command, run --break again");
      }
      row_.sequence = stored->sequence;
      row_.entry = std::move(*stored->entry);
      const std::string bytes = codec_.encode(broken(row_), row_.name, row_.id, identity_);
      const auto answered = inquiry_.write(subject_, bytes, row_.sequence);
      if (!answered) return pass_on(answered);
      const auto written = parse_answer(answered->payload, jetstream::parse_acknowledgement);
      if (written) {
        written_ = written->sequence;
        return {};
      }
      if (written.error().kind != Failure::Kind::kWrongSequence) return inquiry_.trouble(written.error());
    }
    return refuse("keeps changing; try again");
  }

  // Waits until the owner has had time to write its entry again.
  Result<void> await_owner() {
    const Duration time = time_to_react(row_);
    const MonotonicTime until = ports_.clock.monotonic() + time;
    if (time > kHeardAtOnce) {
      ports_.log.notice(fmt::format("evicted; {} has up to {} to refuse it", owner(), format_duration(time)));
    }
    inquiry_.watch(subject_);
    while (true) {
      const bool is_over = ports_.clock.monotonic() >= until;
      const auto stored = read();
      if (!stored) return not_known(stored.error().message);
      const bool is_ours = stored->sequence == written_;
      if (!is_ours && stored->entry && stored->entry->state != State::kGone) return not_accepted();
      if (!is_ours && (stored->entry || stored->sequence == 0)) return {};
      if (is_over) return is_ours ? Result<void>() : not_known("its entry was overwritten by somebody else");
      if (const auto heard = inquiry_.await_message(until); !heard) return not_known(heard.error().message);
    }
  }

 private:
  Result<StoredEntry> read() {
    const auto answered = inquiry_.ask(jetstream::last_message_on(codec_.stream(), subject_));
    if (!answered) return pass_on(answered);
    const auto found = parse_answer(answered->payload, jetstream::parse_stored_message);
    if (found) return codec_.decode(*found, {row_.name, row_.id});
    if (found.error().kind == Failure::Kind::kNoMessage) return StoredEntry{};
    return inquiry_.trouble(found.error());
  }

  std::string owner() const { return format_lock_owner(row_.entry); }
  Unexpected<Error> refuse(std::string_view why) const {
    return fail(Errc::kRuntime, fmt::format("{}/{} {}", row_.name, row_.ticket, why));
  }
  // Whoever does accept the eviction may have taken the lock meanwhile.
  Unexpected<Error> not_accepted() const {
    const bool holds = row_.entry.state == State::kHeld;
    return fail(
        Errc::kRuntime,
        fmt::format("{} did not accept the eviction and still {} {}{}: its config does not let {} use the verb {}",
                    owner(), holds ? "holds" : "waits for", row_.name,
                    holds ? ", possibly at the same time as the next in line" : "", identity_.public_key,
                    lock_key::permitted_verb(identity_.verbs, row_.name)));
  }
  Unexpected<Error> not_known(std::string_view why) const {
    return fail(Errc::kConnection, fmt::format("{}/{} was evicted, but whether {} accepts it is not known: {}",
                                               row_.name, row_.ticket, owner(), why));
  }

  LockRow row_;
  const Identity& identity_;
  const LockCodec& codec_;
  LockInquiry& inquiry_;
  const BusPorts& ports_;
  const std::string subject_;
  std::uint64_t written_ = 0;  // its sequence
};

}  // namespace

Duration time_to_react(const LockRow& row) {
  return kHeardAtOnce + (row.entry.state == State::kHeld ? Duration(0) : row.entry.lease / 3);
}

Result<void> break_lock(LockRow row, const Identity& identity, const Config& config, const BusPorts& ports,
                        Duration timeout) {
  const LockCodec codec(config, &identity, ports.clock);
  LockInquiry inquiry(ports, codec, timeout);
  Eviction eviction(std::move(row), identity, codec, inquiry, ports);
  if (auto written = eviction.write(); !written) return written;
  return eviction.await_owner();
}

}  // namespace remaphore
