// A small world for the rules of a lock (core/lock_machine): a stream, contenders with their links and commands, and
// everything that may happen to them, one step at a time. Time is counted in seconds; the lease is six of them.
// Violations are kept in faults(). When entries expire, more may hold for two thirds of a lease.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/lock_machine.h"

namespace remaphore::test {

struct LockRules {
  std::uint32_t slots = 1;
  Duration lease = std::chrono::seconds(6);
  // How often each may happen in one world.
  unsigned seconds = 0;
  unsigned cuts = 0, stops = 0, crashes = 0, losses = 0, expiries = 0, foreign = 0, withdrawals = 0;
  // If set, everything arrives at once, except at this many nodes, which lag behind until it is delivered to them. Else
  // everything may arrive at any time.
  std::optional<unsigned> laggards = {};
  bool prompt = false;         // all that can arrive has arrived before anything else happens
  bool returns = false;        // whoever is through comes again
  bool storing_lags = false;   // a write is delivered to watchers before it is stored
  bool order_is_kept = true;   // not if the storage may be lost
  bool reorders = false;       // a question may be overtaken by the next one, or by the first write
  bool answers_queue = false;  // an answer arrives behind all that was sent before it; else at once
  // Faults that a correct machine cannot compensate: the checker must find them.
  bool hides_entries = false;  // the server lists no entry but one's own
  bool stores_always = false;  // it stores whatever else was stored meanwhile
  int clock_rate = 1;          // of the last contender's monotonic clock
};

class LockWorld {
 public:
  LockWorld(const LockRules& rules, std::size_t contenders);

  struct Step {
    enum class Kind {
      kServe,      // the server takes the node's next request, or several questions at once unless it reorders
      kServeNext,  // the one after that
      kStore,      // the stream stores the next write
      kServeLate,  // it takes a write that was under way when the link was cut
      kDeliver,    // the node gets what came next
      kTime,       // a second passes
      kFinish,     // the command ends on its own
      kWithdraw,   // nobody wants to wait any longer
      kCut,        // the link is lost, with all that is under way
      kCutLater,   // the same, but the requests arrive in the end
      kConnect,
      kStop,  // the process is stopped, and goes on
      kContinue,
      kCrash,
      kLoseStorage,  // the stream is made anew
      kForeign,      // somebody writes to the node's subject what does not verify
      kLag,          // the node is slow from now on, or its link is
      kExpire,       // all entries vanish from the stream, which stays
    };
    Kind kind;
    std::size_t node = 0;
  };
  std::vector<Step> steps() const;  // those that are possible now
  void take(const Step& step);
  void arrive();  // all that can: then the first holds, and the others wait
  static std::string name(const Step& step);

  const std::vector<std::string>& faults() const { return faults_; }
  std::string describe() const;       // what everybody is doing
  std::uint64_t fingerprint() const;  // equal for worlds with the same future
  void calm_down();                   // no more faults, and who is through does not come again
  bool is_over() const;               // every contender has got what it came for, or has given up

  // What has happened: a world without it proves little about it.
  struct Happened {
    std::uint64_t holds = 0;
    std::uint64_t evictions = 0;
    std::uint64_t losses = 0;    // commands that their holder had to end
    std::uint64_t restored = 0;  // writes of entries that had vanished
  };
  const Happened& happened() const { return happened_; }

 private:
  struct Answer {
    enum class Kind {
      kWritten,
      kHint,
      kNothing,
      kFound,
      kList,
      kRead
    } kind;  // kNothing: to a question, within its time
    LockAction::Kind asked;
    std::string id;
    WriteOutcome outcome{};
    std::optional<LockEntry> entry{};
    std::uint64_t from = 0;
    FoundEntry found{};
    LockList list{};
    StoredEntry stored{};
  };
  struct Request {
    LockAction action;
    std::set<std::string> watched;  // if it is a subscription: action is of no meaning
    bool subscribes = false;
  };
  struct Node {
    explicit Node(LockTerms terms) : machine(std::move(terms)) {}
    LockMachine machine;
    std::deque<Request> requests, late;
    std::deque<Answer> answers;
    std::set<std::string> watched, asked_to_watch;
    unsigned attempts = 0;
    std::uint64_t link = 0;
    bool linked = false, stopped = false, crashed = false, lags = false;
    bool running = false;  // its command
    std::optional<BootTime> kill_by;
  };
  struct Stored {
    std::uint64_t sequence;
    std::optional<LockEntry> entry;
  };
  struct Storing {
    std::size_t node;
    std::uint64_t link;  // its answer goes nowhere if that is lost
    LockAction action;
  };

  void happen(const Step& step);
  LockMoment now(std::size_t node) const;
  std::string new_id(std::size_t node);
  void settle(std::size_t node);
  void on_event(std::size_t node, const LockEvent& event);
  void withdraw(std::size_t node);
  void end_command(std::size_t node);
  void go_on(std::size_t node);
  void serve(std::size_t node);
  static bool is_question(const Request& request);
  bool may_reorder(const Node& node) const;
  Answer answer_to(std::size_t node, const LockAction& action) const;
  void take(std::size_t node, const Answer& answer);
  FoundEntry find(std::size_t node, const LockAction& action) const;
  void serve_late(std::size_t node);
  void accept_write(std::size_t node, std::uint64_t link, const LockAction& action);
  void store();
  void hint(const std::string& id, const std::optional<LockEntry>& entry);
  void deliver(std::size_t node);
  void cut(std::size_t node, bool later);
  void connect(std::size_t node);
  void pass_time();
  void lose_storage();
  void expire();
  void write_foreign(std::size_t node);
  bool may_pass_time() const;
  void deliver_what_is_due();
  void check();
  void fault(std::string what) { faults_.push_back(std::move(what)); }

  LockRules rules_;
  std::vector<Node> nodes_;
  std::map<std::string, Stored> stream_;
  std::deque<Storing> storing_;
  std::uint64_t last_sequence_ = 0;
  std::int64_t created_ = 1'000'000'000'000'000;
  std::int64_t created_at_ = -100;  // seconds
  std::int64_t seconds_ = 0;
  std::int64_t expired_at_ = -1000;
  std::uint64_t last_fence_ = 0, last_ticket_ = 0;
  std::set<std::uint64_t> fences_;
  Happened happened_;
  std::vector<std::string> faults_;
};

}  // namespace remaphore::test
