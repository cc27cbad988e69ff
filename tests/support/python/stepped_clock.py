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
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile long long* offset;

// A program of Go reads the clock by the kernel's vDSO and nothing else: gives it another one.
static void replace_vdso(const char* path, char** environment) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (fstat(file, &status) != 0) _exit(125);
  void* image = mmap(0, status.st_size, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
  close(file);
  while (*environment) ++environment;
  unsigned long* entry = (unsigned long*)(environment + 1);
  while (entry[0] != AT_SYSINFO_EHDR && entry[0] != AT_NULL) entry += 2;
  if (image == MAP_FAILED || entry[0] == AT_NULL) _exit(125);
  entry[1] = (unsigned long)image;
}

__attribute__((constructor)) static void open_offset(int count, char** arguments, char** environment) {
  (void)count, (void)arguments;
  int file = open(getenv("CLOCK_OFFSET"), O_RDONLY | O_CLOEXEC);
  void* page = mmap((void*)PAGE, 8, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, file, 0);
  close(file);
  if (page != (void*)PAGE) _exit(125);
  offset = page;
  if (getenv("CLOCK_VDSO")) replace_vdso(getenv("CLOCK_VDSO"), environment);
}

int clock_gettime(clockid_t clock, struct timespec* time) {
  int result = syscall(SYS_clock_gettime, clock, time);
  if (clock == CLOCK_REALTIME && offset) time->tv_sec += *offset;
  return result;
}
"""

VDSO = r"""
#include <sys/syscall.h>
#include <time.h>

int __vdso_clock_gettime(clockid_t clock, struct timespec* time) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "0"(SYS_clock_gettime), "D"(clock), "S"(time) : "rcx", "r11", "memory");
  if (clock == CLOCK_REALTIME) time->tv_sec += *(const volatile long long*)PAGE;
  return (int)result;
}
"""

PAGE = "-DPAGE=0x10000000000ul"  # where the offset is


class SteppedClock:
    def __init__(self, folder):
        self.folder = folder
        self.shim = self.build("clock", SHIM)
        self.vdso = None
        self.path = os.path.join(folder, "offset")
        with open(self.path, "w+b") as file:
            file.write(b"\0" * 8)
            file.flush()
            self.page = mmap.mmap(file.fileno(), 8)

    def build(self, name, text, *options):
        source, library = (os.path.join(self.folder, name + end) for end in (".c", ".so"))
        with open(source, "w") as file:
            file.write(text)
        done = subprocess.run(["cc", "-shared", "-fPIC", "-O1", PAGE, *options, "-o", library, source],
                              capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(done.stderr)
        return library

    @property
    def go_variables(self):
        """What a program of Go needs in its environment. On amd64."""
        if self.vdso is None:
            versions = os.path.join(self.folder, "vdso.map")
            with open(versions, "w") as file:
                file.write("LINUX_2.6 { global: __vdso_clock_gettime; };\n")
            self.vdso = self.build("vdso", VDSO, "-nostdlib", "-fno-stack-protector", "-Wl,--hash-style=both",
                                   "-Wl,-z,noseparate-code", f"-Wl,--version-script={versions}")
        return self.variables | {"CLOCK_VDSO": self.vdso}

    @property
    def variables(self):
        """What a process needs in its environment."""
        return {"LD_PRELOAD": self.shim, "CLOCK_OFFSET": self.path}

    def step(self, seconds):
        """Steps the clock to this many seconds ahead of the real one."""
        self.page[:] = struct.pack("q", seconds)

    def close(self):
        self.page.close()
