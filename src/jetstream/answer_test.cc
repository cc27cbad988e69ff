#include "jetstream/answer.h"

#include <gtest/gtest.h>

#include "base/timestamp.h"

namespace remaphore::jetstream {
namespace {

using Kind = Failure::Kind;

// An answer of nats-server 2.9.10.
constexpr std::string_view kInfo =
    R"({"type":"io.nats.jetstream.api.v1.stream_info_response","total":0,"offset":0,"limit":0,"config":{"name":)"
    R"("REMAPHORE","subjects":["remaphore.all","remaphore.night"],"retention":"limits","max_consumers":-1,"max_msgs":)"
    R"(-1,"max_bytes":67108864,"max_age":86400000000000,"max_msgs_per_subject":-1,"max_msg_size":-1,"discard":"old",)"
    R"("storage":"file","num_replicas":1,"duplicate_window":120000000000,"allow_direct":false,"mirror_direct":false,)"
    R"("sealed":false,"deny_delete":true,"deny_purge":true,"allow_rollup_hdrs":false},"created":)"
    R"("2026-11-25T09:42:39.54102667Z","state":{"messages":3,"bytes":1218,"first_seq":5,"first_ts":)"
    R"("2026-11-25T09:42:40.1Z","last_seq":7,"last_ts":"2026-11-25T09:42:41Z","consumer_count":0}})";

TEST(JetStreamAnswerTest, ReadsAStreamsInfo) {
  const auto info = parse_stream_info(kInfo);
  ASSERT_TRUE(info);
  StreamConfig config;
  config.name = "REMAPHORE";
  config.subjects = {"remaphore.all", "remaphore.night"};
  config.max_age = std::chrono::hours(24);
  config.max_bytes = 64 << 20;
  EXPECT_EQ(info->config, config);
  EXPECT_EQ(info->created, parse_timestamp("2026-11-25T09:42:39.541026670Z"));
  EXPECT_EQ(info->messages, 3u);
  EXPECT_EQ(info->bytes, 1218u);
  EXPECT_EQ(info->first_sequence, 5u);
  EXPECT_EQ(info->last_sequence, 7u);
  EXPECT_EQ(info->last_time, parse_timestamp("2026-11-25T09:42:41Z"));
  EXPECT_TRUE(info->kept.empty());
}

TEST(JetStreamAnswerTest, ReadsTheSubjectsThatAreKept) {
  const auto info = parse_stream_info(
      R"({"config":{"name":"S"},"created":"2026-11-25T09:42:39Z","state":{"subjects":{"s.a":1,"s.b":2}}})");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->kept, (std::vector<std::string>{"s.a", "s.b"}));
}

TEST(JetStreamAnswerTest, ReadsTheInfoOfAnEmptyStreamInACluster) {
  // An answer of nats-server 2.9.10 after a restart of all three.
  const auto info = parse_stream_info(
      R"({"type":"io.nats.jetstream.api.v1.stream_info_response","total":0,"offset":0,"limit":0,"config":{"name":"S",)"
      R"("subjects":["s.all"],"retention":"limits","num_replicas":3},"created":"2026-11-25T17:17:53.305084534Z",)"
      R"("state":{"messages":0,"bytes":0,"first_seq":1,"first_ts":"1970-01-01T00:00:00Z","last_seq":0,"last_ts":)"
      R"("0001-01-01T00:00:00Z","consumer_count":0},"cluster":{"name":"fleet","leader":"fleet-3","replicas":[{"name":)"
      R"("fleet-1","current":false,"active":10571309525,"lag":3,"peer":"9P8rzt7R"},{"name":"fleet-2","current":true,)"
      R"("active":139052912,"peer":"t74S0wsD"}]}})");
  ASSERT_TRUE(info) << info.error().text;
  EXPECT_EQ(info->config.replicas, 3);
  EXPECT_EQ(info->first_sequence, 1u);
  EXPECT_EQ(info->last_sequence, 0u);
  EXPECT_FALSE(info->last_time);  // the year 1
}

TEST(JetStreamAnswerTest, AProtectionThatIsNotToldIsNotSet) {
  const auto info = parse_stream_info(R"({"config":{"name":"S"},"created":"2026-11-25T09:42:39Z","state":{}})");
  ASSERT_TRUE(info);
  EXPECT_FALSE(info->config.deny_delete);
  EXPECT_FALSE(info->config.deny_purge);
}

TEST(JetStreamAnswerTest, ReadsAStoredMessage) {
  const auto message = parse_stored_message(
      R"({"type":"io.nats.jetstream.api.v1.stream_msg_get_response","message":{"subject":"remaphore.all","seq":7,)"
      R"("hdrs":"TkFUUy8xLjANCg0K","data":"aGVsbG8=","time":"2026-11-25T09:42:39.5Z"}})");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->subject, "remaphore.all");
  EXPECT_EQ(message->sequence, 7u);
  EXPECT_EQ(message->data, "hello");
  EXPECT_EQ(message->headers, "NATS/1.0\r\n\r\n");
  EXPECT_EQ(message->time, parse_timestamp("2026-11-25T09:42:39.5Z"));
}

TEST(JetStreamAnswerTest, AMessageWithoutDataIsEmpty) {
  const auto message = parse_stored_message(R"({"message":{"subject":"s","seq":1,"time":"2026-11-25T09:42:39Z"}})");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->data, "");
}

TEST(JetStreamAnswerTest, ReadsAcknowledgements) {
  const auto first = parse_acknowledgement(R"({"stream":"REMAPHORE", "seq":3})");  // 2.9.10 writes the blank
  ASSERT_TRUE(first);
  EXPECT_EQ(first->stream, "REMAPHORE");
  EXPECT_EQ(first->sequence, 3u);
  EXPECT_FALSE(first->duplicate);
  EXPECT_TRUE(parse_acknowledgement(R"({"stream":"REMAPHORE","seq":3,"duplicate": true})")->duplicate);
}

TEST(JetStreamAnswerTest, NamesTheFailureThatAnErrorMeans) {
  const std::pair<int, Kind> kinds[] = {{10039, Kind::kOff},           {10076, Kind::kOff},
                                        {10059, Kind::kNoStream},      {10037, Kind::kNoMessage},
                                        {10071, Kind::kWrongSequence}, {10164, Kind::kWrongSequence},
                                        {10077, Kind::kFull},          {10002, Kind::kFull},
                                        {10047, Kind::kFull},          {10028, Kind::kFull},
                                        {10023, Kind::kFull},          {10054, Kind::kTooLarge},
                                        {10025, Kind::kOther},         {0, Kind::kOther},
                                        {10008, Kind::kUnavailable},   {10009, Kind::kUnavailable}};
  for (const auto& [code, kind] : kinds) {
    const std::string json = R"({"error":{"code":400,"err_code":)" + std::to_string(code) +
                             R"(,"description":"some\nthing"},"stream":"S","seq":0})";
    const auto refused = parse_acknowledgement(json);
    ASSERT_FALSE(refused) << code;
    EXPECT_EQ(refused.error().kind, kind) << code;
    EXPECT_EQ(refused.error().text, "\"some\\x0athing\" (error " + std::to_string(code) + ")");
    EXPECT_EQ(parse_stream_info(json).error().kind, kind);
    EXPECT_EQ(parse_stored_message(json).error().kind, kind);
    EXPECT_EQ(error_in(json)->kind, kind);
  }
}

TEST(JetStreamAnswerTest, RefusesWhatIsNoAnswer) {
  for (const char* json :
       {"", "{", "[]", "+OK", "{}", R"({"stream":"S"})", R"({"seq":1})", R"({"stream":1,"seq":1})",
        R"({"stream":"S","seq":-1})", R"({"stream":"S","seq":1.5})", R"({"stream":"S","seq":18446744073709551616})",
        R"({"stream":"S","seq":1,"duplicate":"yes"})"}) {
    ASSERT_FALSE(parse_acknowledgement(json)) << json;
    EXPECT_EQ(parse_acknowledgement(json).error().kind, Kind::kMalformed) << json;
  }
  for (const char* json :
       {"{}", R"({"message":{}})", R"({"message":{"subject":"s","seq":0,"time":"2026-11-25T09:42:39Z"}})",
        R"({"message":{"subject":"s","seq":1}})", R"({"message":{"subject":"s","seq":1,"time":"yesterday"}})",
        R"({"message":{"seq":1,"time":"2026-11-25T09:42:39Z"}})",
        R"({"message":{"subject":"s","seq":1,"time":"2026-11-25T09:42:39Z","data":"%%%%"}})",
        R"({"message":{"subject":"s","seq":1,"time":"2026-11-25T09:42:39Z","data":7}})"}) {
    ASSERT_FALSE(parse_stored_message(json)) << json;
    EXPECT_EQ(parse_stored_message(json).error().kind, Kind::kMalformed) << json;
  }
  for (const char* json :
       {"{}", R"({"config":{"name":"S"},"state":{}})", R"({"config":{"name":"S"},"created":"2026-11-25T09:42:39Z"})",
        R"({"config":{},"created":"2026-11-25T09:42:39Z","state":{}})",
        R"({"config":{"name":"S"},"created":"2026-11-25T09:42:39Z","state":{"first_seq":9,"last_seq":3}})",
        R"({"config":{"name":"S"},"created":"2026-11-25T09:42:39Z","state":{"last_seq":-1}})"}) {
    ASSERT_FALSE(parse_stream_info(json)) << json;
    EXPECT_EQ(parse_stream_info(json).error().kind, Kind::kMalformed) << json;
  }
}

}  // namespace
}  // namespace remaphore::jetstream
