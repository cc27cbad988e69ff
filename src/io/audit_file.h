// Audit as JSON lines at the end of a file. Each line is one write; a line that does not fit on the disk is taken back.
// The file is opened anew when it has been moved away (logrotate).
#pragma once

#include <cstdint>
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

  void record(const AuditEntry& entry) override;
  void refused(const Refusal& refusal) override;
  void tick() override;

 private:
  static constexpr std::size_t kMaxNames = 16;  // claimed peers that a summary names

  AuditFile(std::string path, const Clock& clock, Log& log) : path_(std::move(path)), clock_(clock), log_(log) {}
  bool reopen();
  void write_line(std::string line);
  void summarise();
  std::uint64_t& claims_of(const Peer* claimed);  // nullptr: nobody

  std::string path_;
  const Clock& clock_;
  Log& log_;
  Descriptor file_;
  bool broken_ = false;                            // and said so
  std::map<std::string, std::uint64_t> refusals_;  // by kind
  std::map<std::string, std::uint64_t> claimed_;   // by the peer that was claimed
  std::uint64_t unnamed_ = 0;                      // refusals of further peers, or of none
  MonotonicTime summarised_{};
};

}  // namespace remaphore
