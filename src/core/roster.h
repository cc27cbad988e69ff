// One request's book: who was asked, who has answered, who is missing. Takes verified replies only.
#pragma once

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
  Answered record(const VerifiedReply& reply);

  bool complete() const { return missing_ == 0; }
  std::size_t answered() const { return awaited_ - missing_; }
  std::vector<const Peer*> missing() const;

 private:
  struct Entry {
    bool awaited = false;
    std::vector<Digest> seen;  // keys of the replies so far, at most kMaxDistinct
  };
  // Further distinct answers of one key than this are repeats to us: a peer cannot make our memory grow.
  static constexpr std::size_t kMaxDistinct = 64;

  Peers addressed_;
  std::vector<Entry> entries_;  // beside addressed_.all()
  std::size_t awaited_ = 0;
  std::size_t missing_ = 0;
};

}  // namespace remaphore
