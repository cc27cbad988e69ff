// Reads the config file again whenever it changes: written in place, replaced by renaming, or reached by a link that
// changed. A broken file is logged as an error; while it is broken or missing, the last good config stays.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/deadline.h"
#include "core/config.h"
#include "io/descriptor.h"
#include "io/event_loop.h"
#include "ports/config_updates.h"
#include "ports/log.h"

namespace remaphore {

class ConfigWatch : public EventSource, public ConfigUpdates {
 public:
  // Create it before the config is read for the first time. Does nothing if `path` is not a regular file: a pipe can be
  // read only once.
  ConfigWatch(std::string path, Log& log);

  void log_to(Log& log) { log_ = &log; }  // from now on

  // Called with each error-free version of the file.
  void on_change(std::function<void(const Config&)> follow) { follow_ = std::move(follow); }

  std::optional<Peers> take_peers() override { return std::exchange(peers_, std::nullopt); }
  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

 private:
  void watch();        // renews the watches on the folders along the path
  bool take_events();  // true: one of the names has changed
  void look();         // reads the file if it has changed
  void read_again();

  const std::string path_;
  Log* log_;
  Descriptor inotify_;
  std::map<int, std::set<std::string>> names_;  // the relevant ones, by watch
  bool complete_ = false;                       // all folders are watched; otherwise poll
  struct stat seen_ {};                         // of the version read last
  Deadline look_at_;
  Deadline missing_since_;
  std::optional<Peers> peers_;
  std::function<void(const Config&)> follow_;
};

}  // namespace remaphore
