// Parses JetStream's answers, field by field. Only the form of an answer is checked: the caller must compare streams,
// sequences and subjects with its request.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "jetstream/stream_config.h"

namespace remaphore::jetstream {

// Why there is no usable answer.
struct Failure {
  enum class Kind {
    kOff,            // no JetStream at this server, or not for this account
    kNoStream,       // JetStream, but no such stream
    kNoMessage,      // nothing at that sequence, or on that subject
    kWrongSequence,  // compare-and-set: another writer was first
    kFull,           // the stream or its storage is full
    kTooLarge,       // the message is too large
    kNotKept,        // the stream exists, but does not take that subject
    kUnavailable,    // the cluster has no leader yet, or too few servers
    kOther,          // any other error from JetStream
    kMalformed,      // not an answer of JetStream
    kNoResponders,   // nobody is subscribed to the subject: no JetStream, or no stream that keeps it
    kDenied,         // the credentials permit no request or publication there, or no inbox
    kTimeout,        // no answer in time
    kLost,           // the link was lost before the answer; what was asked may have been done
  };
  Kind kind;
  std::string text;  // the server's text, quoted, or what is wrong with it; one line, safe to show
};

template <class T>
using Answer = Result<T, Failure>;

struct StreamInfo {
  StreamConfig config;
  WallTime created;
  std::uint64_t messages = 0, bytes = 0;
  std::uint64_t first_sequence = 0;  // of an empty stream: last_sequence + 1
  std::uint64_t last_sequence = 0;
  std::optional<WallTime> first_time;  // when the server stored the first message; nullopt: there is none
  std::optional<WallTime> last_time;   // of the last message, if the answer tells
  std::vector<std::string> kept;       // the subjects that were asked for
};
Answer<StreamInfo> parse_stream_info(std::string_view payload);

struct StoredMessage {
  std::string subject;
  std::uint64_t sequence = 0;
  std::string data;
  std::string headers;  // the block as it was published
  WallTime time;        // when the server stored it, by the server's clock
};
Answer<StoredMessage> parse_stored_message(std::string_view payload);

// The answer to a message that was published with a reply-to subject.
struct Acknowledgement {
  std::string stream;
  std::uint64_t sequence = 0;
  bool duplicate = false;  // the stream already had it: its Nats-Msg-Id was seen before
};
Answer<Acknowledgement> parse_acknowledgement(std::string_view payload);

// Why an answer of any kind holds no result: the error in it, or kMalformed if it is not JSON. nullopt: neither.
std::optional<Failure> error_in(std::string_view payload);

// Status 503 in the header of an empty message: no subscriber on the requested subject.
Failure no_responders();

}  // namespace remaphore::jetstream
