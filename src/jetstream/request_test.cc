#include "jetstream/request.h"

#include <gtest/gtest.h>

namespace remaphore::jetstream {
namespace {

TEST(JetStreamRequestTest, AStreamIsNamedAfterTheSubjectInCapitals) {
  EXPECT_EQ(stream_name("remaphore"), "REMAPHORE");
  EXPECT_EQ(stream_name("ops.fleet-2"), "OPS_FLEET-2");
  EXPECT_EQ(lock_stream_name("remaphore"), "REMAPHORE_LOCKS");
}

TEST(JetStreamRequestTest, AsksWhatTheApiAnswers) {
  EXPECT_EQ(stream_info("S").subject, "$JS.API.STREAM.INFO.S");
  EXPECT_EQ(stream_info("S").body, "");
  EXPECT_EQ(message_at("S", 12).subject, "$JS.API.STREAM.MSG.GET.S");
  EXPECT_EQ(message_at("S", 12).body, "{\"seq\":12}\n");
  EXPECT_EQ(last_message_on("S", "a.b").body, "{\"last_by_subj\":\"a.b\"}\n");
  EXPECT_EQ(next_message_on("S", "a.*", 3).body, "{\"seq\":3,\"next_by_subj\":\"a.*\"}\n");
}

TEST(JetStreamRequestTest, AStreamIsMadeWithEverythingThatItDependsOn) {
  StreamConfig config;
  config.name = "REMAPHORE";
  config.subjects = {"remaphore.all", "remaphore.night"};
  config.max_age = std::chrono::hours(24);
  config.max_bytes = 64 << 20;
  const Request request = create_stream(config);
  EXPECT_EQ(request.subject, "$JS.API.STREAM.CREATE.REMAPHORE");
  EXPECT_EQ(
      request.body,
      R"({"name":"REMAPHORE","subjects":["remaphore.all","remaphore.night"],"retention":"limits","storage":"file",)"
      R"("discard":"old","max_age":86400000000000,"max_bytes":67108864,"max_msgs":-1,"max_msgs_per_subject":-1,)"
      R"("max_msg_size":-1,"max_consumers":-1,"duplicate_window":120000000000,"num_replicas":1,)"
      R"("allow_direct":false,"deny_delete":true,"deny_purge":true})"
      "\n");
  EXPECT_EQ(update_stream(config).subject, "$JS.API.STREAM.UPDATE.REMAPHORE");
  EXPECT_EQ(update_stream(config).body, request.body);
}

}  // namespace
}  // namespace remaphore::jetstream
