#include "jetstream/stream_reader.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "support/fake_stream.h"
#include "support/test_messages.h"

namespace remaphore::jetstream {
namespace {

using std::chrono::seconds;

const WallTime kNoon{seconds(1'800'000'000)};

StreamConfig config() {
  StreamConfig config;
  config.name = "REMAPHORE";
  config.subjects = {"remaphore.all", "remaphore.night"};
  return config;
}

// A message that says when it was signed; nobody here looks at its signature.
std::string signed_at(WallTime time, int number) {
  char hex[17];
  std::snprintf(hex, sizeof hex, "%llx", static_cast<unsigned long long>(time.time_since_epoch().count()));
  return "pub,sig,**," + std::string(hex) + ",aa,ping,_," + std::to_string(number);
}

class StreamReaderTest : public ::testing::Test {
 protected:
  // A message a second, signed when it is stored.
  void store(int count) {
    for (int i = 0; i < count; ++i, now_ += seconds(1))
      stream_.store("remaphore.all", signed_at(now_, ++stored_), now_);
  }
  StreamReader reader(WallTime since) {
    return StreamReader({.stream = "REMAPHORE", .subject = "remaphore.all", .since = since});
  }

  // Answers everything, in an order of its own, until there are no more requests.
  void serve(StreamReader& reader) {
    std::deque<StreamReader::Question> open;
    while (true) {
      while (auto question = reader.next_question()) open.push_back(std::move(*question));
      most_open_ = std::max(most_open_, open.size());
      if (open.empty()) break;
      ++rounds_;
      std::shuffle(open.begin(), open.end(), random_);
      for (const auto& question : std::exchange(open, {})) {
        ++asked_;
        reader.answer(question.ticket, stream_.answer(question.request));
      }
      while (auto message = reader.next_message()) got_.push_back(message->sequence);
    }
  }
  std::vector<std::uint64_t> range(std::uint64_t from, std::uint64_t to) {
    std::vector<std::uint64_t> numbers;
    for (; from <= to; ++from) numbers.push_back(from);
    return numbers;
  }

  test::FakeStream stream_{config(), kNoon};
  WallTime now_ = kNoon;
  int stored_ = 0;
  std::mt19937 random_{7};
  std::vector<std::uint64_t> got_;
  std::size_t most_open_ = 0;
  int asked_ = 0, rounds_ = 0;
};

TEST_F(StreamReaderTest, AnEmptyStreamIsAtItsEndAtOnce) {
  auto empty = reader(kNoon);
  EXPECT_FALSE(empty.at_end());
  serve(empty);
  EXPECT_TRUE(empty.at_end());
  EXPECT_TRUE(got_.empty());
  EXPECT_EQ(asked_, 1);
}

TEST_F(StreamReaderTest, ReadsAllOfAShortStreamInOrder) {
  store(50);
  auto all = reader(kNoon);
  serve(all);
  EXPECT_EQ(got_, range(1, 50));
  EXPECT_TRUE(all.at_end());
}

TEST_F(StreamReaderTest, FindsTheWindowsBeginningInAFewRounds) {
  store(20'000);
  auto late = reader(kNoon + seconds(19'900));
  serve(late);
  ASSERT_FALSE(got_.empty());
  EXPECT_LE(got_.front(), 19'901u);
  EXPECT_GE(got_.front(), 19'901u - StreamReader::kMaxUnderWay);
  EXPECT_EQ(got_.back(), 20'000u);
  EXPECT_LE(rounds_, 8);
  EXPECT_LE(asked_, 250);
  EXPECT_LE(most_open_, StreamReader::kMaxUnderWay);
}

TEST_F(StreamReaderTest, AsksForAQuarterOfTheWindowAtATime) {
  store(300);
  auto all = reader(kNoon);
  const auto info = all.next_question();
  all.answer(info->ticket, stream_.answer(info->request));
  std::deque<StreamReader::Question> open;
  const auto ask = [&] {
    while (auto question = all.next_question()) open.push_back(std::move(*question));
    return open.size();
  };
  // The search first: 300 messages are more than a window.
  while (got_.empty()) {
    ask();
    for (const auto& question : std::exchange(open, {})) all.answer(question.ticket, stream_.answer(question.request));
    while (auto message = all.next_message()) got_.push_back(message->sequence);
  }
  ASSERT_EQ(ask(), StreamReader::kMaxUnderWay);
  for (std::size_t answered = 1; answered <= StreamReader::kMaxUnderWay / 4; ++answered) {
    EXPECT_EQ(ask(), StreamReader::kMaxUnderWay + 1 - answered);
    all.answer(open.front().ticket, stream_.answer(open.front().request));
    open.pop_front();
    EXPECT_TRUE(all.next_message());
  }
  EXPECT_EQ(ask(), StreamReader::kMaxUnderWay);
}

TEST_F(StreamReaderTest, LargeMessagesAreReadWithFewUnderWay) {
  for (int i = 0; i < 100; ++i) stream_.store("remaphore.all", std::string(1000, 'x'), kNoon);
  StreamReader large({"REMAPHORE", "remaphore.all", kNoon, 8000});
  serve(large);
  EXPECT_EQ(got_, range(1, 100));
  EXPECT_EQ(most_open_, 8u);
}

TEST_F(StreamReaderTest, MessagesOnOtherSubjectsArePassedOver) {
  store(2);
  stream_.store("remaphore.night", "x", now_);
  store(1);
  auto all = reader(kNoon);
  serve(all);
  EXPECT_EQ(got_, (std::vector<std::uint64_t>{1, 2, 4}));
}

TEST_F(StreamReaderTest, HolesArePassedOver) {
  store(400);
  for (std::uint64_t gone = 100; gone < 300; ++gone) stream_.forget(gone);
  auto all = reader(kNoon);
  serve(all);
  std::vector<std::uint64_t> expected = range(1, 99);
  for (const auto number : range(300, 400)) expected.push_back(number);
  EXPECT_EQ(got_, expected);
}

TEST_F(StreamReaderTest, ASecondLookReadsWhatCameMeanwhile) {
  store(10);
  auto all = reader(kNoon);
  serve(all);
  store(5);
  EXPECT_TRUE(all.at_end());
  all.look_again();
  EXPECT_FALSE(all.at_end());
  serve(all);
  EXPECT_EQ(got_, range(1, 15));
  EXPECT_FALSE(all.take_loss());
}

TEST_F(StreamReaderTest, AServersClockThatIsBehindHidesNothing) {
  for (int i = 0; i < 5000; ++i, now_ += seconds(1)) {
    stream_.store("remaphore.all", signed_at(now_, i), now_ - std::chrono::hours(10));
  }
  auto late = reader(kNoon + seconds(4000));
  serve(late);
  EXPECT_LE(got_.front(), 4001u);
  EXPECT_EQ(got_.back(), 5000u);
}

TEST_F(StreamReaderTest, ForgedTimesHideNothing) {
  for (int i = 0; i < 5000; ++i, now_ += seconds(1)) {
    const WallTime said = i % 2 == 0 ? WallTime(seconds(1)) : WallTime::max();
    stream_.store("remaphore.all", i % 3 == 0 ? "no message at all" : signed_at(i % 5 == 0 ? now_ : said, i), now_);
  }
  auto late = reader(kNoon + seconds(4000));
  serve(late);
  EXPECT_LE(got_.front(), 4001u);
  EXPECT_EQ(got_.back(), 5000u);
}

TEST_F(StreamReaderTest, AfterALostLinkItReadsOnWhereItWas) {
  store(300);
  auto all = reader(kNoon);
  std::vector<StreamReader::Question> open;
  while (got_.size() < 100) {
    while (auto question = all.next_question()) open.push_back(std::move(*question));
    ASSERT_FALSE(open.empty());
    all.answer(open.front().ticket, stream_.answer(open.front().request));
    open.erase(open.begin());
    while (auto message = all.next_message()) got_.push_back(message->sequence);
  }
  store(20);
  all.ask_again();
  for (const auto& late : open) all.answer(late.ticket, stream_.answer(late.request));  // of the old link
  EXPECT_FALSE(all.next_message());
  serve(all);
  EXPECT_EQ(got_, range(1, 320));
}

TEST_F(StreamReaderTest, ALinkLostDuringTheSearchRestartsIt) {
  store(5000);
  auto late = reader(kNoon + seconds(4000));
  auto info = late.next_question();
  late.answer(info->ticket, stream_.answer(info->request));
  for (int i = 0; i < 7; ++i) {
    const auto probe = late.next_question();
    late.answer(probe->ticket, stream_.answer(probe->request));
  }
  late.ask_again();
  serve(late);
  EXPECT_LE(got_.front(), 4001u);
  EXPECT_EQ(got_.back(), 5000u);
}

TEST_F(StreamReaderTest, ReportsWhatTheStreamHasLostMeanwhile) {
  store(10);
  auto all = reader(kNoon);
  serve(all);
  store(10);
  stream_.forget_before(16);
  all.ask_again();
  serve(all);
  const auto loss = all.take_loss();
  ASSERT_TRUE(loss);
  EXPECT_EQ(loss->from, kNoon + seconds(9));
  EXPECT_EQ(loss->most, 5u);
  EXPECT_EQ(got_.size(), 15u);
  EXPECT_FALSE(all.take_loss());
}

TEST_F(StreamReaderTest, ARecreatedStreamIsReadFromItsBeginning) {
  store(10);
  auto all = reader(kNoon);
  serve(all);
  got_.clear();
  stream_.make_anew(now_);
  store(3);
  all.ask_again();
  serve(all);
  EXPECT_EQ(got_, range(1, 3));
  EXPECT_EQ(all.take_loss()->most, 0u);
}

TEST_F(StreamReaderTest, SequencesThatWentBackAreAnotherStream) {
  test::FakeStream older(config(), kNoon);
  for (int i = 0; i < 4; ++i) older.store("remaphore.all", "x", now_);
  store(10);
  auto all = reader(kNoon);
  serve(all);
  got_.clear();
  stream_ = older;
  all.ask_again();
  serve(all);
  EXPECT_EQ(got_, range(1, 4));
  EXPECT_TRUE(all.take_loss());
}

TEST_F(StreamReaderTest, RefusesAStreamThatDoesNotKeepTheSubject) {
  StreamReader other({.stream = "REMAPHORE", .subject = "remaphore.day", .since = kNoon});
  serve(other);
  ASSERT_TRUE(other.failure());
  EXPECT_EQ(other.failure()->kind, Failure::Kind::kNotKept);
  EXPECT_EQ(other.failure()->text, "stream REMAPHORE does not keep remaphore.day");
  EXPECT_FALSE(other.next_question());
}

TEST_F(StreamReaderTest, ReportsThatThereIsNoStream) {
  StreamReader other({.stream = "ELSEWHERE", .subject = "remaphore.all", .since = kNoon});
  serve(other);
  ASSERT_TRUE(other.failure());
  EXPECT_EQ(other.failure()->kind, Failure::Kind::kNoStream);
}

TEST_F(StreamReaderTest, NobodyAtTheApiMeansThatJetStreamIsOff) {
  auto all = reader(kNoon);
  const auto info = all.next_question();
  all.no_responders(info->ticket + 1);
  EXPECT_FALSE(all.failure());
  all.no_responders(info->ticket);
  ASSERT_TRUE(all.failure());
  EXPECT_EQ(all.failure()->kind, Failure::Kind::kOff);
}

TEST_F(StreamReaderTest, AnAnswerToAnotherQuestionIsRefused) {
  store(10);
  auto all = reader(kNoon);
  auto question = all.next_question();
  all.answer(question->ticket, stream_.answer(question->request));
  question = all.next_question();
  all.answer(question->ticket, stream_.answer(message_at("REMAPHORE", 9)));
  ASSERT_TRUE(all.failure());
  EXPECT_EQ(all.failure()->kind, Failure::Kind::kMalformed);
  EXPECT_EQ(all.failure()->text, "asked for message 1, the answer holds 9");
}

TEST_F(StreamReaderTest, AnInfoAboutAnotherStreamIsRefused) {
  StreamConfig other = config();
  other.name = "OTHER";
  const test::FakeStream theirs(other, kNoon);
  auto all = reader(kNoon);
  const auto question = all.next_question();
  all.answer(question->ticket, theirs.answer(stream_info("OTHER")));
  ASSERT_TRUE(all.failure());
  EXPECT_EQ(all.failure()->kind, Failure::Kind::kMalformed);
}

TEST_F(StreamReaderTest, AnswersToNoRequestAreSkipped) {
  store(3);
  auto all = reader(kNoon);
  all.answer(1, "garbage");
  all.answer(99, "garbage");
  serve(all);
  all.answer(1, "garbage");
  EXPECT_FALSE(all.failure());
  EXPECT_EQ(got_, range(1, 3));
}

TEST_F(StreamReaderTest, AnyStreamAndAnyOrderOfAnswersComesOutWholeAndOnce) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    random_.seed(seed);
    test::FakeStream stream(config(), kNoon);
    std::vector<std::uint64_t> expected;
    const int count = static_cast<int>(random_() % 600);
    const int window = static_cast<int>(random_() % 700);
    WallTime time = kNoon;
    for (int i = 0; i < count; ++i) {
      time += seconds(random_() % 3);
      const bool ours = random_() % 10 != 0;
      stream.store(ours ? "remaphore.all" : "remaphore.night", signed_at(time, i), time);
      if (random_() % 20 == 0) {
        stream.forget(stream.last());
      } else if (ours && time >= kNoon + seconds(window)) {
        expected.push_back(stream.last());
      }
    }
    stream_ = stream;
    got_.clear();
    auto some = reader(kNoon + seconds(window));
    serve(some);
    ASSERT_TRUE(some.at_end()) << seed;
    ASSERT_TRUE(std::is_sorted(got_.begin(), got_.end())) << seed;
    ASSERT_EQ(std::adjacent_find(got_.begin(), got_.end()), got_.end()) << seed;
    ASSERT_TRUE(std::includes(got_.begin(), got_.end(), expected.begin(), expected.end())) << seed;
  }
}

TEST(SubjectMatchesTest, AsNatsDelivers) {
  EXPECT_TRUE(subject_matches("remaphore.all", "remaphore.all"));
  EXPECT_TRUE(subject_matches("remaphore.all", "remaphore.*"));
  EXPECT_TRUE(subject_matches("remaphore.all", "remaphore.>"));
  EXPECT_TRUE(subject_matches("remaphore.all", ">"));
  EXPECT_TRUE(subject_matches("a.b.c", "a.>"));
  EXPECT_FALSE(subject_matches("remaphore.all", "remaphore"));
  EXPECT_FALSE(subject_matches("remaphore", "remaphore.>"));
  EXPECT_FALSE(subject_matches("remaphore.all.x", "remaphore.*"));
  EXPECT_FALSE(subject_matches("remaphore.alle", "remaphore.all"));
}

}  // namespace
}  // namespace remaphore::jetstream
