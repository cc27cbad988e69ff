"""A private wall clock for processes under test, which a test can step at will."""

import mmap
import os
import struct
import subprocess

SHIM = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile long long* offset;

__attribute__((constructor)) static void open_offset(void) {
  int file = open(getenv("CLOCK_OFFSET"), O_RDONLY | O_CLOEXEC);
  void* page = mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (page == MAP_FAILED) _exit(125);
  offset = page;
}

int clock_gettime(clockid_t clock, struct timespec* time) {
  int result = syscall(SYS_clock_gettime, clock, time);
  if (clock == CLOCK_REALTIME && offset) time->tv_sec += *offset;
  return result;
}
"""


class SteppedClock:
    def __init__(self, folder):
        source, self.shim = os.path.join(folder, "clock.c"), os.path.join(folder, "clock.so")
        with open(source, "w") as file:
            file.write(SHIM)
        done = subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.shim, source], capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(done.stderr)
        self.path = os.path.join(folder, "offset")
        with open(self.path, "w+b") as file:
            file.write(b"\0" * 8)
            file.flush()
            self.page = mmap.mmap(file.fileno(), 8)

    @property
    def variables(self):
        """What a process needs in its environment."""
        return {"LD_PRELOAD": self.shim, "CLOCK_OFFSET": self.path}

    def step(self, seconds):
        """To that many seconds ahead of the real one."""
        self.page[:] = struct.pack("q", seconds)

    def close(self):
        self.page.close()
