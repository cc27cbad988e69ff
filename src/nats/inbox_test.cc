#include "nats/inbox.h"

#include <gtest/gtest.h>

#include "core/subject.h"
#include "nats/nkey.h"
#include "support/test_messages.h"

namespace remaphore::nats {
namespace {

TEST(InboxTest, IsNamedAfterTheUsersKey) {
  const PublicKey user = test::key_of(7).public_key();
  EXPECT_EQ(inbox_prefix(user), "_INBOX." + encode_public(NkeyKind::kUser, user));
  EXPECT_TRUE(subject::check(inbox_prefix(user)));
  EXPECT_NE(inbox_prefix(user), inbox_prefix(test::key_of(8).public_key()));
}

}  // namespace
}  // namespace remaphore::nats
