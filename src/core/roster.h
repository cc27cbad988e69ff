// One request's book: who was asked, who has answered, who is missing. Takes verified replies only.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/peers.h"
#include "core/trust.h"

namespace remaphore {

class Roster {
 public:
  // Addressed: every peer whose destination matches `pattern`, once per key (the first such line). Awaited: those less
  // our own identities, or our own if nothing else matches.
  Roster(const Peers& peers, const std::vector<Identity>& own, std::string_view pattern);

  // What ReplyPolicy::addressed wants.
  const Peers& addressed() const { return addressed_; }
  std::size_t awaited() const { return awaited_; }

  enum class Answered { kFirst, kFurther, kRepeat };
  // kFurther: another answer of the same key; kRepeat: the same signed bytes as before, to be dropped.
  Answered record(const VerifiedReply& reply, std::int64_t exit_status);

  bool complete() const { return missing_ == 0; }
  std::size_t answered() const { return awaited_ - missing_; }
  std::vector<const Peer*> missing() const;

  struct Failure {
    const Peer* peer;
    std::int64_t exit_status;  // of its first answer that has not 0
  };
  // Of those awaited; a node with several listeners has failed as soon as one of them has.
  std::vector<Failure> failures() const;
  std::size_t failed() const { return failed_; }
  std::size_t succeeded() const { return answered() - failed_; }

 private:
  struct Entry {
    bool awaited = false;
    std::vector<Digest> seen;  // keys of the replies so far, at most kMaxDistinct
    std::optional<std::int64_t> failure;
  };
  // Further distinct answers of one key than this are repeats to us: a peer cannot make our memory grow.
  static constexpr std::size_t kMaxDistinct = 64;

  Peers addressed_;
  std::vector<Entry> entries_;  // beside addressed_.all()
  std::size_t awaited_ = 0;
  std::size_t missing_ = 0;
  std::size_t failed_ = 0;
};

}  // namespace remaphore
