#include "io/state_dir.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "support/test_folder.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

class StateDirTest : public testing::Test {
 protected:
  static GuardRecord record(int number, std::int64_t time = test::kNoon) {
    return {keys::sha256(std::to_string(number)), WallTime(Duration(time)), test::key_of(2).public_key()};
  }
  std::unique_ptr<StateDir> opened() {
    auto dir = StateDir::open(path_);
    if (!dir) throw std::runtime_error(dir.error().message);
    return std::move(*dir);
  }
  // "number number" of the records that a new listener would find; numbers up to 20.
  std::string found() {
    std::string all;
    for (const GuardRecord& one : opened()->take_restored()) {
      for (int i = 0; i < 20; ++i) {
        if (one.key == record(i).key) all += std::to_string(i) + " ";
      }
    }
    return all;
  }
  void damage(std::size_t at) {
    std::fstream file(path_ + "/guard", std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char changed = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(changed);
  }

  test::TestFolder folder_;
  const std::string path_ = folder_.path("state");
};

TEST_F(StateDirTest, KeepsRecordsAcrossRestarts) {
  {
    const auto dir = opened();
    EXPECT_TRUE(dir->take_restored().empty());
    EXPECT_TRUE(dir->append(record(1)));
    EXPECT_TRUE(dir->append({Digest{}, WallTime::min(), PublicKey{}}));
    EXPECT_TRUE(dir->append(record(2, -1)));
  }
  const auto restored = opened()->take_restored();
  ASSERT_EQ(restored.size(), 3u);
  EXPECT_EQ(restored[0].key, record(1).key);
  EXPECT_EQ(restored[0].time, test::noon());
  EXPECT_EQ(restored[0].peer, test::key_of(2).public_key());
  EXPECT_TRUE(restored[1].is_span());
  EXPECT_EQ(restored[1].time, WallTime::min());
  EXPECT_EQ(restored[2].time, WallTime(Duration(-1)));
}

TEST_F(StateDirTest, BelongsToItsOwnerAlone) {
  const auto dir = opened();
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
  ASSERT_EQ(stat((path_ + "/guard").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(StateDirTest, ServesOneListenerAtATime) {
  auto dir = opened();
  const auto second = StateDir::open(path_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kUsage);
  EXPECT_NE(second.error().message.find("in use by another listener"), std::string::npos);
  dir.reset();
  EXPECT_TRUE(StateDir::open(path_));
}

TEST_F(StateDirTest, DropsATornTailAndContinuesFromThere) {
  {
    const auto dir = opened();
    EXPECT_TRUE(dir->append(record(1)));
    EXPECT_TRUE(dir->append(record(2)));
  }
  std::filesystem::resize_file(path_ + "/guard", 2 * StateDir::kRecordBytes - 1);
  {
    const auto dir = opened();
    EXPECT_EQ(dir->take_restored().size(), 1u);
    EXPECT_TRUE(dir->append(record(3)));
  }
  EXPECT_EQ(found(), "1 3 ");
}

TEST_F(StateDirTest, PassesOverADamagedRecordAndNoOther) {
  {
    const auto dir = opened();
    for (int i = 1; i <= 3; ++i) EXPECT_TRUE(dir->append(record(i)));
  }
  for (std::size_t at = 0; at < StateDir::kRecordBytes; ++at) {
    damage(StateDir::kRecordBytes + at);
    ASSERT_EQ(found(), "1 3 ") << at;
    damage(StateDir::kRecordBytes + at);
    ASSERT_EQ(found(), "1 2 3 ") << at;
  }
}

TEST_F(StateDirTest, CountsWhatCannotBeRead) {
  EXPECT_EQ(opened()->damaged(), 0u);
  {
    const auto dir = opened();
    for (int i = 1; i <= 3; ++i) EXPECT_TRUE(dir->append(record(i)));
  }
  EXPECT_EQ(opened()->damaged(), 0u);
  damage(StateDir::kRecordBytes + 5);
  EXPECT_EQ(opened()->damaged(), 1u);
  std::filesystem::resize_file(path_ + "/guard", 3 * StateDir::kRecordBytes - 1);
  const auto before = std::chrono::system_clock::now();
  const auto dir = opened();
  EXPECT_EQ(dir->damaged(), 2u);
  EXPECT_LE(dir->last_written(), before);
  EXPECT_GT(dir->last_written(), before - std::chrono::minutes(1));
}

TEST_F(StateDirTest, KeepsSpansWithBothEnds) {
  {
    const auto dir = opened();
    EXPECT_TRUE(dir->append({Digest{}, test::noon(), PublicKey{}, test::noon() - std::chrono::hours(1)}));
    EXPECT_TRUE(dir->append({Digest{}, test::noon(), PublicKey{}}));
  }
  const auto restored = opened()->take_restored();
  ASSERT_EQ(restored.size(), 2u);
  EXPECT_EQ(restored[0].since, test::noon() - std::chrono::hours(1));
  EXPECT_EQ(restored[1].since, WallTime::min());
}

TEST_F(StateDirTest, FollowsNoLinkAtItsFiles) {
  for (const char* name : {"lock", "guard"}) {
    std::filesystem::create_directory(path_);
    std::ofstream(folder_.path("precious")) << "x";
    std::filesystem::create_symlink(folder_.path("precious"), path_ + "/" + name);
    EXPECT_FALSE(StateDir::open(path_)) << name;
    EXPECT_EQ(std::filesystem::file_size(folder_.path("precious")), 1u);
    std::filesystem::remove_all(path_);
  }
}

TEST_F(StateDirTest, IsRewrittenWithWhatIsStillNeeded) {
  {
    const auto dir = opened();
    for (int i = 1; i <= 10; ++i) EXPECT_TRUE(dir->append(record(i)));
    EXPECT_TRUE(dir->rewrite({record(4), record(7)}));
    EXPECT_TRUE(dir->append(record(11)));
  }
  EXPECT_EQ(found(), "4 7 11 ");
  EXPECT_FALSE(std::filesystem::exists(path_ + "/guard.new"));
}

TEST_F(StateDirTest, IsLongOnceMostOfItIsOld) {
  const auto dir = opened();
  for (int i = 0; i < 4096; ++i) ASSERT_TRUE(dir->append(record(i)));
  EXPECT_FALSE(dir->is_long(0));
  ASSERT_TRUE(dir->append(record(4096)));
  EXPECT_TRUE(dir->is_long(0));
  EXPECT_TRUE(dir->is_long(1024));
  EXPECT_FALSE(dir->is_long(1025));
}

TEST_F(StateDirTest, NamesWhatCannotBeUsed) {
  std::ofstream(folder_.path("file")) << "x";
  for (const char* name : {"file", "absent/state"}) {
    const auto refused = StateDir::open(folder_.path(name));
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, Errc::kUsage);
    EXPECT_NE(refused.error().message.find(folder_.path(name)), std::string::npos);
  }
}

}  // namespace
}  // namespace remaphore
