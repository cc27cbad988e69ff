// How a stream answers requests to store and read messages, tested against the fake JetStream and a real server alike.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/stream_client.h"
#include "contract/in_memory_world.h"
#include "contract/nats_world.h"
#include "jetstream/stream_reader.h"

namespace remaphore::test {
namespace {

using Kind = jetstream::Failure::Kind;
using std::chrono::seconds;

constexpr const char* kStream = "REMAPHORE";
constexpr const char* kSubject = "remaphore.all";

template <class World>
class StreamContractTest : public testing::Test {
 protected:
  StreamContractTest() {
    dispatch_.attach(client_);
    dispatch_.connect();
    dispatch_.dispatch();
    while (!client_.is_open() && world_.wait()) dispatch_.dispatch();
    jetstream::StreamConfig config;
    config.name = kStream;
    config.subjects = {kSubject, "remaphore.night"};
    EXPECT_TRUE(answer_to(client_.ask(jetstream::create_stream(config), seconds(20))));
  }
  StreamClient::Answered next() {
    while (true) {
      dispatch_.dispatch();
      if (auto answered = client_.next()) return std::move(*answered);
      if (!world_.wait()) throw std::runtime_error("nothing more happens");
    }
  }
  jetstream::Answer<std::string> answer_to(StreamClient::Ticket ticket) {
    auto answered = next();
    EXPECT_EQ(answered.ticket, ticket);
    return std::move(answered.payload);
  }
  jetstream::Answer<jetstream::Acknowledgement> publish(const StreamClient::Message& publication) {
    return parse_answer(answer_to(client_.publish(publication, seconds(20))), jetstream::parse_acknowledgement);
  }
  jetstream::Answer<jetstream::StoredMessage> read(std::uint64_t sequence) {
    return parse_answer(answer_to(client_.ask(jetstream::message_at(kStream, sequence), seconds(20))),
                        jetstream::parse_stored_message);
  }
  jetstream::Answer<jetstream::StreamInfo> info(const char* stream = kStream) {
    return parse_answer(answer_to(client_.ask(jetstream::stream_info(stream), seconds(20))),
                        jetstream::parse_stream_info);
  }

  World world_;
  std::unique_ptr<Bus> bus_ = world_.make_bus(Login::kFree);
  BusDispatch dispatch_{*bus_};
  StreamClient client_{world_.clock()};
};

using Worlds = testing::Types<InMemoryWorld, NatsWorld>;
TYPED_TEST_SUITE(StreamContractTest, Worlds);

TYPED_TEST(StreamContractTest, WhatIsPublishedIsAcknowledgedAndReadBack) {
  const auto first = this->publish({.subject = kSubject, .payload = "one\r\n\0two"});
  ASSERT_TRUE(first);
  EXPECT_EQ(first->stream, kStream);
  EXPECT_EQ(first->sequence, 1u);
  EXPECT_FALSE(first->duplicate);
  const auto stored = this->read(1);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->data, "one\r\n\0two");
  EXPECT_EQ(stored->subject, kSubject);
  EXPECT_EQ(stored->sequence, 1u);
  EXPECT_LT(distance(stored->time, this->world_.now()), std::chrono::minutes(1));
  EXPECT_EQ(this->read(2).error().kind, Kind::kNoMessage);
}

TYPED_TEST(StreamContractTest, AnEmptyStreamHasNoFirstMessage) {
  const auto empty = this->info();
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->messages, 0u);
  EXPECT_FALSE(empty->first_time);
  EXPECT_TRUE(this->publish({.subject = kSubject, .payload = "x"}));
  const auto info = this->info();
  ASSERT_TRUE(info);
  EXPECT_EQ(info->first_sequence, 1u);
  EXPECT_EQ(info->last_sequence, 1u);
  ASSERT_TRUE(info->first_time);
  EXPECT_LT(distance(*info->first_time, this->world_.now()), std::chrono::minutes(1));
}

TYPED_TEST(StreamContractTest, ASecondMessageOfTheSameIdIsADuplicate) {
  EXPECT_FALSE(this->publish({.subject = kSubject, .payload = "x", .message_id = "ab"})->duplicate);
  const auto again = this->publish({.subject = kSubject, .payload = "x", .message_id = "ab"});
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->sequence, 1u);
  EXPECT_EQ(this->info()->messages, 1u);
}

TYPED_TEST(StreamContractTest, AMessageThatExpectsAnotherSequenceIsRefused) {
  EXPECT_EQ(this->publish({.subject = kSubject, .payload = "x", .expected_sequence = 0})->sequence, 1u);
  EXPECT_EQ(this->publish({.subject = kSubject, .payload = "y", .expected_sequence = 0}).error().kind,
            Kind::kWrongSequence);
  EXPECT_EQ(this->publish({.subject = "remaphore.night", .payload = "z", .expected_sequence = 0})->sequence, 2u);
  EXPECT_EQ(this->publish({.subject = kSubject, .payload = "y", .expected_sequence = 1})->sequence, 3u);
}

TYPED_TEST(StreamContractTest, NoStreamAndNobodyThereAreDistinct) {
  EXPECT_EQ(this->info("ELSE").error().kind, Kind::kNoStream);
  EXPECT_EQ(this->publish({.subject = "else.all", .payload = "x"}).error().kind, Kind::kNoResponders);
}

TYPED_TEST(StreamContractTest, WithoutALinkARequestIsLost) {
  this->world_.stop();
  while (this->client_.is_open()) {
    this->dispatch_.dispatch();
    if (this->client_.is_open() && !this->world_.wait()) break;
  }
  this->client_.ask(jetstream::stream_info(kStream), seconds(20));
  EXPECT_EQ(this->next().payload.error().kind, Kind::kLost);
}

TYPED_TEST(StreamContractTest, AReaderGetsAWindowInTheStreamsOrder) {
  const WallTime begun = this->world_.now() - std::chrono::hours(1);
  for (int i = 0; i < 200; ++i) {
    const std::string text = std::to_string(i);
    EXPECT_TRUE(this->publish({.subject = i % 10 == 9 ? "remaphore.night" : kSubject, .payload = text}));
  }
  jetstream::StreamReader reader({.stream = kStream, .subject = kSubject, .since = begun});
  std::map<StreamClient::Ticket, jetstream::StreamReader::Ticket> asked;
  std::vector<std::string> got, expected;
  while (!reader.at_end() && !reader.failure()) {
    while (const auto question = reader.next_question()) {
      asked[this->client_.ask(question->request, seconds(20))] = question->ticket;
    }
    const auto answered = this->next();
    reader.answer(asked[answered.ticket], *answered.payload);
    while (const auto message = reader.next_message()) got.push_back(message->data);
  }
  for (int i = 0; i < 200; ++i) {
    if (i % 10 != 9) expected.push_back(std::to_string(i));
  }
  EXPECT_EQ(got, expected);
}

}  // namespace
}  // namespace remaphore::test
