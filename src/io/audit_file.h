// Audit as JSON lines appended to a file. Each line is one write; a line that does not fit on the disk is removed from
// the file, kept and retried. Space for the next lines is reserved in advance: a message that cannot be recorded is not
// acted on.
//
// The file is reopened after it has been moved away (logrotate); while that fails, lines go to the moved file. No other
// user may be able to put another file in its place (trusted_path.h).
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "io/descriptor.h"
#include "ports/audit.h"
#include "ports/clock.h"
#include "ports/log.h"

namespace remaphore {

class AuditFile : public Audit {
 public:
  // Errc::kUsage: it cannot be opened for appending. A new file gets mode 0640.
  static Result<std::unique_ptr<AuditFile>> open(const std::string& path, const Clock& clock, Log& log);
  ~AuditFile() override;

  bool can_record() override;
  bool is_incomplete() const override { return lost_ || !unwritten_.empty(); }
  void record(const AuditEntry& entry) override;
  void refused(const Refusal& refusal) override;
  void tick() override;

 private:
  static constexpr std::size_t kMaxNames = 16;      // claimed peers that a summary names
  static constexpr std::size_t kMaxUnwritten = 64;  // lines kept in memory

  AuditFile(std::string path, const Clock& clock, Log& log) : path_(std::move(path)), clock_(clock), log_(log) {}
  Result<void> reopen();
  void follow();      // switches to a new file if ours was moved away
  bool has_room();    // for the next lines; if false, see errno
  bool write_kept();  // false: not all of them
  bool append(const std::string& line);
  void report_trouble(const char* what, const std::string& why);
  void write_line(std::string line);
  void summarise();
  std::uint64_t& claims_of(const Peer* claimed);  // nullptr: no peer

  std::string path_;
  const Clock& clock_;
  Log& log_;
  Descriptor file_;
  std::int64_t reserved_ = 0;  // the file has blocks up to there
  std::int64_t size_ = 0;      // the size when last looked at
  std::deque<std::string> unwritten_;
  bool lost_ = false;                              // too many lines were kept, and some dropped
  bool broken_ = false;                            // writing fails, and this has been reported
  bool stuck_ = false;                             // cannot reopen after a move, and this has been reported
  std::map<std::string, std::uint64_t> refusals_;  // by kind
  std::map<std::string, std::uint64_t> claimed_;   // by the peer that was claimed
  std::uint64_t unnamed_ = 0;                      // refusals beyond kMaxNames peers, or without a peer
  MonotonicTime summarised_{};
};

}  // namespace remaphore
