// Times whole processes from outside, several commands in turn, A B A B ..., so that a drift in the machine's speed
// affects all of them.
//
//   timer RUNS WARMUP -- COMMAND A ... [-- COMMAND B ...] ...
//
// Prints a line for each counted run: the command's number, wall time and CPU time (user and system) in nanoseconds,
// peak memory in KiB, minor faults, context switches, exit status (128+N for signal N). Input and output are /dev/null.
//
// It is static and small on purpose: the kernel counts the parent's memory towards the child's peak, from the time
// before exec.
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (long long)time.tv_sec * 1000000000 + time.tv_nsec;
}

static long long nanoseconds(struct timeval time) { return (long long)time.tv_sec * 1000000000 + time.tv_usec * 1000; }

static void run(int number, char** command, int count_it) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  pid_t child;
  const long long began = now();
  const int error = posix_spawn(&child, command[0], &actions, NULL, command, environ);
  if (error != 0) {
    fprintf(stderr, "timer: %s: %s\n", command[0], strerror(error));
    exit(1);
  }
  int status = 0;
  struct rusage used;
  wait4(child, &status, 0, &used);
  const long long wall = now() - began;
  posix_spawn_file_actions_destroy(&actions);
  if (!count_it) return;
  printf("%d %lld %lld %ld %ld %ld %d\n", number, wall, nanoseconds(used.ru_utime) + nanoseconds(used.ru_stime),
         used.ru_maxrss, used.ru_minflt, used.ru_nvcsw + used.ru_nivcsw,
         WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

int main(int count, char** arguments) {
  char** commands[16];
  int used = 0;
  for (int i = 3; i < count; ++i) {
    if (strcmp(arguments[i], "--") != 0) continue;
    arguments[i] = NULL;
    if (i + 1 < count && used < 16) commands[used++] = arguments + i + 1;
  }
  if (used == 0) {
    fputs("usage: timer RUNS WARMUP -- COMMAND ... [-- COMMAND ...] ...\n", stderr);
    return 2;
  }
  const int runs = atoi(arguments[1]), warmup = atoi(arguments[2]);
  for (int n = -warmup; n < runs; ++n) {
    for (int i = 0; i < used; ++i) run(i, commands[i], n >= 0);
  }
  return 0;
}
