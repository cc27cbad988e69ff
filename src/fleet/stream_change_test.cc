#include "fleet/stream_change.h"

#include <gtest/gtest.h>

#include "fleet/retention.h"

namespace remaphore::fleet {
namespace {

using Kind = jetstream::Failure::Kind;
using Texts = std::vector<std::string>;

std::vector<jetstream::StreamConfig> streams() {
  return streams_of("remaphore", {std::chrono::hours(24), std::int64_t{64} << 20, {}}, 1);
}

// A config as a server reports it: false fields are omitted.
constexpr std::string_view kPresent =
    R"({"name":"REMAPHORE","subjects":["remaphore.all"],"retention":"limits","max_consumers":-1,"max_msgs":-1,)"
    R"("max_bytes":67108864,"discard":"old","max_age":86400000000000,"max_msgs_per_subject":-1,"max_msg_size":-1,)"
    R"("storage":"file","num_replicas":1,"duplicate_window":120000000000,"deny_delete":true,"deny_purge":true})";

std::string changed(std::string_view from, std::string_view to) {
  std::string text(kPresent);
  const std::size_t at = text.find(from);
  return at == text.npos ? "nothing to replace" : text.replace(at, from.size(), to);
}

TEST(StreamChangeTest, ReadsWhatAServerAnswers) {
  const auto found = read_stream_config(R"({"type":"x","config":{"name":"S","max_age":1},"state":{}})");
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, R"({"name":"S","max_age":1})");
  for (const auto& [code, kind] : {std::pair{10059, Kind::kNoStream},
                                   {10008, Kind::kUnavailable},
                                   {10005, Kind::kUnavailable},
                                   {10009, Kind::kUnavailable},
                                   {10039, Kind::kOff},
                                   {10076, Kind::kOff},
                                   {10047, Kind::kFull},
                                   {10058, Kind::kOther}}) {
    const auto answer = read_stream_config(R"({"error":{"code":500,"err_code":)" + std::to_string(code) +
                                           R"(,"description":"why\nnot"}})");
    ASSERT_FALSE(answer) << code;
    EXPECT_EQ(answer.error().kind, kind) << code;
    EXPECT_EQ(answer.error().text, "\"why\\x0anot\" (error " + std::to_string(code) + ")");
  }
  EXPECT_EQ(read_stream_config(R"({"error":{"code":503,"description":"off"}})").error().kind, Kind::kOff);
}

TEST(StreamChangeTest, RefusesWhatIsNoAnswer) {
  for (const char* text : {"", "[]", "{", "{}", R"({"config":[]})", R"({"error":7})", "7", "\x80"})
    EXPECT_EQ(read_stream_config(text).error().kind, Kind::kMalformed) << text;
  EXPECT_EQ(read_stream_config(std::string(100'000, '[')).error().kind, Kind::kMalformed);
}

TEST(StreamChangeTest, FindsNothingToChangeInAStreamThatIsAsItShouldBe) {
  const StreamChange change = compare_stream(std::string(kPresent), streams()[0]);
  EXPECT_EQ(change.changes, Texts{});
  EXPECT_EQ(change.left, Texts{});
  EXPECT_FALSE(change.fault);
  EXPECT_EQ(change.update, "");
}

TEST(StreamChangeTest, ChangesWhatTheFleetSaysAndKeepsTheRest) {
  const StreamChange change = compare_stream(
      changed(R"("max_age":86400000000000)", R"("description":"mine","max_age":3600000000000)"), streams()[0]);
  EXPECT_EQ(change.changes, Texts{"max_age from 1h to 24h"});
  EXPECT_EQ(change.update, changed(R"("max_age":86400000000000)", R"("description":"mine","max_age":86400000000000)"));
}

TEST(StreamChangeTest, SaysEachDifferenceForPeople) {
  const auto change = [](std::string_view from, std::string_view to) {
    return compare_stream(changed(from, to), streams()[0]).changes;
  };
  EXPECT_EQ(change(R"("remaphore.all")", R"("remaphore.*")"), Texts{"subjects from remaphore.* to remaphore.all"});
  EXPECT_EQ(change("67108864", "-1"), Texts{"max_bytes from unlimited to 64 MiB"});
  EXPECT_EQ(change(R"("discard":"old")", R"("discard":"new")"), Texts{"discard from new to old"});
  EXPECT_EQ(change(R"(,"deny_purge":true)", ""), Texts{"deny_purge from no to yes"});
  EXPECT_EQ(change(R"("storage")", R"("allow_direct":true,"storage")"), Texts{"allow_direct from yes to no"});
}

TEST(StreamChangeTest, LeavesBoundsThatTheFleetDoesNotSet) {
  const StreamChange change = compare_stream(changed(R"("max_msgs":-1)", R"("max_msgs":1000)"), streams()[0]);
  EXPECT_EQ(change.changes, Texts{});
  EXPECT_EQ(change.left, Texts{"max_msgs is 1000"});
  EXPECT_EQ(compare_stream(changed("120000000000", "60000000000"), streams()[0]).left, Texts{"duplicate_window is 1m"});
}

TEST(StreamChangeTest, SetsEveryBoundOfTheLocks) {
  const StreamChange change = compare_stream(std::string(kPresent), streams()[1]);
  const Texts expected{"name from REMAPHORE to REMAPHORE_LOCKS",
                       "subjects from remaphore.all to remaphore.lock.>",
                       "discard from old to new",
                       "max_age from 24h to 10m",
                       "max_bytes from 64 MiB to unlimited",
                       "max_msgs from unlimited to 10000",
                       "max_msgs_per_subject from unlimited to 1",
                       "max_msg_size from unlimited to 4096"};
  EXPECT_EQ(change.changes, expected);
  EXPECT_EQ(change.left, Texts{"duplicate_window is 2m"});
}

TEST(StreamChangeTest, NamesWhatNoUpdateCanChange) {
  const StreamChange memory = compare_stream(changed(R"("storage":"file")", R"("storage":"memory")"), streams()[0]);
  EXPECT_EQ(memory.fault, "its storage is memory, not file");
  EXPECT_EQ(memory.update, "");
  const StreamChange queue = compare_stream(changed(R"("limits")", R"("workqueue")"), streams()[0]);
  EXPECT_EQ(queue.fault, "its retention is workqueue, not limits");
}

TEST(StreamChangeTest, ShowsForeignTextSafely) {
  const StreamChange change = compare_stream(changed(R"("remaphore.all")", R"("\u001b[31m",7,{"a":[]})"), streams()[0]);
  EXPECT_EQ(change.changes, Texts{"subjects from \\x1b[31m to remaphore.all"});
}

}  // namespace
}  // namespace remaphore::fleet
