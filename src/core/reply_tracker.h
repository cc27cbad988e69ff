// Tracks one request: which nodes were asked, have answered or are missing. Takes verified replies only.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/peers.h"
#include "core/trust.h"

namespace remaphore {

class ReplyTracker {
 public:
  // Addressed: every peer whose destination matches `pattern`. Awaited: their destinations, each once however many keys
  // it has, except our own and those that match a pattern of `send_only`; or our own if nothing else matches. A key
  // with several destinations answers for the first.
  ReplyTracker(const Peers& peers, const std::vector<Identity>& own, std::string_view pattern,
               const std::vector<std::string>& send_only = {});
  // Addressed: every peer whose destination is one of `names`. Awaited: as above.
  ReplyTracker(const Peers& peers, const std::vector<Identity>& own, const std::vector<std::string>& names,
               const std::vector<std::string>& send_only = {});

  // The peers for ReplyPolicy::addressed.
  const Peers& addressed() const { return addressed_; }
  std::size_t awaited() const { return awaited_; }
  std::vector<std::string_view> awaited_nodes() const;  // their destinations

  enum class Answered { kFirst, kFurther, kRepeat };
  // kFurther: another answer from the same node; kRepeat: the same signed bytes as before, to be dropped.
  Answered record(const VerifiedReply& reply, std::int64_t exit_status);

  bool complete() const { return missing_ == 0; }
  std::size_t answered() const { return awaited_ - missing_; }
  // A node is represented by its first line among the addressed peers.
  std::vector<const Peer*> missing() const;

  // These of the awaited nodes were never sent their message, and are not missing.
  void set_not_asked(std::span<const std::string> names);
  void set_none_asked();
  std::vector<const Peer*> not_asked() const;

  const Peer& node_of(const Peer& addressed) const { return *nodes_[node_index(addressed)].first_line; }

  struct Failure {
    const Peer* peer;
    std::int64_t exit_status;  // of its first answer with a status other than 0
  };
  // The awaited nodes that have failed: a node with several listeners as soon as one of them has.
  std::vector<Failure> failures() const;
  std::size_t failed() const { return failed_; }
  std::size_t succeeded() const { return answered() - failed_; }

 private:
  struct Node {
    const Peer* first_line;
    bool awaited = false;
    bool answered = false;
    bool not_asked = false;
    std::optional<std::int64_t> failure;
  };
  struct Key {
    std::size_t node;
    std::vector<Digest> seen;  // keys of its distinct replies so far, at most kMaxDistinct
  };
  // Further distinct answers of one key count as repeats: a peer cannot make our memory grow.
  static constexpr std::size_t kMaxDistinct = 64;

  ReplyTracker(const std::vector<Identity>& own, const std::vector<std::string>& send_only, Peers addressed);
  void find_nodes();
  void await_all_but(const std::vector<bool>& excluded);
  std::size_t node_index(const Peer& addressed) const { return keys_[addressed_.index_of(addressed)].node; }

  Peers addressed_;
  std::vector<Key> keys_;  // parallel to addressed_.all()
  std::vector<Node> nodes_;
  std::size_t awaited_ = 0;
  std::size_t missing_ = 0;
  std::size_t failed_ = 0;
};

}  // namespace remaphore
