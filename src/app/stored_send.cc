#include "app/stored_send.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/send.h"
#include "app/signing.h"
#include "app/stream_client.h"
#include "app/stream_trouble.h"
#include "app/turns.h"
#include "base/duration.h"
#include "base/hex.h"
#include "base/text.h"
#include "core/wire.h"
#include "jetstream/stream_reader.h"

namespace remaphore {
namespace {

using jetstream::Acknowledgement;
using jetstream::Failure;

constexpr Duration kAnswerTimeout = std::chrono::seconds(1);  // with an answer; then ask what is wrong
constexpr Duration kReasonTimeout = std::chrono::seconds(2);  // with the answer to that
constexpr int kSilences = 1;                                  // of a stream that may be slow

class StoredSender : public BusClient {
 public:
  // Sends message `number` of all.
  StoredSender(const SendOptions& options, std::size_t number, const std::string& stream, const BusPorts& ports,
               StreamClient& streams)
      : options_(options), number_(number), stream_(stream), ports_(ports), streams_(streams) {
    sign();
  }

  // Handles answers that have arrived, and what is due.
  void step() {
    while (auto answered = streams_.next()) take(*answered);
    if (!passed(link_.ask_why_at, ports_.clock.monotonic())) return;
    link_.ask_why_at.reset();
    why_ = streams_.ask(jetstream::stream_info(stream_), kReasonTimeout);
    link_.alive = false;
    link_.flush = bus().flush(*this);
  }
  Deadline wake_at() const { return earlier(streams_.wake_at(), link_.ask_why_at); }

  const std::optional<Acknowledgement>& kept() const { return kept_; }
  bool abandoned() const { return abandoned_; }

  void give_up(Duration timeout) {
    const std::string after = format_duration(timeout);
    if (written_)
      return abandon(
          fmt::format("stream {} has not confirmed within {} that it keeps the message; it may "
                      "have been delivered and kept",
                      stream_, after));
    abandon(last_reason_.empty() ? fmt::format("no server answered within {}", after)
                                 : fmt::format("no server accepted the message within {}: {}", after, last_reason_));
  }

  void opened() override {
    if (kept_ || abandoned_) return;
    if (!written_ && distance(ports_.clock.now(), signed_at_) > kFresh) sign();
    publication_ = streams_.publish({.subject = options_.subject, .payload = bytes_, .message_id = id_}, Duration(0));
    link_.ask_why_at = ports_.clock.monotonic() + kAnswerTimeout;
    written_ = true;
  }
  void flushed(FlushId id) override {
    link_.alive = link_.alive || (link_.flush != FlushId::kNone && id >= link_.flush);
  }
  void lost(const LinkLost& loss) override {
    link_ = {};
    last_reason_ = loss.reason;
    maybe_taken_ = maybe_taken_ || loss.maybe_delivered;
    written_ = maybe_taken_;
  }
  void refused(const std::string& why) override {
    abandon(maybe_taken_ ? why + "; the message may have been delivered and kept" : why);
  }

 private:
  // What belongs to one link: replaced whole.
  struct Link {
    Deadline ask_why_at;
    FlushId flush = FlushId::kNone;  // after the question why
    bool alive = false;              // the server has confirmed that
    int silences = 0;                // of the stream
  };

  void sign() {
    SignedMessage message = sign_message(options_.message, options_.destination(number_), ports_.clock.now(),
                                         options_.identity->secret_key);
    bytes_ = std::move(message.bytes);
    signed_at_ = message.time;
    id_ = hex::encode(wire::hash(bytes_).bytes);
  }

  void take(const StreamClient::Answered& answered) {
    if (answered.ticket == publication_) return take_acknowledgement(answered.payload);
    if (answered.ticket == why_) take_reason(answered.payload);
  }

  void take_acknowledgement(const jetstream::Answer<std::string>& payload) {
    auto kept = parse_answer(payload, jetstream::parse_acknowledgement);
    if (!kept && kept.error().kind == Failure::Kind::kLost) return;  // sent again at the next opened()
    if (!kept && kept.error().kind == Failure::Kind::kNoResponders) {
      nobody_ = true;
      if (!bus().has_streams()) return abandon_unkept(kept.error());
      link_.ask_why_at = ports_.clock.monotonic();
      return;
    }
    if (!kept) return abandon(stream_trouble(kept.error(), stream_, options_.subject));
    if (kept->stream != stream_) {
      return abandon(fmt::format("the message was stored by stream {}, not {}", quote(kept->stream), stream_));
    }
    kept_ = std::move(*kept);
  }

  // Why no stream has answered for so long.
  void take_reason(const jetstream::Answer<std::string>& payload) {
    if (kept_ || abandoned_) return;
    const auto info = parse_answer(payload, jetstream::parse_stream_info);
    if (info) {
      const auto keeps = [&](const std::string& one) { return jetstream::subject_matches(options_.subject, one); };
      const auto& subjects = info->config.subjects;
      const bool is_kept = std::any_of(subjects.begin(), subjects.end(), keeps);
      if (is_kept && !nobody_) return;  // it is slow
      if (is_kept) return abandon_unkept({Failure::Kind::kOther, "the server did not pass the message to it"});
      return abandon_unkept({Failure::Kind::kNotKept, {}});
    }
    const Failure::Kind kind = info.error().kind;
    if (kind == Failure::Kind::kLost) return;
    if (kind == Failure::Kind::kDenied && !nobody_) return;  // it may keep messages, and we may not ask
    if (kind == Failure::Kind::kTimeout && (!link_.alive || ++link_.silences <= kSilences)) {  // it may be slow
      link_.ask_why_at = ports_.clock.monotonic();
      return;
    }
    abandon_unkept(info.error());
  }

  void abandon_unkept(const Failure& why) {
    abandon(fmt::format("{}: {}",
                        nobody_ ? "nobody is listening, and no stream keeps the message"
                                : "listeners may have received the message, but no stream keeps it",
                        stream_trouble(why, stream_, options_.subject)));
  }

  void abandon(std::string_view why) {
    if (std::exchange(abandoned_, true)) return;
    const std::size_t all = options_.count();
    ports_.log.failure(all == 1 ? std::string(why)
                                : fmt::format("{}; kept so far: {} of {} messages", why, number_, all));
  }

  const SendOptions& options_;
  const std::size_t number_;
  const std::string& stream_;
  const BusPorts& ports_;
  StreamClient& streams_;
  std::string bytes_, id_;
  WallTime signed_at_;
  StreamClient::Ticket publication_ = 0, why_ = 0;
  Link link_;
  bool nobody_ = false;   // neither a stream nor a listener has the message
  bool written_ = false;  // over this link, or over one that may have delivered it
  bool maybe_taken_ = false;
  std::string last_reason_;  // why there is no link
  std::optional<Acknowledgement> kept_;
  bool abandoned_ = false;
};

// A line, newline included.
std::string record(const SendOptions& options, std::size_t number, const Acknowledgement& kept) {
  return sent_json(options, options.destination(number))
      .text("stream", kept.stream)
      .count("sequence", kept.sequence)
      .flag("duplicate", kept.duplicate)
      .line();
}

}  // namespace

std::vector<Acknowledgement> send_stored(const SendOptions& options, const std::string& stream, const BusPorts& ports,
                                         const std::function<void(std::string)>& on_record) {
  const Duration timeout = options.timeout.value_or(Publisher::kDefaultTimeout);
  const Deadline deadline = deadline_after(options.started.value_or(ports.clock.monotonic()), timeout);
  BusDispatch dispatch(ports.bus);
  dispatch.connect();
  StreamClient streams(ports.clock);
  dispatch.attach(streams);
  std::vector<Acknowledgement> kept;
  std::optional<StoredSender> sender;
  const auto turn = [&] {
    while (kept.size() < options.count()) {
      if (!sender) dispatch.attach(sender.emplace(options, kept.size(), stream, ports, streams));
      dispatch.dispatch();
      sender->step();
      if (!sender->kept()) return sender->abandoned();
      if (on_record) on_record(record(options, kept.size(), *sender->kept()));
      kept.push_back(*sender->kept());
      sender.reset();
    }
    return true;
  };
  const auto wake = [&] { return sender->wake_at(); };
  if (take_turns(ports.clock, ports.poller, turn, wake, deadline) == Ended::kTimeout) sender->give_up(timeout);
  return kept;
}

}  // namespace remaphore
