// The rounds of a request over the bus: releases the messages of each round, counts its answers, and reports its
// beginning and its end. core/rounds decides when. A request without --batch is one round, which is not reported.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "app/answer_printer.h"
#include "app/publisher.h"
#include "app/request_options.h"
#include "core/reply_tracker.h"
#include "core/rounds.h"
#include "ports/progress.h"

namespace remaphore {

class RequestRounds {
 public:
  // They must outlive it.
  struct Ports {
    Publisher& publisher;
    const ReplyTracker& tracker;
    AnswerPrinter& printer;
    Progress* progress;  // nullptr: no display
  };
  // `verify_last` verifies the replies that have arrived: called before a round ends with silent nodes.
  RequestRounds(const RequestOptions& options, const Ports& ports, std::function<void()> verify_last);

  // Begins the first round. Call before there is a link.
  void begin(MonotonicTime now);
  // Ends the round and begins the next, as it is due. True: the last one is over.
  bool advance(MonotonicTime now);
  // The first answer to this message.
  void answered(std::size_t message) { answered_ += message >= rounds_.first() ? 1 : 0; }

  MonotonicTime began() const { return began_; }  // the current round
  // When advance() may have something to do although nothing has arrived.
  Deadline deadline() const { return over_ ? std::nullopt : rounds_.deadline(); }

  std::size_t never_asked() const;  // nodes, of all rounds
  // Where it stopped with nodes that were never asked, and `why`, unless too many have failed.
  std::string describe_stop(std::string_view why) const;

 private:
  std::span<const std::string> names() const;
  std::size_t missing() const;
  std::size_t failed_so_far() const;
  void report_sending();
  void end_round();

  const RequestOptions& options_;
  const Ports ports_;
  const std::function<void()> verify_last_;
  Rounds rounds_;
  MonotonicTime began_{};
  std::size_t answered_ = 0;  // nodes of this round
  bool reported_ = false;     // that this round has begun
  bool over_ = false;         // no further round
  bool stopped_ = false;      // because too many have failed
};

}  // namespace remaphore
