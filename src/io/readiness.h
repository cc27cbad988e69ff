// Readiness for scripts: --ready-file, a file that is there while the listener is subscribed, and --ready-fd, a
// descriptor that gets a newline at the first subscription and is closed.
//
// The file holds our process id and a newline. It is written under a temporary name and renamed.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "io/descriptor.h"
#include "ports/log.h"
#include "ports/service_status.h"

namespace remaphore {

class Readiness : public ServiceStatus {
 public:
  // Removes the file of an earlier run. Errc::kUsage: something else has that path, or no file can be made there; the
  // descriptor was not inherited, is one of the first three, or is not open for writing.
  static Result<std::unique_ptr<Readiness>> prepare(const std::optional<std::string>& path, std::optional<int> fd,
                                                    Log& log);
  ~Readiness() override { remove_file(); }

  void update(const ServiceState& state) override;

 private:
  explicit Readiness(Log& log) : log_(log) {}
  Result<void> take_file(const std::string& path);
  Result<void> take_descriptor(int fd);
  bool make_file();
  void remove_file();
  void notify_descriptor();

  Log& log_;
  std::string path_;  // empty: none
  Descriptor fd_;
  bool subscribed_ = false;
  ino_t made_ = 0;  // inode of our file; 0: none
};

}  // namespace remaphore
