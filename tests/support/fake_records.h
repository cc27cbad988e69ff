// GuardJournal, Audit and ServiceStatus in memory.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ports/audit.h"
#include "ports/guard_journal.h"
#include "ports/service_status.h"

namespace remaphore::test {

class FakeJournal : public GuardJournal {
 public:
  std::vector<GuardRecord> records;  // as they would be found after a crash at this moment
  std::size_t rewrites = 0;
  std::size_t failed_rewrites = 0;
  bool no_room_to_rewrite = false;
  bool full = false;  // the disk
  std::size_t long_from = SIZE_MAX;
  std::size_t unreadable = 0;
  WallTime written{};

  std::string name() const override { return "/state/guard"; }
  std::size_t damaged() const override { return unreadable; }
  WallTime last_written() const override { return written; }
  std::vector<GuardRecord> take_restored() override { return records; }
  Result<void> append(const GuardRecord& record) override {
    if (full) return fail(Errc::kRuntime, "no space left");
    records.push_back(record);
    return {};
  }
  bool is_long(std::size_t) const override { return records.size() >= long_from; }
  Result<void> rewrite(const std::vector<GuardRecord>& live) override {
    if (full || no_room_to_rewrite) {
      ++failed_rewrites;
      return fail(Errc::kRuntime, "no space left");
    }
    ++rewrites;
    records = live;
    return {};
  }
};

class FakeAudit : public Audit {
 public:
  std::vector<std::string> entries;  // "ran ping of node2: exit 0 after 5s"
  std::vector<RefusalCode> refusals;
  bool full = false;
  bool incomplete = false;

  bool can_record() override { return !full; }
  bool is_incomplete() const override { return incomplete; }
  void record(const AuditEntry& entry) override {
    std::string line = std::string(entry.action) + " " + entry.verb + " of " + entry.peer;
    if (!entry.reason.empty()) line += " (" + entry.reason + ")";
    if (entry.exit_status) line += ": exit " + std::to_string(*entry.exit_status);
    if (entry.duration) line += " after " + std::to_string(entry.duration->count() / 1'000'000'000) + "s";
    entries.push_back(std::move(line));
  }
  void refused(const Refusal& refusal) override { refusals.push_back(refusal.code); }
  void tick() override {}
};

class FakeSupervisor : public ServiceStatus {
 public:
  std::vector<ServiceState> told;

  void update(const ServiceState& state) override { told.push_back(state); }
  // "connecting (why) 0/0, subscribed 2/1": phases with the last counts told in each, handled/refused.
  std::string story() const {
    std::string all;
    for (std::size_t i = 0; i < told.size(); ++i) {
      const ServiceState& state = told[i];
      if (i + 1 < told.size() && told[i + 1].phase == state.phase && told[i + 1].trouble == state.trouble) continue;
      constexpr const char* kNames[] = {"connecting", "subscribed", "cut off", "stopping"};
      all += (all.empty() ? "" : ", ") + std::string(kNames[static_cast<std::size_t>(state.phase)]);
      if (!state.trouble.empty()) all += " (" + state.trouble + ")";
      all += " " + std::to_string(state.handled) + "/" + std::to_string(state.refused);
    }
    return all;
  }
};

}  // namespace remaphore::test
