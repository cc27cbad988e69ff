#include "fleet/provisioner.h"

#include <fmt/format.h>

#include <utility>

namespace remaphore::fleet {

Provisioner::Provisioner(Bus& bus, const Clock& clock, std::vector<jetstream::StreamConfig> streams)
    : clock_(clock), dispatch_(bus), client_(clock), streams_(std::move(streams)) {
  dispatch_.attach(client_);
  dispatch_.attach(*this);
}

void Provisioner::turn() {
  if (is_over()) return;
  dispatch_.dispatch();
  while (!is_over()) {
    const auto answered = client_.next();
    if (!answered) break;
    if (answered->ticket == question_) take(answered->payload);
    dispatch_.dispatch();
  }
  if (is_over() || !client_.is_open() || !passed(ask_at_, clock_.monotonic())) return;
  look();
}

void Provisioner::opened() {
  if (is_over()) return;
  done_ = streams_.empty();
  if (!done_) look();
}

void Provisioner::lost(const LinkLost& loss) {
  ask_at_.reset();
  wait_reason_ = loss.reason;
}

void Provisioner::ask(Step step, jetstream::Request request) {
  step_ = step;
  ask_at_.reset();
  question_ = client_.ask(std::move(request), kNoAnswer);
}

void Provisioner::ask_later(std::string why) {
  wait_reason_ = std::move(why);
  ask_at_ = clock_.monotonic() + kAskAgain;
}

void Provisioner::take(const jetstream::Answer<std::string>& payload) {
  if (!payload) return take_failure(payload.error());
  const auto config = read_stream_config(*payload);
  config ? take_config(*config) : take_failure(config.error());
}

void Provisioner::take_failure(const jetstream::Failure& failure) {
  using Kind = jetstream::Failure::Kind;
  switch (failure.kind) {
    case Kind::kNoStream: return ask(Step::kMake, jetstream::create_stream(stream()));
    case Kind::kUnavailable: return ask_later(fmt::format("JetStream is not ready: {}", failure.text));
    case Kind::kOff: return ask_later(fmt::format("JetStream is off: {}", failure.text));
    case Kind::kNoResponders: return ask_later("JetStream is off, or not ready yet");
    case Kind::kTimeout:
      if (wait_reason_.empty()) wait_reason_ = "the server does not answer questions about JetStream: it may be off";
      return look();
    case Kind::kLost: return;  // asked again over the next link
    case Kind::kMalformed: return fail_with(fmt::format("no answer from JetStream: {}", failure.text));
    default: return fail_with(fmt::format("the server refuses the stream {}: {}", stream().name, failure.text));
  }
}

void Provisioner::take_config(const std::string& config) {
  const std::string& name = stream().name;
  const StreamChange change = compare_stream(config, stream());
  if (change.fault) {
    return fail_with(
        fmt::format("the stream {} cannot be used: {}, which no update changes; delete it, then run "
                    "remaphore-fleet provision again",
                    name, *change.fault));
  }
  if (!change.changes.empty()) return update(change);
  changed_ = changed_ || step_ != Step::kLook;
  if (step_ == Step::kUpdate) {
    for (const std::string& one : changing_) report_.push_back(fmt::format("{}: changed {}", name, one));
  }
  report_.push_back(fmt::format("{}: {}{}", name, step_ == Step::kMake ? "created; " : "",
                                describe(stream(), fmt::format("{}", fmt::join(stream().subjects, ",")))));
  for (const std::string& one : change.left)
    report_.push_back(fmt::format("{}: left as it is, as the fleet does not define it: {}", name, one));
  next_stream();
}

void Provisioner::update(const StreamChange& change) {
  if (step_ == Step::kUpdate) {
    return fail_with(
        fmt::format("the server does not change the stream {}: {}", stream().name, fmt::join(change.changes, "; ")));
  }
  changing_ = change.changes;
  ask(Step::kUpdate, {jetstream::update_stream(stream()).subject, change.update});
}

void Provisioner::next_stream() {
  wait_reason_.clear();
  if (++index_ == streams_.size()) {
    done_ = true;
  } else {
    look();
  }
}

void Provisioner::fail_with(std::string text) {
  if (!is_over()) failure_ = {Errc::kRuntime, std::move(text)};
}

}  // namespace remaphore::fleet
