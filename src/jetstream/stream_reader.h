// Reads what a stream keeps of a window of time, in the stream's order and with several reads under way: the rules of a
// late join, without link and clock. Who owns it carries questions and answers, and bounds the whole in time.
//
// It asks for the stream's INFO, searches where the window begins, and reads on to what was last then. Storing lags
// behind delivering, so look_again() has to follow, a second after the live subscription was confirmed; and again after
// every lost link. What comes twice by that is for the replay guard to find.
//
// The server is trusted with nothing but its own memory: answers are compared with what was asked, and the window is
// judged by the later of the server's time and the time that the message was signed with, so that neither a clock that
// is behind nor a forged message hides what lies between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "jetstream/answer.h"
#include "jetstream/request.h"

namespace remaphore::jetstream {

class StreamReader {
 public:
  static constexpr std::size_t kMostUnderWay = 64;  // reads
  static constexpr std::size_t kProbes = 15;        // of one round of the search, at most

  struct Options {
    std::string stream;
    std::string subject;                                 // without wildcards; messages on others are passed over
    WallTime since;                                      // the window's beginning
    std::size_t bytes_under_way = std::size_t{8} << 20;  // of the reads, as far as sizes can be foretold
  };
  explicit StreamReader(Options options);

  // To be asked now, each under a reply-to subject of its own that leads back to its ticket. nullopt: enough is under
  // way, or there is nothing to ask.
  using Ticket = std::uint64_t;
  struct Question {
    Ticket ticket;
    Request request;
  };
  std::optional<Question> next_question();

  // An answer that came for this ticket; a ticket that nobody waits for any more is passed over.
  void answer(Ticket ticket, std::string_view payload);
  void no_responders(Ticket ticket) { fail(ticket, jetstream::no_responders()); }

  // The next message, in the stream's order.
  std::optional<StoredMessage> next_message();

  // Everything up to what was last at the last INFO has been handed out.
  bool at_end() const { return state_ == State::kReading && next_ > last_; }
  // Asks for INFO again, and reads on from where it is. At the end only.
  void look_again();
  // The link was lost, or an answer fails to come: what is unanswered is asked anew, beginning with INFO.
  void ask_again();
  std::size_t unanswered() const { return asked_.size(); }

  // It cannot go on.
  const std::optional<Failure>& failure() const { return failure_; }

  // What the stream no longer had, of that which lay behind the last message read when it was asked again.
  struct Loss {
    WallTime from;       // the server's time of the last message read
    std::uint64_t most;  // so many messages at most; 0: not known, the stream was made anew
  };
  std::optional<Loss> take_loss();

  const std::optional<StreamInfo>& info() const { return info_; }

 private:
  enum class State { kInfo, kSearching, kReading };

  void take_info(StreamInfo info);
  void start_anew();
  void search();
  void judge_probes();
  void read_from(std::uint64_t sequence);
  std::size_t most_under_way() const;
  bool in_window(const StoredMessage& message) const;
  void take_message(std::uint64_t sequence, std::optional<StoredMessage> message);
  void fail(Ticket ticket, Failure failure);

  const Options options_;
  State state_ = State::kInfo;
  bool info_asked_ = false;
  std::optional<StreamInfo> info_;
  std::optional<Failure> failure_;
  std::optional<Loss> loss_;

  Ticket last_ticket_ = 0;
  std::map<Ticket, std::uint64_t> asked_;  // and for which sequence; 0: for INFO

  // The search: the window begins between these, both included.
  std::uint64_t low_ = 0, high_ = 0;
  std::size_t probes_of_round_ = 0;
  std::vector<std::uint64_t> probes_;     // not asked yet
  std::map<std::uint64_t, bool> probed_;  // in the window?

  // Reading.
  std::uint64_t next_ = 1;                                      // to be handed out
  std::uint64_t to_ask_ = 1;                                    // the next that was not asked for
  std::uint64_t last_ = 0;                                      // of the stream, at the last INFO
  std::map<std::uint64_t, std::optional<StoredMessage>> read_;  // ahead of next_; nullopt: nothing for us
  std::optional<WallTime> last_time_;                           // of the last message read
  std::size_t largest_ = 1;                                     // bytes, of a message so far
};

// Whether NATS delivers `subject` to a subscription for `pattern`.
bool subject_matches(std::string_view subject, std::string_view pattern);

}  // namespace remaphore::jetstream
