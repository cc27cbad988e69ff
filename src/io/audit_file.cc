#include "io/audit_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cstring>

#include "base/json_text.h"
#include "base/text.h"
#include "base/timestamp.h"

namespace remaphore {
namespace {

constexpr Duration kSummaryInterval = std::chrono::seconds(1);

JsonObject counts(const std::map<std::string, std::uint64_t>& table) {
  JsonObject object;
  for (const auto& [name, count] : table) object.count(name, count);
  return object;
}

const char* kind_of(RefusalCode code) {
  switch (code) {
    case RefusalCode::kFormat: return "format";
    case RefusalCode::kPeer: return "peer";
    case RefusalCode::kSkew: return "skew";
    case RefusalCode::kReplay: return "replay";
    case RefusalCode::kSignature: return "signature";
    case RefusalCode::kCapacity: return "capacity";
    default: return "other";
  }
}

}  // namespace

Result<std::unique_ptr<AuditFile>> AuditFile::open(const std::string& path, const Clock& clock, Log& log) {
  std::unique_ptr<AuditFile> audit(new AuditFile(path, clock, log));
  if (!audit->reopen()) {
    return fail(Errc::kUsage,
                fmt::format("{}: cannot be opened for the audit: {}", escape_control(path), std::strerror(errno)));
  }
  return audit;
}

AuditFile::~AuditFile() { summarise(); }

bool AuditFile::reopen() {
  Descriptor file(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file && errno == ENOENT) {
    file.reset(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
    if (file) fchmod(file.get(), 0640);  // whatever the umask
  }
  if (!file) return false;
  file_ = std::move(file);
  return true;
}

void AuditFile::write_line(std::string line) {
  struct stat here {};
  struct stat there {};
  const bool moved = stat(path_.c_str(), &there) != 0 || fstat(file_.get(), &here) != 0 ||
                     here.st_ino != there.st_ino || here.st_dev != there.st_dev;
  bool written = !moved || reopen();
  if (written) {
    const ssize_t size = write(file_.get(), line.data(), line.size());
    written = size == static_cast<ssize_t>(line.size());
    if (!written && size > 0) {
      errno = ENOSPC;
      [[maybe_unused]] const bool cut =
          fstat(file_.get(), &here) == 0 && ftruncate(file_.get(), here.st_size - size) == 0;
    }
  }
  if (!written && !broken_) {
    log_.error(fmt::format("{}: the audit cannot be written: {}", escape_control(path_), std::strerror(errno)));
  }
  broken_ = !written;
}

void AuditFile::record(const AuditEntry& entry) {
  JsonObject json;
  json.text("time", format_timestamp(entry.arrival))
      .text("peer", entry.peer)
      .text("public_key", entry.public_key)
      .text("destination", entry.destination)
      .text("verb", entry.verb)
      .text("uuid", entry.uuid)
      .text("action", entry.action);
  if (!entry.reason.empty()) json.text("reason", entry.reason);
  if (entry.exit_status) json.number("exit", *entry.exit_status);
  if (entry.duration) json.seconds("seconds", *entry.duration);
  write_line(json.line());
}

std::uint64_t& AuditFile::claims_of(const Peer* claimed) {
  if (claimed == nullptr) return unnamed_;
  const std::string name(claimed->destination);
  return claimed_.size() < kMaxNames || claimed_.contains(name) ? claimed_[name] : unnamed_;
}

void AuditFile::refused(const Refusal& refusal) {
  if (refusal.code == RefusalCode::kFiltered) return;  // good, but not for us
  ++refusals_[kind_of(refusal.code)];
  ++claims_of(refusal.claimed);
  tick();
}

void AuditFile::tick() {
  if (!refusals_.empty() && clock_.monotonic() - summarised_ >= kSummaryInterval) summarise();
}

void AuditFile::summarise() {
  if (refusals_.empty()) return;
  JsonObject json;
  json.text("time", format_timestamp(clock_.now()))
      .text("action", "refused")
      .object("refused", counts(refusals_))
      .object("claimed", counts(claimed_));
  if (unnamed_ > 0) json.count("unnamed", unnamed_);
  write_line(json.line());
  refusals_.clear();
  claimed_.clear();
  unnamed_ = 0;
  summarised_ = clock_.monotonic();
}

}  // namespace remaphore
