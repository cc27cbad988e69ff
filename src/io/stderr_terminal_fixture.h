// Standard error is a terminal of our own while this exists.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <string>

#include "io/descriptor.h"

namespace remaphore::test {

class StderrTerminal {
 public:
  explicit StderrTerminal(unsigned short columns) {
    EXPECT_EQ(grantpt(leader_.get()), 0);
    EXPECT_EQ(unlockpt(leader_.get()), 0);
    const Descriptor follower(open(ptsname(leader_.get()), O_RDWR | O_NOCTTY));
    const winsize size{24, columns, 0, 0};
    EXPECT_EQ(ioctl(follower.get(), TIOCSWINSZ, &size), 0);
    dup2(follower.get(), STDERR_FILENO);
    setenv("TERM", "xterm", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
  }
  ~StderrTerminal() { dup2(saved_.get(), STDERR_FILENO); }
  StderrTerminal(const StderrTerminal&) = delete;
  StderrTerminal& operator=(const StderrTerminal&) = delete;

  // The output since the last call.
  std::string taken() const {
    std::string all;
    char buffer[65536];
    for (ssize_t got; (got = read(leader_.get(), buffer, sizeof buffer)) > 0;)
      all.append(buffer, static_cast<std::size_t>(got));
    return all;
  }

 private:
  const Descriptor leader_{posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)}, saved_{dup(STDERR_FILENO)};
};

}  // namespace remaphore::test
