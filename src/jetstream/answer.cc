#include "jetstream/answer.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/base64.h"
#include "base/json_fields.h"
#include "base/text.h"
#include "base/timestamp.h"

namespace remaphore::jetstream {
namespace {

using Kind = JsonField::Kind;

constexpr int kDepth = 3;                  // of the fields that are read
constexpr std::size_t kMaxSubjects = 256;  // of a stream; further ones are skipped
constexpr std::size_t kMaxKept = 100'000;  // a server tells no more at once

// server/errors.json of nats-server.
Failure::Kind kind_of(std::int64_t error) {
  switch (error) {
    case 10039: return Failure::Kind::kOff;  // not enabled for account
    case 10076: return Failure::Kind::kOff;  // not enabled
    case 10059: return Failure::Kind::kNoStream;
    case 10037: return Failure::Kind::kNoMessage;
    case 10071:
    case 10164: return Failure::Kind::kWrongSequence;
    case 10002:                               // resource limits exceeded for account
    case 10023:                               // insufficient resources
    case 10028:                               // memory resources exceeded
    case 10047:                               // storage resources exceeded
    case 10077: return Failure::Kind::kFull;  // maximum messages, bytes or per subject reached
    case 10054: return Failure::Kind::kTooLarge;
    case 10004:                                      // answers of some servers are missing
    case 10005:                                      // no suitable peers for placement
    case 10006:                                      // cluster not active
    case 10008:                                      // temporarily unavailable
    case 10009: return Failure::Kind::kUnavailable;  // not the leader
    default: return Failure::Kind::kOther;
  }
}

// Reads what every answer may hold: an error instead of the result.
class Reader : public JsonVisitor {
 public:
  bool field(const JsonField& field) final {
    if (field.outer != "error" || field.depth != 2) return read(field);
    if (field.name == "err_code" && field.kind == Kind::kInteger) error_code_ = field.integer;
    if (field.name == "code" && field.kind == Kind::kInteger) status_ = field.integer;
    if (field.name == "description" && field.kind == Kind::kText) description_ = field.text.substr(0, kMaxQuoted + 1);
    failed_ = true;
    return true;
  }

  // Why the answer holds no result.
  Failure failure() const {
    if (error_code_ == 0 && status_ == 503) return {Failure::Kind::kOff, quote(description_)};
    return {kind_of(error_code_), fmt::format("{} (error {})", quote(description_), error_code_)};
  }
  bool failed() const { return failed_; }

 protected:
  // False: not an answer of the expected kind.
  virtual bool read(const JsonField& field) = 0;

  static bool read_count(const JsonField& field, std::uint64_t& count) {
    count = static_cast<std::uint64_t>(field.integer);
    return field.kind == Kind::kInteger && field.integer >= 0;
  }
  static bool read_time(const JsonField& field, std::optional<WallTime>& time) {
    if (field.kind == Kind::kText) time = parse_timestamp(field.text);
    return time.has_value();
  }

 private:
  std::int64_t error_code_ = 0, status_ = 0;
  std::string description_;
  bool failed_ = false;
};

Unexpected<Failure> malformed(std::string_view payload) {
  return Unexpected<Failure>(
      {Failure::Kind::kMalformed, fmt::format("not an answer of JetStream: {}", quote(payload))});
}

// nullopt: the expected kind of answer, judged by its fields.
std::optional<Unexpected<Failure>> refuse(std::string_view payload, Reader& reader) {
  if (!visit_fields(payload, reader, kDepth)) return malformed(payload);
  if (reader.failed()) return Unexpected<Failure>(reader.failure());
  return std::nullopt;
}

class ErrorReader : public Reader {
 protected:
  bool read(const JsonField&) override { return true; }
};

class InfoReader : public Reader {
 public:
  StreamInfo info;
  std::optional<WallTime> created;
  bool has_state = false;

 protected:
  bool read(const JsonField& field) override {
    if (field.depth == 1 && field.name == "created") return read_time(field, created);
    if (field.depth == 1 && field.name == "state") has_state = field.kind == Kind::kObject;
    if (field.depth == 2 && field.outer == "state") return read_state(field);
    if (field.depth == 2 && field.outer == "config") return read_config(field);
    if (field.depth == 3 && field.outer == "config.subjects" && field.kind == Kind::kText &&
        info.config.subjects.size() < kMaxSubjects) {
      info.config.subjects.emplace_back(field.text);
    }
    if (field.depth == 3 && field.outer == "state.subjects" && info.kept.size() < kMaxKept) {
      info.kept.emplace_back(field.name);
    }
    return true;
  }

 private:
  bool read_state(const JsonField& field) {
    if (field.name == "messages") return read_count(field, info.messages);
    if (field.name == "bytes") return read_count(field, info.bytes);
    if (field.name == "first_seq") return read_count(field, info.first_sequence);
    if (field.name == "last_seq") return read_count(field, info.last_sequence);
    // The times of an empty stream are in the year 1, which WallTime cannot hold.
    if (field.name == "first_ts" && field.kind == Kind::kText) info.first_time = parse_timestamp(field.text);
    if (field.name == "last_ts" && field.kind == Kind::kText) info.last_time = parse_timestamp(field.text);
    return true;
  }

  bool read_config(const JsonField& field) {
    StreamConfig& config = info.config;
    if (field.kind == Kind::kText) {
      if (field.name == "name") config.name = field.text;
      if (field.name == "storage") config.file_storage = field.text == "file";
      if (field.name == "discard") {
        config.discard = field.text == "new" ? StreamConfig::Discard::kNew : StreamConfig::Discard::kOld;
      }
    } else if (field.kind == Kind::kInteger) {
      if (field.name == "max_age") config.max_age = Duration(field.integer);
      if (field.name == "duplicate_window") config.duplicate_window = Duration(field.integer);
      if (field.name == "max_bytes") config.max_bytes = field.integer;
      if (field.name == "max_msgs") config.max_messages = field.integer;
      if (field.name == "max_msgs_per_subject") config.max_messages_per_subject = field.integer;
      if (field.name == "max_msg_size") config.max_message_size = field.integer;
      if (field.name == "num_replicas") config.replicas = field.integer;
    } else if (field.kind == Kind::kBoolean) {
      if (field.name == "allow_direct") config.allow_direct = field.boolean;
      if (field.name == "deny_delete") config.deny_delete = field.boolean;
      if (field.name == "deny_purge") config.deny_purge = field.boolean;
    }
    return true;
  }
};

class MessageReader : public Reader {
 public:
  StoredMessage message;
  std::optional<WallTime> time;

 protected:
  bool read(const JsonField& field) override {
    if (field.depth != 2 || field.outer != "message") return true;
    if (field.name == "seq") return read_count(field, message.sequence);
    if (field.name == "time") return read_time(field, time);
    if (field.name == "subject") return message.subject = field.text, field.kind == Kind::kText;
    if (field.name == "data") return read_bytes(field, message.data);
    if (field.name == "hdrs") return read_bytes(field, message.headers);
    return true;
  }

 private:
  static bool read_bytes(const JsonField& field, std::string& bytes) {
    auto decoded = field.kind == Kind::kText ? decode_base64(field.text) : std::nullopt;
    if (decoded) bytes = std::move(*decoded);
    return decoded.has_value();
  }
};

class AcknowledgementReader : public Reader {
 public:
  Acknowledgement acknowledgement;

 protected:
  bool read(const JsonField& field) override {
    if (field.depth != 1) return true;
    if (field.name == "stream") return acknowledgement.stream = field.text, field.kind == Kind::kText;
    if (field.name == "seq") return read_count(field, acknowledgement.sequence);
    if (field.name == "duplicate") return acknowledgement.duplicate = field.boolean, field.kind == Kind::kBoolean;
    return true;
  }
};

}  // namespace

Answer<StreamInfo> parse_stream_info(std::string_view payload) {
  InfoReader reader;
  reader.info.config.deny_delete = reader.info.config.deny_purge = false;  // an absent field means false
  if (auto refusal = refuse(payload, reader)) return std::move(*refusal);
  const StreamInfo& info = reader.info;
  const bool in_order = info.first_sequence <= info.last_sequence || info.first_sequence - info.last_sequence == 1;
  if (!reader.created || !reader.has_state || info.config.name.empty() || !in_order) return malformed(payload);
  reader.info.created = *reader.created;
  if (info.messages == 0) reader.info.first_time.reset();  // then the server says year 1
  return std::move(reader.info);
}

Answer<StoredMessage> parse_stored_message(std::string_view payload) {
  MessageReader reader;
  if (auto refusal = refuse(payload, reader)) return std::move(*refusal);
  if (!reader.time || reader.message.sequence == 0 || reader.message.subject.empty()) return malformed(payload);
  reader.message.time = *reader.time;
  return std::move(reader.message);
}

Answer<Acknowledgement> parse_acknowledgement(std::string_view payload) {
  AcknowledgementReader reader;
  if (auto refusal = refuse(payload, reader)) return std::move(*refusal);
  if (reader.acknowledgement.stream.empty() || reader.acknowledgement.sequence == 0) return malformed(payload);
  return std::move(reader.acknowledgement);
}

std::optional<Failure> error_in(std::string_view payload) {
  ErrorReader reader;
  auto refusal = refuse(payload, reader);
  return refusal ? std::optional(std::move(refusal->error())) : std::nullopt;
}

Failure no_responders() { return {Failure::Kind::kOff, "no responders"}; }

}  // namespace remaphore::jetstream
