#include "app/message_recorder.h"

#include <utility>

#include "base/timestamp.h"

namespace remaphore {
namespace {

JsonObject describe(const VerifiedMessage& message) {
  JsonObject json;
  json.text("type", "message")
      .text("time", format_timestamp(message.arrival()))
      .text("signed", format_timestamp(message.time()))
      .text("peer", message.sender().destination)
      .text("public_key", message.sender().public_key)
      .text("destination", message.destination())
      .text("verb", message.verb())
      .text("uuid", message.uuid_hex())
      .flag("reply_wanted", message.reply_wanted())
      .bytes("payload", message.payload(), "encoding");
  return json;
}

}  // namespace

MessageRecorder::Begun MessageRecorder::begin(const VerifiedMessage& message) const {
  Begun begun;
  if (audit_ != nullptr) begun.audit.emplace(message);
  if (json_ != nullptr) begun.json = describe(message);
  return begun;
}

void MessageRecorder::end(Begun begun, const Outcome& outcome) const {
  if (begun.audit) {
    begun.audit->action = outcome.action;
    begun.audit->reason = outcome.reason;
    begun.audit->exit_status = outcome.exit_status;
    begun.audit->duration = outcome.duration;
    audit_->record(*begun.audit);
  }
  if (begun.json) {
    JsonObject& json = *begun.json;
    json.text("action", outcome.action);
    if (!outcome.reason.empty()) json.text("reason", outcome.reason);
    if (outcome.exit_status) json.number("exit", *outcome.exit_status);
    if (outcome.duration) json.seconds("seconds", *outcome.duration);
    if (outcome.output) json.bytes("output", *outcome.output, "output_encoding");
    if (outcome.output_dropped > 0) json.count("output_cut", outcome.output_dropped);
    json_->write(json.line());
  }
}

void MessageRecorder::dropped(const VerifiedMessage& message, const char* reason) const {
  if (audit_ == nullptr) return;
  AuditEntry entry(message);
  entry.action = "dropped";
  entry.reason = reason;
  audit_->record(entry);
}

void MessageRecorder::missing(std::string_view node) const {
  if (json_ == nullptr) return;
  JsonObject json;
  json.text("type", "missing").text("destination", node);
  json_->write(json.line());
}

void MessageRecorder::sum_up(const Summary& summary) const {
  if (json_ == nullptr) return;
  JsonObject json;
  json.text("type", "summary").count("received", summary.received).count("dropped", summary.dropped);
  if (summary.arrivals) json.count("arrived", summary.arrivals->arrived).count("expected", summary.arrivals->expected);
  json.number("status", summary.status);
  json_->write(json.line());
}

}  // namespace remaphore
