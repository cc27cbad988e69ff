#include "io/audit_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "base/json_text.h"
#include "base/redact.h"
#include "base/timestamp.h"
#include "io/trusted_path.h"

namespace remaphore {
namespace {

constexpr Duration kSummaryInterval = std::chrono::seconds(1);
constexpr std::int64_t kReserve = 16384;
constexpr std::int64_t kLongestLines = 8192;  // of one message, some more than what it takes

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
  if (const auto opened = audit->reopen(); !opened) {
    return fail(Errc::kUsage,
                fmt::format("{}: cannot be opened for the audit: {}", display_path(path), opened.error().message));
  }
  return audit;
}

AuditFile::~AuditFile() { summarise(); }

Result<void> AuditFile::reopen() {
  auto file = open_for_appending(path_);
  if (!file) return pass_on(file);
  file_ = std::move(*file);
  reserved_ = size_ = 0;
  return {};
}

void AuditFile::follow() {
  struct stat here {};
  struct stat there {};
  const bool moved = stat(path_.c_str(), &there) != 0 || fstat(file_.get(), &here) != 0 ||
                     here.st_ino != there.st_ino || here.st_dev != there.st_dev;
  if (!moved) return;
  const auto opened = reopen();
  if (!opened && !stuck_) {
    log_.error(fmt::format("{}: cannot be reopened for the audit: {}; lines go to the old file", display_path(path_),
                           opened.error().message));
  }
  stuck_ = !opened;
}

bool AuditFile::has_room() {
  struct stat status {};
  if (fstat(file_.get(), &status) != 0) return false;
  if (!S_ISREG(status.st_mode)) return write(file_.get(), "", 0) == 0;
  if (status.st_size < size_) reserved_ = 0;  // it was truncated, and its blocks freed
  size_ = status.st_size;
  if (status.st_size + kLongestLines <= reserved_) return true;
  const int done = fallocate(file_.get(), FALLOC_FL_KEEP_SIZE, status.st_size, kReserve);
  if (done != 0 && errno != EOPNOTSUPP && errno != ENOSYS && errno != EINTR) return false;
  reserved_ = done == 0 ? status.st_size + kReserve : 0;
  return true;
}

void AuditFile::report_trouble(const char* what, const std::string& why) {
  if (!broken_) log_.error(fmt::format("{}: {}: {}", display_path(path_), what, why));
  broken_ = true;
}

bool AuditFile::can_record() {
  follow();
  if (write_kept() && has_room()) {
    broken_ = false;
    return true;
  }
  report_trouble("the audit cannot be written", std::strerror(errno));
  return false;
}

bool AuditFile::append(const std::string& line) {
  const ssize_t size = write(file_.get(), line.data(), line.size());
  if (size == static_cast<ssize_t>(line.size())) return true;
  struct stat status {};
  if (size > 0) {
    [[maybe_unused]] const bool cut =
        fstat(file_.get(), &status) == 0 && ftruncate(file_.get(), status.st_size - size) == 0;
    errno = ENOSPC;
  }
  return false;
}

bool AuditFile::write_kept() {
  while (!unwritten_.empty()) {
    if (!append(unwritten_.front())) return false;
    unwritten_.pop_front();
  }
  return true;
}

void AuditFile::write_line(std::string line) {
  follow();
  unwritten_.push_back(std::move(line));
  if (write_kept()) {
    broken_ = false;
    return;
  }
  report_trouble("the audit cannot be written", std::strerror(errno));
  if (unwritten_.size() <= kMaxUnwritten) return;
  unwritten_.pop_front();
  lost_ = true;
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
  if (refusal.code == RefusalCode::kFiltered) return;  // good, but not addressed to us
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
