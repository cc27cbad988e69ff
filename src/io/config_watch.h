// The config file read again whenever it changes, whatever way: written in place, replaced by renaming, reached by a link
// that is turned. A broken one is an error line, and what was read before stays; so it does while the file is missing.
#pragma once

#include <sys/stat.h>

#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/deadline.h"
#include "io/descriptor.h"
#include "io/event_loop.h"
#include "ports/config_updates.h"
#include "ports/log.h"

namespace remaphore {

class ConfigWatch : public EventSource, public ConfigUpdates {
 public:
  // Made before the config is read for the first time. Does nothing if `path` is no regular file: a pipe can be read once
  // only.
  ConfigWatch(std::string path, Log& log);

  std::optional<Peers> take_peers() override { return std::exchange(peers_, std::nullopt); }
  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

 private:
  void watch();        // the folders that decide what the path leads to, anew
  bool take_events();  // true: one of the names has changed
  void look();         // has the file changed? then it is read
  void read_again();

  const std::string path_;
  Log& log_;
  Descriptor inotify_;
  std::map<int, std::set<std::string>> names_;  // that matter, by watch
  bool complete_ = false;                       // all folders are watched; else we look every now and then
  struct stat seen_ {};                         // what was read last
  Deadline look_at_;
  Deadline missing_since_;
  std::optional<Peers> peers_;
};

}  // namespace remaphore
