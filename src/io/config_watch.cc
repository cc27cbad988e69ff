#include "io/config_watch.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "io/config_file.h"
#include "io/path_walk.h"

namespace remaphore {
namespace {

constexpr Duration kSettle = std::chrono::milliseconds(50);      // several changes in quick succession are read once
constexpr Duration kLookEvery = std::chrono::milliseconds(500);  // where the kernel cannot notify us
constexpr Duration kMissing = std::chrono::seconds(2);           // longer than a file is missing while being replaced
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

MonotonicTime now() { return std::chrono::steady_clock::now(); }

bool same(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

bool same(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size && same(a.st_mtim, b.st_mtim) &&
         same(a.st_ctim, b.st_ctim);
}

}  // namespace

ConfigWatch::ConfigWatch(std::string path, Log& log) : path_(std::move(path)), log_(&log) {
  if (stat(path_.c_str(), &seen_) != 0 || !S_ISREG(seen_.st_mode)) return;
  inotify_.reset(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  watch();
  look_at_ = now();  // it may have changed meanwhile
}

void ConfigWatch::watch() {
  std::map<int, std::set<std::string>> names;
  const auto steps = walk_path(path_);
  complete_ = inotify_ && !steps.empty() && steps.back().status.st_mode != 0;
  for (const PathStep& step : steps) {
    if (!inotify_) break;
    if (S_ISDIR(step.status.st_mode)) continue;
    const int one = inotify_add_watch(inotify_.get(), step.folder.c_str(), kEvents);
    if (one >= 0) names[one].insert(step.name);
    complete_ = complete_ && one >= 0;
  }
  for (const auto& [old, unused] : names_) {
    if (!names.contains(old)) inotify_rm_watch(inotify_.get(), old);
  }
  names_ = std::move(names);
}

void ConfigWatch::prepare(PollSet& set) {
  if (inotify_) set.add(inotify_.get(), POLLIN);
  if (look_at_) set.wake_at(*look_at_);
}

void ConfigWatch::dispatch(const PollSet& set) {
  if (inotify_ && set.ready(inotify_.get()) != 0 && take_events()) {
    look_at_ = earlier(look_at_, now() + kSettle);
  }
  if (passed(look_at_, now())) look();
}

bool ConfigWatch::take_events() {
  alignas(inotify_event) std::array<char, 16384> buffer{};
  bool ours = false;
  ssize_t got = 0;
  while ((got = read(inotify_.get(), buffer.data(), buffer.size())) > 0) {
    for (ssize_t at = 0; at < got;) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* const name = buffer.data() + at + sizeof event;
      at += static_cast<ssize_t>(sizeof event + event.len);
      const auto watched = names_.find(event.wd);
      if (event.mask & (IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF)) {
        ours = true;
      } else if (watched != names_.end() && event.len > 0 && watched->second.contains(name)) {
        ours = true;
      }
    }
  }
  return ours;
}

void ConfigWatch::look() {
  look_at_.reset();
  watch();
  struct stat status {};
  if (stat(path_.c_str(), &status) != 0) {
    if (!missing_since_) missing_since_ = now();
    if (seen_.st_ino != 0 && now() - *missing_since_ >= kMissing) {
      log_->error(fmt::format("{}: {}; the peers are unchanged", escape_control(path_), std::strerror(errno)));
      seen_ = {};  // already logged
    }
    look_at_ = now() + kLookEvery;
    return;
  }
  missing_since_.reset();
  if (!same(status, seen_)) {
    seen_ = status;
    read_again();
  }
  if (!complete_) look_at_ = now() + kLookEvery;
}

void ConfigWatch::read_again() {
  const auto config = read_config(path_);
  if (!config) return log_->error(fmt::format("{}; the peers are unchanged", config.error().message));
  for (const std::string& warning : config->warnings) log_->notice(warning);
  log_->notice(fmt::format("{} was read again: {} peers", escape_control(path_), config->peers.all().size()));
  peers_ = config->peers;
  if (follow_) follow_(*config);
}

}  // namespace remaphore
