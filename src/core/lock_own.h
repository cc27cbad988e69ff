// A contender's own entry: one write at a time, refreshed every lease / 3, and read back when the fate of a write is
// unknown. Part of core/lock_machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/lock_values.h"

namespace remaphore {

class OwnEntry {
 public:
  static constexpr Duration kRetry = std::chrono::milliseconds(200);  // after a write or read that failed

  enum class Fate {
    kCurrent,
    kRestored,     // the stream had lost it, or an older one was there: it is being written again with its old ticket
    kOverwritten,  // by somebody whose key we do not know, perhaps an evictor: it is being written again
    kEvicted,      // for good: ended_by() says by whom
    kVanished,     // for good: it was gone or overwritten when we came back after more than a lease
    kRejected,     // the stream does not take it, and we have no ticket, or none any more
    kPassed,       // hold() was refused because something was stored meanwhile: we wait as before
  };

  void begin(std::string id, const LockTerms& terms, const LockMoment& now);

  // The content of the next write. The entry is written when this differs from what is stored, or when a refresh is
  // due.
  void wait(std::uint32_t before, std::uint64_t highest_fence);
  // `last`: only if that is still the last sequence of the whole stream.
  void hold(std::uint64_t fence, std::vector<std::string> ahead, std::optional<std::uint64_t> last,
            const LockMoment& now);
  void leave();

  // What to do now, if anything.
  std::optional<LockAction> next_action(const LockMoment& now);
  void written(const WriteOutcome& outcome, const LockMoment& now);
  void read(const StoredEntry& stored, const LockMoment& now);
  void read_failed(const LockMoment& now);
  void link_lost();
  void link_opened(const LockMoment& now);  // a refresh is due at once
  void reread(const LockMoment& now);       // reads what is stored, which may not be ours any more
  void delivered(const std::optional<LockEntry>& entry, const LockMoment& now);  // live, on our subject

  const std::string& id() const { return id_; }
  bool is_stored() const { return stored_.has_value(); }              // has a ticket
  const std::optional<LockEntry>& stored() const { return stored_; }  // as acknowledged
  std::uint64_t ticket() const { return ticket_; }
  LockEntry::State state() const { return stored_ ? stored_->state : LockEntry::State::kWait; }  // as acknowledged
  const LockMoment& sent() const { return sent_; }  // when the last acknowledged write was sent
  bool is_late(const LockMoment& now) const { return now.boot - sent_.boot >= wanted_.lease; }
  bool ever_sent() const { return ever_sent_; }
  bool has_ended() const { return ended_; }  // evicted, vanished or rejected
  std::uint64_t fence() const { return stored_ ? stored_->fence : 0; }
  // The stream that gave the ticket: known from the first list on.
  void set_stream(std::int64_t stream) { stream_ = stream; }
  std::int64_t stream() const { return stream_; }
  std::uint64_t sequence() const { return sequence_; }  // of the last acknowledged write
  bool is_restored() const { return restored_; }

  // All state that determines its further behaviour, to compare machines in tests.
  template <class Visitor>
  void visit(Visitor&& visitor) const {
    visitor(id_, wanted_, stored_, ticket_, sequence_, beat_, echoed_, stream_, sent_, step_, expected_, changed_,
            restored_, checked_, ever_sent_, ended_, rereads_left_, refresh_at_, not_before_, fate_, last_);
    if (writing_) visitor(writing_->entry, writing_->expected, writing_->sent);
  }

  Fate take_fate();
  const StoredEntry& ended_by() const { return ended_by_; }
  const std::string& rejection() const { return rejection_; }
  std::optional<MonotonicTime> wake() const;

 private:
  enum class Step { kIdle, kWriting, kToRead, kReading };
  struct Write {
    LockEntry entry;
    std::uint64_t expected;
    LockMoment sent;
  };

  static constexpr unsigned kRereads = 9;

  void reread_later(const LockMoment& now);
  LockAction write(const LockMoment& now);
  void acknowledge(const LockEntry& entry, std::uint64_t sequence, const LockMoment& sent);
  bool is_ours(const StoredEntry& stored) const;
  void rewrite(std::uint64_t expected, Fate why);
  void stay_waiting();
  void end(Fate fate, const StoredEntry& by);

  std::string id_;
  LockEntry wanted_;                 // what the next write says, but for beat, ticket and stream
  std::optional<LockEntry> stored_;  // as last acknowledged
  std::uint64_t ticket_ = 0, sequence_ = 0;
  std::uint64_t beat_ = 0;    // of the last write
  std::uint64_t echoed_ = 0;  // of the last write that came by on our subject
  std::int64_t stream_ = 0;
  LockMoment sent_;
  std::optional<Write> writing_;
  Step step_ = Step::kIdle;
  std::uint64_t expected_ = 0;         // the sequence that the next write expects
  std::optional<std::uint64_t> last_;  // the same for the whole stream; until it is acknowledged
  bool changed_ = false;               // wanted_ is to be written
  bool restored_ = false;              // the entry had to be restored
  bool checked_ = false;               // read back since we are late
  bool ever_sent_ = false;
  bool ended_ = false;
  unsigned rereads_left_ = 0;  // reads to follow if the stream does not confirm a hint
  MonotonicTime refresh_at_{}, not_before_{};
  Fate fate_ = Fate::kCurrent;
  StoredEntry ended_by_;
  std::string rejection_;
};

}  // namespace remaphore
