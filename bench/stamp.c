// The command that a listener runs when reactions are measured: it first reads the clock, then reports the time in
// nanoseconds of CLOCK_MONOTONIC. Static, so that its own start is short; the driver also starts it alone, and the
// difference counts.
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  char text[32];
  const int size = snprintf(text, sizeof text, "%lld\n", (long long)now.tv_sec * 1000000000 + now.tv_nsec);
  return write(1, text, (size_t)size) == size ? 0 : 1;
}
