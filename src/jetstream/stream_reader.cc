#include "jetstream/stream_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "core/wire.h"

namespace remaphore::jetstream {
namespace {

constexpr std::uint64_t kInfo = 0;  // stands for a sequence; those start at 1

}  // namespace

StreamReader::StreamReader(Options options) : options_(std::move(options)) {}

std::optional<StreamReader::Question> StreamReader::next_question() {
  if (failure_) return std::nullopt;
  std::uint64_t sequence = kInfo;
  if (state_ == State::kInfo) {
    if (std::exchange(info_asked_, true)) return std::nullopt;
    asked_.add(++last_ticket_, kInfo);
    return Question{last_ticket_, stream_info(options_.stream)};
  }
  if (state_ == State::kSearching) {
    if (probes_.empty()) return std::nullopt;
    sequence = probes_.back();
    probes_.pop_back();
  } else {
    if (to_ask_ > last_ || !may_ask()) return std::nullopt;
    sequence = to_ask_++;
    reads_.emplace_back();
  }
  asked_.add(++last_ticket_, sequence);
  return Question{last_ticket_, message_at(options_.stream, sequence)};
}

// A quarter of what may be in flight at a time: requests one by one would each cost a wake-up here and at the server.
bool StreamReader::may_ask() {
  const std::size_t most = most_under_way(), under_way = to_ask_ - next_;
  filling_ = under_way < most && (filling_ || under_way <= most - most / 4);
  return filling_;
}

std::size_t StreamReader::most_under_way() const {
  return std::clamp<std::size_t>(options_.bytes_under_way / largest_, 2, kMaxUnderWay);
}

void StreamReader::answer(Ticket ticket, std::string_view payload) {
  const auto sequence = asked_.take(ticket);
  if (!sequence || failure_) return;
  if (*sequence == kInfo) {
    auto info = parse_stream_info(payload);
    return info ? take_info(std::move(*info)) : fail(std::move(info.error()));
  }
  auto message = parse_stored_message(payload);
  if (!message) {
    const bool is_gone = message.error().kind == Failure::Kind::kNoMessage;
    return is_gone ? take_message(*sequence, std::nullopt) : fail(std::move(message.error()));
  }
  if (message->sequence != *sequence) {
    return fail({Failure::Kind::kMalformed,
                 fmt::format("asked for message {}, the answer holds {}", *sequence, message->sequence)});
  }
  take_message(*sequence, std::move(*message));
}

void StreamReader::no_responders(Ticket ticket) {
  if (asked_.take(ticket)) fail(jetstream::no_responders());
}

void StreamReader::fail(Failure failure) {
  if (!failure_) failure_ = std::move(failure);
}

void StreamReader::take_info(StreamInfo info) {
  const auto keeps = [this](const std::string& pattern) { return subject_matches(options_.subject, pattern); };
  if (info.config.name != options_.stream) {
    failure_ = Failure{Failure::Kind::kMalformed, fmt::format("asked for stream {}, the answer is about {}",
                                                              options_.stream, quote(info.config.name))};
    return;
  }
  if (std::none_of(info.config.subjects.begin(), info.config.subjects.end(), keeps)) {
    failure_ =
        Failure{Failure::Kind::kNotKept, fmt::format("stream {} does not keep {}", options_.stream, options_.subject)};
    return;
  }
  const std::optional<StreamInfo> before = std::exchange(info_, std::move(info));
  last_ = info_->last_sequence;
  if (info_->messages > 0) largest_ = std::max<std::size_t>(largest_, info_->bytes / info_->messages);
  if (!before) return start_search();
  // Sequences that went back belong to another stream, for example one restored from an old copy.
  if (before->created != info_->created || last_ + 1 < next_) {
    if (last_time_) loss_ = Loss{*last_time_, 0};
    return start_search();
  }
  if (info_->first_sequence > next_ && last_time_) loss_ = Loss{*last_time_, info_->first_sequence - next_};
  read_from(std::max(next_, info_->first_sequence));
}

void StreamReader::start_search() {
  low_ = std::max<std::uint64_t>(info_->first_sequence, 1);
  high_ = last_ + 1;
  if (low_ > last_) return read_from(high_);
  search();
}

void StreamReader::search() {
  if (high_ - low_ <= kMaxUnderWay) return read_from(low_);
  state_ = State::kSearching;
  probes_.clear();
  probed_.clear();
  probes_of_round_ = std::min(kProbes, most_under_way());
  const std::uint64_t step = (high_ - low_) / (probes_of_round_ + 1);  // at least 4
  for (std::size_t n = probes_of_round_; n > 0; --n) probes_.push_back(low_ + step * n);
}

void StreamReader::judge_probes() {
  for (const auto& [sequence, in_window] : probed_) {
    if (in_window) {
      high_ = sequence;
      break;
    }
    low_ = sequence + 1;
  }
  search();
}

void StreamReader::read_from(std::uint64_t sequence) {
  state_ = State::kReading;
  reads_.clear();
  next_ = to_ask_ = sequence;
}

// A message that is gone counts as inside, so that the search continues before it.
bool StreamReader::in_window(const StoredMessage& message) const {
  if (message.time >= options_.since) return true;
  const auto fields = wire::Fields::split(message.data);
  const auto signed_at = fields ? wire::parse_time(fields->time()) : std::nullopt;
  return signed_at && *signed_at >= options_.since;
}

void StreamReader::take_message(std::uint64_t sequence, std::optional<StoredMessage>&& message) {
  if (message) largest_ = std::max(largest_, message->data.size());
  if (state_ == State::kSearching) {
    probed_[sequence] = !message || in_window(*message);
    if (probed_.size() == probes_of_round_) judge_probes();
    return;
  }
  if (sequence < next_ || sequence >= to_ask_) return;
  Read& read = reads_[sequence - next_];
  read.answered = true;
  read.message = std::move(message);
}

std::optional<StoredMessage> StreamReader::next_message() {
  while (state_ == State::kReading && !reads_.empty() && reads_.front().answered) {
    std::optional<StoredMessage> message = std::move(reads_.front().message);
    reads_.pop_front();
    ++next_;
    if (!message) continue;
    last_time_ = message->time;
    if (message->subject == options_.subject) return message;
  }
  return std::nullopt;
}

void StreamReader::look_again() {
  if (at_end()) ask_again();
}

void StreamReader::ask_again() {
  asked_.clear();
  // Restarts the search; what was read ahead is requested again.
  if (state_ == State::kSearching) info_.reset();
  state_ = State::kInfo;
  info_asked_ = false;
}

std::optional<StreamReader::Loss> StreamReader::take_loss() { return std::exchange(loss_, std::nullopt); }

bool subject_matches(std::string_view subject, std::string_view pattern) {
  while (true) {
    const std::size_t dot = subject.find('.'), pattern_dot = pattern.find('.');
    const std::string_view token = subject.substr(0, dot), wanted = pattern.substr(0, pattern_dot);
    if (wanted == ">") return !token.empty();
    if (wanted != "*" && wanted != token) return false;
    if (dot == std::string_view::npos || pattern_dot == std::string_view::npos) return dot == pattern_dot;
    subject.remove_prefix(dot + 1);
    pattern.remove_prefix(pattern_dot + 1);
  }
}

}  // namespace remaphore::jetstream
