#include "fleet/provisioner.h"

#include <fmt/format.h>

#include "base/text.h"

namespace remaphore::fleet {
Provisioner::Provisioner(Bus& bus, const Clock& clock, std::vector<jetstream::StreamConfig> streams)
    : bus_(bus), clock_(clock), streams_(std::move(streams)) {}

void Provisioner::turn() {
  while (!done_ && !failure_) {
    const auto event = bus_.next();
    if (!event) break;
    take(*event);
  }
  if (done_ || failure_) {
    ask_at_.reset();
  } else if (open_ && ask_at_ && clock_.monotonic() >= *ask_at_) {
    if (obstacle_.empty()) obstacle_ = "the server does not answer questions about JetStream: it may be off";
    look();
  }
}

void Provisioner::take(const BusEvent& event) {
  switch (event.kind) {
    case BusEvent::Kind::kOpen: return opened();
    case BusEvent::Kind::kFlushed: return;
    case BusEvent::Kind::kDelivery: return answered(event);
    case BusEvent::Kind::kDenied: return fail_with(Errc::kRuntime, event.text);
    case BusEvent::Kind::kLost:
      open_ = false;
      ask_at_.reset();
      obstacle_ = event.text;
      return;
    case BusEvent::Kind::kRefused: return fail_with(Errc::kRuntime, event.text);
  }
}

void Provisioner::opened() {
  open_ = true;
  done_ = streams_.empty();
  if (done_) return;
  bus_.subscribe(fmt::format("{}.*", bus_.inbox_prefix()));
  look();
}

void Provisioner::ask(Step step, const jetstream::Request& request) {
  step_ = step;
  const std::string inbox = fmt::format("{}.{}", bus_.inbox_prefix(), ++question_);
  bus_.publish({.subject = request.subject, .reply_to = inbox, .payload = request.body});
  ask_at_ = clock_.monotonic() + kNoAnswer;
}

void Provisioner::ask_later(std::string why) {
  obstacle_ = std::move(why);
  ask_at_ = clock_.monotonic() + kAskAgain;
}

void Provisioner::answered(const BusEvent& delivery) {
  if (delivery.subject != fmt::format("{}.{}", bus_.inbox_prefix(), question_)) return;
  if (delivery.status != 0) return ask_later("JetStream is off, or not ready yet");
  const auto config = read_stream_config(delivery.payload);
  config ? take_config(*config) : take_failure(config.error(), delivery.payload);
}

void Provisioner::take_failure(const jetstream::Failure& failure, std::string_view payload) {
  using Kind = jetstream::Failure::Kind;
  switch (failure.kind) {
    case Kind::kNoStream: return ask(Step::kMake, jetstream::create_stream(stream()));
    case Kind::kLater: return ask_later(fmt::format("JetStream is not ready: {}", failure.text));
    case Kind::kOff: return ask_later(fmt::format("JetStream is off: {}", failure.text));
    case Kind::kMalformed:
      return fail_with(Errc::kRuntime, fmt::format("no answer from JetStream: {}", quote(payload)));
    default:
      return fail_with(Errc::kRuntime,
                       fmt::format("the server refuses the stream {}: {}", stream().name, failure.text));
  }
}

void Provisioner::take_config(const std::string& config) {
  const std::string& name = stream().name;
  const StreamChange change = compare_stream(config, stream());
  if (change.fault) {
    return fail_with(Errc::kRuntime,
                     fmt::format("the stream {} cannot be used: {}, which no update changes; delete it, then run "
                                 "remaphore-fleet provision again",
                                 name, *change.fault));
  }
  if (!change.changes.empty()) return update(change);
  changed_ = changed_ || step_ != Step::kLook;
  if (step_ == Step::kUpdate) {
    for (const std::string& one : changing_) report_.push_back(fmt::format("{}: changed {}", name, one));
  }
  report_.push_back(fmt::format("{}: {}{}", name, step_ == Step::kMake ? "made; " : "",
                                describe(stream(), fmt::format("{}", fmt::join(stream().subjects, ",")))));
  for (const std::string& one : change.left)
    report_.push_back(fmt::format("{}: left as it is, as the fleet does not define it: {}", name, one));
  next_stream();
}

void Provisioner::update(const StreamChange& change) {
  if (step_ == Step::kUpdate) {
    return fail_with(Errc::kRuntime, fmt::format("the server does not change the stream {}: {}", stream().name,
                                                 fmt::join(change.changes, "; ")));
  }
  changing_ = change.changes;
  ask(Step::kUpdate, {jetstream::update_stream(stream()).subject, change.update});
}

void Provisioner::next_stream() {
  obstacle_.clear();
  if (++index_ == streams_.size()) {
    done_ = true;
  } else {
    look();
  }
}

void Provisioner::fail_with(Errc code, std::string text) { failure_ = {code, std::move(text)}; }

}  // namespace remaphore::fleet
