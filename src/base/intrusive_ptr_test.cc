#include "base/intrusive_ptr.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace remaphore {
namespace {

struct Counted {
  mutable int references = 0;
  mutable int freed = 0;
};
void add_reference(const Counted* object) { ++object->references; }
void drop_reference(const Counted* object) {
  if (--object->references == 0) ++object->freed;
}
using Ptr = IntrusivePtr<Counted>;

TEST(IntrusivePtrTest, FreesItsObjectWithTheLastReferenceAndNotBefore) {
  const Counted object;
  {
    const Ptr first(&object);
    {
      std::vector<Ptr> copies(3, first);
      copies.pop_back();
      EXPECT_EQ(object.references, 3);
    }
    EXPECT_EQ(object.references, 1);
    EXPECT_EQ(object.freed, 0);
  }
  EXPECT_EQ(object.freed, 1);
}

TEST(IntrusivePtrTest, MovesWithoutCounting) {
  const Counted object;
  Ptr from(&object);
  const Ptr to(std::move(from));
  EXPECT_EQ(from.get(), nullptr);  // NOLINT(bugprone-use-after-move): that is what it says
  EXPECT_EQ(to.get(), &object);
  EXPECT_EQ(object.references, 1);
}

TEST(IntrusivePtrTest, AssignmentDropsWhatWasThere) {
  const Counted one, other;
  Ptr first(&one);
  const Ptr second(&other);
  first = second;
  EXPECT_EQ(one.freed, 1);
  EXPECT_EQ(other.references, 2);
  EXPECT_EQ(first, second);
  Ptr& same = first;
  first = same;
  EXPECT_EQ(other.references, 2);
}

}  // namespace
}  // namespace remaphore
