#include "support/fake_jetstream.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "jetstream/answer.h"
#include "jetstream/stream_reader.h"

namespace remaphore::test {
namespace {

constexpr std::string_view kApi = "$JS.API.";

}  // namespace

FakeJetStream::FakeJetStream(InMemoryBroker& broker, const Clock& clock) : broker_(broker), clock_(clock) {
  broker_.service = [this](const InMemoryBroker::Published& message) { return serve(message); };
}

FakeJetStream::~FakeJetStream() { broker_.service = nullptr; }

FakeStream& FakeJetStream::add(jetstream::StreamConfig config) {
  return *streams_.emplace_back(std::make_unique<FakeStream>(std::move(config), clock_.now()));
}

bool FakeJetStream::serve(const InMemoryBroker::Published& message) {
  const bool asks = message.subject.starts_with(kApi);
  if (silent) return true;
  if (!on) return false;
  if (!asks) return store(message);
  ++requests;
  const Event event = [this, reply_to = message.reply_to,
                       request = jetstream::Request{message.subject, message.payload}] {
    std::string lied = lie ? lie(request) : std::string();
    answer(reply_to, lied.empty() ? result_of(request) : std::move(lied));
  };
  read_later ? read_later(event) : event();
  return true;
}

// CREATE and UPDATE; "" for any other request. The body is the config that INFO returns.
std::string FakeJetStream::configure(const jetstream::Request& request) {
  const bool creates = request.subject.starts_with("$JS.API.STREAM.CREATE.");
  if (!creates && !request.subject.starts_with("$JS.API.STREAM.UPDATE.")) return {};
  const auto asked =
      jetstream::parse_stream_info(R"({"config":)" + request.body + R"(,"created":"2026-01-01T00:00:00Z","state":{}})");
  if (!asked) return R"({"error":{"code":400,"err_code":10025,"description":"invalid JSON"}})";
  for (const auto& stream : streams_) {
    if (stream->config().name != asked->config.name) continue;
    stream->config() = asked->config;
    return stream->answer(jetstream::stream_info(asked->config.name));
  }
  if (!creates) return R"({"error":{"code":404,"err_code":10059,"description":"stream not found"}})";
  return add(asked->config).answer(jetstream::stream_info(asked->config.name));
}

std::string FakeJetStream::result_of(const jetstream::Request& request) {
  if (!for_account) {
    return R"({"error":{"code":503,"err_code":10039,"description":"JetStream not enabled for account"}})";
  }
  if (std::string made = configure(request); !made.empty()) return made;
  for (const auto& stream : streams_) {
    if (request.subject.ends_with("." + stream->config().name)) return stream->answer(request);
  }
  return R"({"error":{"code":404,"err_code":10059,"description":"stream not found"}})";
}

bool FakeJetStream::store(const InMemoryBroker::Published& message) {
  for (const auto& stream : streams_) {
    const auto keeps = [&](const std::string& subject) { return jetstream::subject_matches(message.subject, subject); };
    if (!std::any_of(stream->config().subjects.begin(), stream->config().subjects.end(), keeps)) continue;
    const Event event = [this, message, target = stream.get()] {
      FakeStream::Publication publication{.subject = message.subject, .data = message.payload};
      if (!message.headers.empty()) publication.headers = "NATS/1.0\r\n";
      for (const auto& [name, value] : message.headers) {
        publication.headers += name + ": " + value + "\r\n";
        if (name == "Nats-Msg-Id") publication.id = value;
        if (name == "Nats-Expected-Last-Subject-Sequence") {
          publication.expected_sequence = std::strtoull(value.c_str(), nullptr, 10);
        }
        if (name == "Nats-Expected-Last-Sequence") {
          publication.expected_last = std::strtoull(value.c_str(), nullptr, 10);
        }
      }
      if (!message.headers.empty()) publication.headers += "\r\n";
      const auto ack = target->take(publication, clock_.now());
      if (swallowed_acks > 0) {
        --swallowed_acks;
      } else if (ack) {
        answer(message.reply_to, *ack);
      }
    };
    store_later ? store_later(event) : event();
    return true;
  }
  return false;
}

void FakeJetStream::answer(const std::string& reply_to, std::string payload) {
  if (reply_to.empty()) return;
  const Event event = [this, reply_to, payload = std::move(payload)] { broker_.publish(reply_to, payload); };
  answer_later ? answer_later(event) : event();
}

}  // namespace remaphore::test
