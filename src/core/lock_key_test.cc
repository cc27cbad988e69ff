#include "core/lock_key.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/config_parser.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

TEST(LockNameTest, IsOneToSixtyFourLettersDigitsUnderscoresAndDashes) {
  for (const char* name : {"nightly", "A", "db_2-eu", "0"}) EXPECT_TRUE(lock_key::check_name(name)) << name;
  EXPECT_TRUE(lock_key::check_name(std::string(64, 'x')));
  for (const char* name : {"", "a.b", "a b", "*", ">", "a\nb", "ä", "a/b"}) {
    const auto checked = lock_key::check_name(name);
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().code, Errc::kUsage);
  }
  EXPECT_FALSE(lock_key::check_name(std::string(65, 'x')));
}

TEST(LockKeyTest, SubjectsAreReadAsTheyAreWritten) {
  const std::string id = lock_key::random_id();
  EXPECT_TRUE(lock_key::is_id(id));
  EXPECT_NE(id, lock_key::random_id());
  const std::string full = lock_key::subject_of("remaphore", "nightly", id);
  EXPECT_EQ(full, "remaphore.lock.nightly." + id);
  const auto key = lock_key::parse_subject(full, "remaphore");
  ASSERT_TRUE(key);
  EXPECT_EQ(key->name, "nightly");
  EXPECT_EQ(key->id, id);
}

TEST(LockKeyTest, OtherSubjectsAreNone) {
  const std::string id = lock_key::random_id();
  for (const std::string& full : std::vector<std::string>{
           "remaphore.lock.nightly", "remaphore.lock.nightly.x", "other.lock.nightly." + id, "remaphore.lock." + id,
           "remaphore.lock.a.b." + id, "remaphore.lock.nightly." + id + "0", "remaphore.all", ""}) {
    EXPECT_FALSE(lock_key::parse_subject(full, "remaphore")) << full;
  }
}

TEST(LockKeyTest, TheBindingDiffersForEverySubject) {
  EXPECT_EQ(lock_key::binding("remaphore.lock.a.0"), lock_key::binding("remaphore.lock.a.0"));
  EXPECT_NE(lock_key::binding("remaphore.lock.a.0"), lock_key::binding("remaphore.lock.a.1"));
  EXPECT_EQ(lock_key::binding("x").bytes().size(), 12u);
}

TEST(LockVerbTest, RightsAreForAllLocksOrForOne) {
  EXPECT_EQ(lock_key::permitted_verb(VerbList("ping,lock"), "nightly"), "lock");
  EXPECT_EQ(lock_key::permitted_verb(VerbList("*"), "nightly"), "lock");
  EXPECT_EQ(lock_key::permitted_verb(VerbList("lock.nightly"), "Nightly"), "lock.nightly");  // configs hold lowercase
  EXPECT_EQ(lock_key::permitted_verb(VerbList("lock.other,ping"), "nightly"), "");
}

Config config_with(const std::string& verbs) {
  std::string text = test::config_text({1});
  text.replace(text.find("[*]"), 3, "[" + verbs + "]");
  return std::move(*parse_config(std::vector<char>(text.begin(), text.end()), "test"));
}

TEST(LockVerbTest, AnIdentityWithEitherVerbSigns) {
  EXPECT_TRUE(lock_key::identity_for(config_with("lock"), "nightly", ""));
  EXPECT_TRUE(lock_key::identity_for(config_with("ping, lock.nightly"), "nightly", ""));
}

TEST(LockVerbTest, WithoutTheVerbItIsAnErrorThatNamesBoth) {
  const auto none = lock_key::identity_for(config_with("ping"), "nightly", "");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::kUsage);
  EXPECT_EQ(none.error().message, "no configured identity may use the verb lock or lock.nightly");
}

}  // namespace
}  // namespace remaphore
