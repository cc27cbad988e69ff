#include "app/late_join.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/stream_trouble.h"
#include "base/duration.h"
#include "base/timestamp.h"

namespace remaphore {
namespace {

using jetstream::Failure;
using jetstream::StreamReader;

}  // namespace

LateJoin::LateJoin(Options options, const Ports& ports) : options_(std::move(options)), ports_(ports) {
  ports_.subscription.announce_later();
  ports_.inbound.hold_live(ports_.clock.now());
}

void LateJoin::step() {
  if (!ports_.subscription.is_active()) {
    if (phase_ == Phase::kReading || phase_ == Phase::kThrough) open_gap(Duration(0));  // the server took it away
    return;
  }
  const bool retries = phase_ == Phase::kFailed && passed(retry_at_, ports_.clock.monotonic());
  if (phase_ == Phase::kWaiting || retries) begin();
  if (phase_ != Phase::kReading) return;
  take_answers();
  hand_over();
  look_again_or_end();
  ask();
}

Deadline LateJoin::wake_at() const {
  if (phase_ == Phase::kFailed) return retry_at_;
  if (phase_ != Phase::kReading) return std::nullopt;
  if (reading_->crowded) return ports_.inbound.has_room_for_kept() ? Deadline(ports_.clock.monotonic()) : std::nullopt;
  if (!reading_->reader.at_end()) return ports_.streams.wake_at();
  if (!reading_->looked_again) return reading_->second_look_at;
  return ports_.inbound.has_unverified_kept() ? std::nullopt : Deadline(ports_.clock.monotonic());
}

void LateJoin::flushed(FlushId id) {
  if (reading_ && reading_->flush != FlushId::kNone && id >= reading_->flush) reading_->alive = true;
}

void LateJoin::lost(const LinkLost& loss) {
  const MonotonicTime now = ports_.clock.monotonic();
  const bool is_known = loss.heard_at != MonotonicTime{} && loss.heard_at < now;
  open_gap(is_known ? Duration(now - loss.heard_at) : Duration(0));
}

// The subscription is gone: live messages have been missed from then on.
void LateJoin::open_gap(Duration ago) {
  const WallTime since = subtract_saturating(ports_.clock.now(), ago);
  if (joined_) gap_ = std::min(gap_.value_or(since), since);
  phase_ = Phase::kWaiting;
  reading_.reset();
  ports_.inbound.hold_live(ports_.clock.now());
}

void LateJoin::begin() {
  const WallTime now = ports_.clock.now();
  WallTime since = subtract_saturating(subtract_saturating(now, options_.since), options_.allow_skew);
  if (gap_) since = std::max(since, subtract_saturating(*gap_, options_.allow_skew + kMargin));
  reading_.emplace(StreamReader::Options{.stream = options_.stream, .subject = options_.subject, .since = since},
                   ports_.clock.monotonic());
  phase_ = Phase::kReading;
  ports_.inbound.hold_live(now);
}

void LateJoin::take_answers() {
  while (phase_ == Phase::kReading) {
    auto answered = ports_.streams.next();
    if (!answered) return;
    const auto asked = reading_->asked.take(answered->ticket);
    if (!asked) continue;  // of an earlier reading
    if (!answered->payload) {
      take_failure(*asked, answered->payload.error());
    } else {
      reading_->silences = 0;
      reading_->reader.answer(asked->ticket, *answered->payload);
      if (asked->is_info && !reading_->reader.failure()) note_info();
      hand_over();
    }
    if (phase_ == Phase::kReading && reading_->reader.failure()) fail(*reading_->reader.failure());
  }
}

void LateJoin::take_failure(const Asked& asked, const Failure& failure) {
  if (failure.kind == Failure::Kind::kLost) return;  // lost() comes, or has come
  if (failure.kind == Failure::Kind::kNoResponders) return reading_->reader.no_responders(asked.ticket);
  if (failure.kind != Failure::Kind::kTimeout) return fail(failure);
  // A stream that has answered before is slow; one that never has may not exist, as of a server without JetStream.
  const int patience = reading_->info_seen ? kMaxSilences : bus().has_streams() ? kFirstSilences : 0;
  if (reading_->alive && ++reading_->silences > patience) return fail(failure);
  reading_->reader.ask_again();  // the whole server may be slow
  for (const auto& [ticket, one] : std::exchange(reading_->asked, {})) ports_.streams.forget(ticket);
}

void LateJoin::ask() {
  if (!reading_) return;
  reading_->crowded = !ports_.inbound.has_room_for_kept();
  while (!reading_->crowded) {
    auto question = reading_->reader.next_question();
    if (!question) return;
    const bool is_info = question->request.body.empty();
    const Duration patience = reading_->info_seen || bus().has_streams() ? kTimeout : kTimeoutBehind;
    reading_->asked.add(ports_.streams.ask(std::move(question->request), patience), {question->ticket, is_info});
    if (!is_info) continue;
    reading_->alive = false;
    reading_->flush = bus().flush(*this);
  }
}

void LateJoin::hand_over() {
  while (phase_ == Phase::kReading && ports_.inbound.has_room_for_kept()) {
    const auto message = reading_->reader.next_message();
    if (!message) return;
    ports_.inbound.offer_kept(message->data);
  }
}

// The stream's INFO, the first time in this reading.
void LateJoin::note_info() {
  const jetstream::StreamInfo& info = *reading_->reader.info();
  const std::uint64_t last_known = std::exchange(last_known_, info.last_sequence);
  const auto created = std::exchange(created_, info.created);
  if (std::exchange(reading_->info_seen, true)) return;
  const std::string now = format_timestamp(ports_.clock.now());
  if (gap_) {
    const std::string since = format_timestamp(*gap_);
    if (created != info.created) {
      reading_->loss = fmt::format("messages sent between {} and {} may have been missed: stream {} was recreated",
                                   since, format_timestamp(info.created), options_.stream);
    } else if (!info.first_time && info.last_sequence > last_known) {
      reading_->loss = fmt::format("messages sent between {} and {} may have been missed: stream {} no longer has them",
                                   since, now, options_.stream);
    } else if (info.first_time && info.first_sequence > last_known + 1 && *info.first_time > *gap_) {
      reading_->loss = fmt::format("messages sent between {} and {} may have been missed: stream {} no longer has them",
                                   since, format_timestamp(*info.first_time), options_.stream);
    }
  }
  if (std::exchange(warned_, true)) return;
  const Duration max_age = info.config.max_age;
  const WallTime wanted = subtract_saturating(ports_.clock.now(), options_.since);
  if (max_age.count() > 0 && max_age < options_.since) {
    ports_.log.notice(fmt::format("--since {} goes back further than stream {}, which keeps messages for {}",
                                  format_duration(options_.since), options_.stream, format_duration(max_age)));
  } else if (max_age != options_.since && info.first_sequence > 1 && info.first_time && *info.first_time > wanted) {
    ports_.log.notice(fmt::format("--since {} goes back further than stream {}, which has nothing sent before {}",
                                  format_duration(options_.since), options_.stream,
                                  format_timestamp(*info.first_time)));
  }
}

void LateJoin::look_again_or_end() {
  if (phase_ != Phase::kReading || !reading_->reader.at_end()) return;
  read_once_ = true;
  if (reading_->looked_again) {
    if (!ports_.inbound.has_unverified_kept()) end();
  } else if (passed(reading_->second_look_at, ports_.clock.monotonic())) {
    reading_->looked_again = true;
    reading_->reader.look_again();
  }
}

void LateJoin::end() {
  phase_ = Phase::kThrough;
  joined_ = true;
  const std::string loss = std::move(reading_->loss);
  reading_.reset();
  gap_.reset();
  ports_.streams.forget_all();
  ports_.inbound.release_live();
  if (const auto forgotten = ports_.inbound.take_kept_forgotten(); forgotten > 0) {
    ports_.log.error(
        fmt::format("skipped {} kept messages that may be duplicates: messages from that time are no longer recorded "
                    "one by one",
                    forgotten));
  }
  ports_.subscription.announce(
      loss.empty() ? fmt::format("were read from stream {}: none of those that it keeps were missed", options_.stream)
                   : fmt::format("were read from stream {}, but {}", options_.stream, loss));
}

void LateJoin::fail(const Failure& failure) {
  const std::string trouble = stream_trouble(failure, options_.stream, options_.subject);  // the reader's, which goes
  phase_ = Phase::kFailed;
  reading_.reset();
  ports_.streams.forget_all();
  ports_.inbound.release_live();
  if (!joined_) return ports_.subscription.refused(trouble);
  retry_at_ = ports_.clock.monotonic() + kRetry;
  if (!gap_) gap_ = ports_.clock.now();
  ports_.subscription.cut_off("missed messages cannot be read: " + trouble);
}

}  // namespace remaphore
