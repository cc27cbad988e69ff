#include "io/audit_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/fake_clock.h"
#include "support/recording_log.h"
#include "support/test_folder.h"

namespace remaphore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class AuditFileTest : public testing::Test {
 protected:
  AuditFileTest() : key_(test::public_text(2)), peers_({{"node2", key_, VerbList("*"), 1}}) {}

  std::unique_ptr<AuditFile> opened() { return std::move(*AuditFile::open(path_, clock_, log_)); }
  AuditEntry entry(const std::string& verb = "deploy") const {
    Message message = test::message_saying("secret payload");
    message.verb = verb;
    const ReplayGuard guard(1);
    const Filter filter;
    auto screened = screen_message(test::signed_by(2, message), test::noon() + milliseconds(1),
                                   {peers_, filter, seconds(5), guard});
    return AuditEntry(*verify_message(std::move(*screened)));
  }
  std::vector<nlohmann::json> lines() const {
    std::vector<nlohmann::json> all;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) all.push_back(nlohmann::json::parse(line));
    return all;
  }

  const std::string key_;
  const Peers peers_;
  test::FakeClock clock_;
  test::RecordingLog log_;
  test::TestFolder folder_;
  const std::string path_ = folder_.path("audit");
};

TEST_F(AuditFileTest, WritesALinePerMessage) {
  AuditEntry ran = entry();
  ran.action = "ran";
  ran.exit_status = 3;
  ran.duration = milliseconds(1500);
  const auto audit = opened();
  audit->record(ran);
  ASSERT_EQ(lines().size(), 1u);
  const nlohmann::json expected = {
      {"time", "2023-11-14T22:13:20.001000Z"},
      {"peer", "node2"},
      {"public_key", key_},
      {"destination", "**"},
      {"verb", "deploy"},
      {"uuid", lines()[0]["uuid"]},
      {"action", "ran"},
      {"exit", 3},
      {"seconds", 1.5},
  };
  EXPECT_EQ(lines()[0], expected);
}

TEST_F(AuditFileTest, WritesValidJsonWhateverAPeerSends) {
  const auto audit = opened();
  const std::string verb("\xff\"\n\0\x1b", 5);
  audit->record(entry(verb));
  ASSERT_EQ(lines().size(), 1u);
  EXPECT_EQ(lines()[0]["verb"], std::string("\xef\xbf\xbd\"\n\0\x1b", 7));
}

TEST_F(AuditFileTest, SummarisesRefusalsOnceASecond) {
  const Peer& peer = peers_.all()[0];
  clock_.advance(seconds(10));
  const auto audit = opened();
  for (int i = 0; i < 1000; ++i) {
    audit->refused({RefusalCode::kSignature, "", &peer, {}});
    audit->refused({RefusalCode::kPeer, "", nullptr, {}});
    audit->refused({RefusalCode::kFiltered, "", &peer, {}});  // for another node: nothing is wrong with it
  }
  ASSERT_EQ(lines().size(), 1u);
  clock_.advance(seconds(1));
  audit->tick();
  ASSERT_EQ(lines().size(), 2u);
  EXPECT_EQ(lines()[1]["action"], "refused");
  EXPECT_EQ(lines()[1]["refused"], (nlohmann::json{{"signature", 999}, {"peer", 1000}}));
  EXPECT_EQ(lines()[1]["claimed"], (nlohmann::json{{"node2", 999}}));
  EXPECT_EQ(lines()[1]["unnamed"], 1000);
  audit->tick();
  EXPECT_EQ(lines().size(), 2u);
}

TEST_F(AuditFileTest, SummarisesTheRestAtTheEnd) {
  auto audit = opened();
  audit->refused({RefusalCode::kSkew, "", nullptr, {}});
  audit->refused({RefusalCode::kFormat, "", nullptr, {}});
  audit.reset();
  ASSERT_EQ(lines().size(), 2u);
  EXPECT_EQ(lines()[1]["refused"], (nlohmann::json{{"format", 1}}));
}

TEST_F(AuditFileTest, AppendsToWhatIsThere) {
  opened()->record(entry());
  opened()->record(entry());
  EXPECT_EQ(lines().size(), 2u);
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
}

TEST_F(AuditFileTest, FollowsARotation) {
  const auto audit = opened();
  audit->record(entry());
  std::filesystem::rename(path_, folder_.path("audit.1"));
  audit->record(entry());
  audit->record(entry());
  EXPECT_EQ(lines().size(), 2u);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(AuditFileTest, GoesOnInTheOldFileIfTheNewOneIsNotForIt) {
  const auto audit = opened();
  audit->record(entry());
  std::filesystem::rename(path_, folder_.path("audit.1"));
  std::filesystem::create_directory(path_);  // which even root cannot write
  audit->record(entry());
  audit->record(entry());
  EXPECT_EQ(log_.count("cannot be reopened for the audit"), 1u);
  EXPECT_EQ(std::filesystem::file_size(folder_.path("audit.1")) % 3, 0u);
  EXPECT_FALSE(audit->is_incomplete());
  std::filesystem::remove(path_);
  audit->record(entry());
  EXPECT_EQ(lines().size(), 1u);
}

TEST_F(AuditFileTest, KnowsBeforehandThatThereIsNoRoom) {
  const auto fine = opened();
  EXPECT_TRUE(fine->can_record());
  EXPECT_FALSE(fine->is_incomplete());
  EXPECT_EQ(std::filesystem::file_size(path_), 0u);
  const auto full = std::move(*AuditFile::open("/dev/full", clock_, log_));
  EXPECT_FALSE(full->can_record());
  EXPECT_EQ(log_.text(), "error: /dev/full: the audit cannot be written: No space left on device\n");
  EXPECT_FALSE(full->is_incomplete());
  full->record(entry());
  EXPECT_TRUE(full->is_incomplete());
}

TEST_F(AuditFileTest, SaysOnceThatItCannotBeWritten) {
  const auto refused = AuditFile::open(folder_.path("absent/audit"), clock_, log_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kUsage);

  const auto full = std::move(*AuditFile::open("/dev/full", clock_, log_));
  full->record(entry());
  full->record(entry());
  EXPECT_EQ(log_.text(), "error: /dev/full: the audit cannot be written: No space left on device\n");
}

}  // namespace
}  // namespace remaphore
