#include "app/answer_printer.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/hex.h"
#include "base/json_text.h"
#include "base/text.h"
#include "core/gathering.h"

namespace remaphore {
namespace {

std::string random_mark() {
  std::array<std::uint8_t, 16> bytes{};
  keys::random_bytes(bytes);
  return hex::encode(bytes);
}

// `text` holds bytes from peers, and may be shown on a terminal.
void write_text(RecordOutput& output, std::string text) {
  output.write(output.is_terminal() ? escape_control(text, Layout::kKept) : std::move(text));
}

class RecordPrinter : public AnswerPrinter {
 public:
  explicit RecordPrinter(RecordOutput& output) : output_(output) {}

  void answer(const VerifiedReply& reply, const Answer& answer, Duration) override {
    write_text(output_, format_record(reply.sender().destination, answer, mark_));
  }
  bool end(const RequestSummary&) override { return false; }

 private:
  RecordOutput& output_;
  const std::string mark_ = random_mark();
};

class GatheringPrinter : public AnswerPrinter {
 public:
  explicit GatheringPrinter(RecordOutput& output) : output_(output) {}

  void answer(const VerifiedReply& reply, const Answer& answer, Duration) override {
    gathering_.add(reply.sender().destination, answer);
    if (gathering_.bytes() > kMaxGathered) write_text(output_, gathering_.take(Gathering::More::kMayCome));
  }
  bool end(const RequestSummary&) override {
    std::string rest = gathering_.take();
    const bool any = !rest.empty();
    if (any) write_text(output_, std::move(rest));
    return any;
  }

 private:
  // Bytes; above this, everything so far is printed, and gathering starts over.
  static constexpr std::size_t kMaxGathered = std::size_t{64} << 20;

  RecordOutput& output_;
  Gathering gathering_;
};

class JsonPrinter : public AnswerPrinter {
 public:
  explicit JsonPrinter(RecordOutput& output) : output_(output) {}

  void answer(const VerifiedReply& reply, const Answer& answer, Duration latency) override {
    JsonObject json = about("reply", reply.sender());
    json.number("exit", exit_number(answer))
        .bytes("output", answer.output, "encoding")
        .seconds("latency", latency)
        .flag("bound", reply.bound());
    output_.write(json.line());
  }
  void round(const RoundReport& round) override {
    const bool ended = round.event == RoundReport::Event::kEnd;
    JsonObject json;
    json.text("type", "round")
        .text("event", ended ? "end" : "begin")
        .count("round", round.number)
        .count("rounds", round.count)
        .texts("nodes", round.names);
    if (ended) {
      json.count("answered", round.answered)
          .count("failed", round.failed)
          .count("missing", round.names.size() - round.answered);
    }
    output_.write(json.line());
  }
  bool end(const RequestSummary& summary) override {
    const ReplyTracker& tracker = summary.tracker;
    const std::vector<const Peer*> missing = tracker.missing(), not_asked = tracker.not_asked();
    for (const Peer* peer : missing) output_.write(about("missing", *peer).line());
    for (const Peer* peer : not_asked) output_.write(about("not_asked", *peer).line());
    JsonObject json;
    json.text("type", "summary")
        .text("uuid", hex::encode(summary.uuid.bytes()))
        .count("awaited", tracker.awaited())
        .count("answered", tracker.answered())
        .count("failed", tracker.failed())
        .count("missing", missing.size());
    if (summary.in_rounds) json.count("not_asked", not_asked.size());
    if (summary.required > 0) json.count("required", summary.required);
    json.number("status", summary.status);
    output_.write(json.line());
    return true;
  }

 private:
  static JsonObject about(std::string_view type, const Peer& peer) {
    JsonObject json;
    json.text("type", type).text("destination", peer.destination).text("public_key", peer.public_key);
    return json;
  }

  RecordOutput& output_;
};

}  // namespace

std::unique_ptr<AnswerPrinter> AnswerPrinter::make(AnswerFormat format, RecordOutput& output) {
  switch (format) {
    case AnswerFormat::kGathered: return std::make_unique<GatheringPrinter>(output);
    case AnswerFormat::kJson: return std::make_unique<JsonPrinter>(output);
    case AnswerFormat::kRecords: break;
  }
  return std::make_unique<RecordPrinter>(output);
}

}  // namespace remaphore
