// GuardJournal in a folder: `guard`, a sequence of fixed-size records, and `lock`, held while a listener uses it.
//
// Only we may be able to write to the folder (trusted_path.h).
//
// A record is the key (32 bytes), TIME (8, little endian), the sender's public key (32) and the first 8 bytes of the
// SHA-256 of these: a torn tail and damaged records are detected and counted. A span has zeros for the key and, for the
// public key, the time where it begins (8, little endian; 0: the earliest possible) and zeros.
// Records are not synced to the disk one by one: what a crash of the machine could lose is older than any allow_skew by
// the time it is up again.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "io/descriptor.h"
#include "ports/guard_journal.h"

namespace remaphore {

class StateDir : public GuardJournal {
 public:
  static constexpr std::size_t kRecordBytes = 80;

  // Makes the folder (0700) if it is missing, locks it, reads it. Errc::kUsage: another listener uses it, or it cannot
  // be used.
  static Result<std::unique_ptr<StateDir>> open(const std::string& path);

  std::string name() const override { return path_ + "/guard"; }
  std::size_t damaged() const override { return damaged_; }
  WallTime last_written() const override { return written_; }
  std::vector<GuardRecord> take_restored() override { return std::move(restored_); }
  Result<void> append(const GuardRecord& record) override;
  bool is_long(std::size_t live) const override { return records_ > 4096 && records_ > 4 * live; }
  Result<void> rewrite(const std::vector<GuardRecord>& live) override;

 private:
  explicit StateDir(std::string path) : path_(std::move(path)) {}
  Result<void> load();
  Error trouble(const char* doing) const;  // from errno

  std::string path_;
  Descriptor folder_;
  Descriptor lock_;
  Descriptor file_;
  std::size_t records_ = 0;
  std::size_t damaged_ = 0;
  WallTime written_{};  // when it was last written, before this run
  std::vector<GuardRecord> restored_;
};

}  // namespace remaphore
