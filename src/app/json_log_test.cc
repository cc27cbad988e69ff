#include "app/json_log.h"

#include <gtest/gtest.h>

#include "support/fake_output.h"
#include "support/recording_log.h"

namespace remaphore {
namespace {

TEST(JsonLogTest, MakesAnObjectOfAFailureAndOfNothingElse) {
  test::RecordingLog log;
  test::FakeOutput output;
  JsonLog json(log, output);
  json.error("not so bad");
  json.notice("by the way");
  json.ready();
  json.failure("unknown option \"-zz\"", ExitStatus::kUsage);
  json.failure("no server", ExitStatus::kFailure);
  EXPECT_EQ(output.written, R"({"type":"error","message":"unknown option \"-zz\"","status":2}
{"type":"error","message":"no server","status":3}
)");
  EXPECT_EQ(log.text(),
            "error: not so bad\nnotice: by the way\nReady\nerror: unknown option \"-zz\"\nerror: no server\n");
}

TEST(JsonLogTest, IsAsVerboseAsTheOther) {
  test::RecordingLog log;
  test::FakeOutput output;
  JsonLog json(log, output);
  EXPECT_FALSE(json.is_verbose());
  log.verbose_wanted = true;
  EXPECT_TRUE(json.is_verbose());
  json.verbose("why");
  EXPECT_EQ(log.text(), "verbose: why\n");
  EXPECT_EQ(output.records, 0u);
}

}  // namespace
}  // namespace remaphore
