#include "io/standard_descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace remaphore {
namespace {

// What a child reports by its exit status, since it has no standard descriptors.
template <typename Says>
int in_child_without_descriptors(Says says) {
  const pid_t child = fork();
  if (child == 0) {
    for (int fd = 0; fd <= 2; ++fd) close(fd);
    _exit(says());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// 0: they are occupied, and still unusable.
int occupy_and_look() {
  if (!occupy_standard_descriptors()) return 1;
  for (int fd = 0; fd <= 2; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) return 2;
  }
  char c = 'x';
  if (read(STDIN_FILENO, &c, 1) >= 0 || errno != EBADF) return 3;
  if (write(STDOUT_FILENO, &c, 1) >= 0 || errno != EBADF) return 4;
  return open("/", O_RDONLY) > 2 ? 0 : 5;
}

TEST(StandardDescriptorsTest, AreOccupied) { EXPECT_EQ(in_child_without_descriptors(occupy_and_look), 0); }

TEST(StandardDescriptorsTest, AreOccupiedWithoutANullDevice) {
  constexpr int kNotPermitted = 99;
  const int status = in_child_without_descriptors([] {
    if (unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
        mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("none", "/dev", "tmpfs", 0, nullptr) != 0) {
      return kNotPermitted;
    }
    return occupy_and_look();
  });
  if (status == kNotPermitted) GTEST_SKIP() << "this process may not mount";
  EXPECT_EQ(status, 0);
}

TEST(StandardDescriptorsTest, SayIfNothingCanBeOpened) {
  EXPECT_EQ(in_child_without_descriptors([] {
              const rlimit none{0, 0};
              setrlimit(RLIMIT_NOFILE, &none);
              return occupy_standard_descriptors() ? 1 : 0;
            }),
            0);
}

}  // namespace
}  // namespace remaphore
