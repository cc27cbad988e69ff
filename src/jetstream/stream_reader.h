// Reads the messages that a stream stores for a window of time, in stream order and with several reads in flight: the
// logic of a late join, without link and clock. Its owner carries requests and answers, and limits the total time.
//
// It asks for the stream's INFO, searches for the beginning of the window, and reads up to the last message of that
// INFO. Storing lags behind delivery, so call look_again() a second after the live subscription was confirmed, and
// again after every lost link. The replay guard drops the duplicates that this causes.
//
// The server is trusted only for what it stores: answers are compared with what was asked, and the window is
// judged by the later of the server's time and the signed time of the message, so that neither a slow clock
// nor a forged message hides what lies between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ascending_map.h"
#include "base/time.h"
#include "jetstream/answer.h"
#include "jetstream/request.h"

namespace remaphore::jetstream {

class StreamReader {
 public:
  static constexpr std::size_t kMaxUnderWay = 128;  // reads: some 2 ms of a server that shares its cores with us
  static constexpr std::size_t kProbes = 15;        // in one round of the search, at most

  struct Options {
    std::string stream;
    std::string subject;                                 // no wildcards; messages on other subjects are skipped
    WallTime since;                                      // the window's beginning
    std::size_t bytes_under_way = std::size_t{8} << 20;  // of the reads, as far as sizes can be predicted
  };
  explicit StreamReader(Options options);

  // The next request to send, with a reply-to subject of its own that leads back to its ticket. nullopt: enough are in
  // flight, or there is nothing to ask.
  using Ticket = std::uint64_t;
  struct Question {
    Ticket ticket;
    Request request;
  };
  std::optional<Question> next_question();

  // The answer for this ticket; a ticket that is no longer awaited is ignored.
  void answer(Ticket ticket, std::string_view payload);
  void no_responders(Ticket ticket);

  // The next message, in the stream's order.
  std::optional<StoredMessage> next_message();

  // Everything up to the last message of the last INFO has been handed out.
  bool at_end() const { return state_ == State::kReading && next_ > last_; }
  // Asks for INFO again and reads on from the current position. Call at the end only.
  void look_again();
  // The link was lost, or an answer does not come: repeats all unanswered requests, beginning with INFO.
  void ask_again();
  std::size_t unanswered() const { return asked_.size(); }

  // Why reading cannot continue, if so.
  const std::optional<Failure>& failure() const { return failure_; }

  // Messages after the last one read that the stream no longer had when it was asked again.
  struct Loss {
    WallTime from;       // the server's time of the last message read
    std::uint64_t most;  // upper bound of their number; 0: unknown, the stream was recreated
  };
  std::optional<Loss> take_loss();

  const std::optional<StreamInfo>& info() const { return info_; }

 private:
  enum class State { kInfo, kSearching, kReading };

  void take_info(StreamInfo info);
  void start_search();
  void search();
  void judge_probes();
  void read_from(std::uint64_t sequence);
  bool may_ask();
  std::size_t most_under_way() const;
  bool in_window(const StoredMessage& message) const;
  void take_message(std::uint64_t sequence, std::optional<StoredMessage>&& message);
  void fail(Failure failure);

  const Options options_;
  State state_ = State::kInfo;
  bool info_asked_ = false;
  std::optional<StreamInfo> info_;
  std::optional<Failure> failure_;
  std::optional<Loss> loss_;

  Ticket last_ticket_ = 0;
  AscendingMap<Ticket, std::uint64_t> asked_;  // the requested sequence; 0: INFO

  // The search: the window begins between these, both inclusive.
  std::uint64_t low_ = 0, high_ = 0;
  std::size_t probes_of_round_ = 0;
  std::vector<std::uint64_t> probes_;     // not requested yet
  std::map<std::uint64_t, bool> probed_;  // whether inside the window

  // Reading.
  struct Read {
    bool answered = false;
    std::optional<StoredMessage> message = {};  // nullopt: it is gone
  };
  std::uint64_t next_ = 1;             // next to hand out
  std::uint64_t to_ask_ = 1;           // the next to request
  std::uint64_t last_ = 0;             // of the stream, at the last INFO
  bool filling_ = false;               // requests go out until enough are in flight
  std::deque<Read> reads_;             // from next_ to to_ask_
  std::optional<WallTime> last_time_;  // of the last message read
  std::size_t largest_ = 1;            // bytes, of a message so far
};

// Whether NATS delivers `subject` to a subscription for `pattern`.
bool subject_matches(std::string_view subject, std::string_view pattern);

}  // namespace remaphore::jetstream
