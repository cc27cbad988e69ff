#include "core/gathering.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

TEST(GatheringTest, KeepsTheColumnsOfATable) {
  Gathering gathering;
  gathering.add("com.a", {"0", "  total used\n1 2 \n\n"});
  EXPECT_EQ(gathering.take(), "---------------\ncom.a\n---------------\n  total used\n1 2\n");
}

TEST(GatheringTest, FoldsEqualAnswersUnderTheirNodesInOrder) {
  Gathering gathering;
  gathering.add("com.right", {"0", "same\nlines\n"});
  gathering.add("com.left", {"0", "same\nlines"});
  gathering.add("com.other", {"0", "another"});
  EXPECT_EQ(gathering.take(),
            "---------------\ncom.left,com.right (2)\n---------------\nsame\nlines\n"
            "---------------\ncom.other\n---------------\nanother\n");
}

TEST(GatheringTest, PutsTheMostNodesFirstAndFailuresLast) {
  Gathering gathering;
  for (const char* node : {"a", "b", "c"}) gathering.add(node, {"1", "failed"});
  gathering.add("d", {"0", "alone"});
  for (const char* node : {"e", "f"}) gathering.add(node, {"0", "two"});
  gathering.add("g", {"-1", "failed"});
  EXPECT_EQ(gathering.take(),
            "---------------\ne,f (2)\n---------------\ntwo\n"
            "---------------\nd\n---------------\nalone\n"
            "---------------\na,b,c (3): exit status 1\n---------------\nfailed\n"
            "---------------\ng: exit status -1\n---------------\nfailed\n");
}

TEST(GatheringTest, DistinguishesEqualOutputsOfDifferentStatus) {
  Gathering gathering;
  gathering.add("a", {"0", "x"});
  gathering.add("b", {"00", "x"});
  gathering.add("c", {"2", "x"});
  EXPECT_EQ(gathering.take(),
            "---------------\na,b (2)\n---------------\nx\n---------------\nc: exit status 2\n---------------\nx\n");
}

TEST(GatheringTest, NamesANodeOnceInARecordAndInEveryRecordItIsIn) {
  Gathering gathering;
  gathering.add("a", {"0", "x"});
  gathering.add("a", {"0", "x"});
  gathering.add("a", {"0", "y"});
  EXPECT_EQ(gathering.take(), "---------------\na\n---------------\nx\n---------------\na\n---------------\ny\n");
}

TEST(GatheringTest, HasNoLinesForAnEmptyOutput) {
  Gathering gathering;
  gathering.add("a", {"0", " \n"});
  EXPECT_EQ(gathering.take(), "---------------\na\n---------------\n");
}

TEST(GatheringTest, UsesARuleThatIsInNoOutput) {
  Gathering gathering;
  const std::string fifteen(15, '-'), sixteen(16, '-'), seventeen(17, '-'), eighteen(18, '-');
  gathering.add("liar", {"0", fifteen + "\ncom.bank\n" + fifteen + "\nforged\n" + seventeen});
  gathering.add("other", {"0", "x\n" + sixteen + " \r"});  // as long, to the eye
  EXPECT_EQ(gathering.take(), eighteen + "\nliar\n" + eighteen + "\n" + fifteen + "\ncom.bank\n" + fifteen +
                                  "\nforged\n" + seventeen + "\n" + eighteen + "\nother\n" + eighteen + "\nx\n" +
                                  sixteen + "\n");
}

TEST(GatheringTest, TakesALoneCarriageReturnForTheEndOfALine) {
  Gathering gathering;
  const std::string fifteen(15, '-'), sixteen(16, '-');
  gathering.add("liar", {"0", "x\r" + fifteen + "\rcom.bank\r" + fifteen + "\rforged"});
  EXPECT_EQ(gathering.take().substr(0, 17), sixteen + "\n");
}

// Later output may hold any rule of dashes that was printed before.
TEST(GatheringTest, HasOneRuleInSeveralBatchesThatNobodyCanForge) {
  Gathering gathering;
  gathering.add("a", {"0", "x"});
  const std::string first = gathering.take(Gathering::More::kMayCome);
  const std::string rule = first.substr(0, first.find('\n'));
  EXPECT_EQ(rule.substr(0, 16), std::string(15, '-') + " ");
  EXPECT_EQ(rule.size(), 16u + 32u);
  EXPECT_EQ(first, rule + "\na\n" + rule + "\nx\n");
  gathering.add("b", {"0", std::string(15, '-')});
  EXPECT_EQ(gathering.take(), rule + "\nb\n" + rule + "\n" + std::string(15, '-') + "\n");
  Gathering other;
  other.add("a", {"0", "x"});
  EXPECT_NE(other.take(Gathering::More::kMayCome).substr(0, rule.size()), rule);
}

TEST(GatheringTest, ForgetsWhatWasTaken) {
  Gathering gathering;
  EXPECT_EQ(gathering.take(), "");
  gathering.add("a", {"0", "12345"});
  gathering.add("b", {"0", "12345"});
  EXPECT_EQ(gathering.bytes(), 7u);
  gathering.take();
  EXPECT_EQ(gathering.bytes(), 0u);
  EXPECT_EQ(gathering.take(), "");
}

}  // namespace
}  // namespace remaphore
