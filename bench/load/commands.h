// What the load program can do; each prints its figures to standard output, a line of numbers each, times in
// nanoseconds. CREDENTIALS is a path, SUBJECT the config's, without the last part.
#pragma once

#include <span>
#include <string>

namespace remaphore::bench {

using Words = std::span<const std::string>;

// PORT CREDENTIALS SUBJECT KIND COUNT DESTINATION PID: publishes COUNT messages of node 1 in one go and then one that
// asks for an answer, and waits for that: a listener, PID, that answers DESTINATION has gone through all of them. KIND
// is verified (numbered, to DESTINATION), elsewhere (to another node), stranger (a key that nobody knows). Prints:
// bytes of all messages, time to publish, time to the answer, the listener's CPU time in it.
int flood(Words words);

// PORT CREDENTIALS SUBJECT COUNT KIND: answers every request as nodes 1 to COUNT, until standard input ends. KIND is
// bound (signed when the request comes) or prepared (signed beforehand, with random UUIDs: nothing but a write when the
// request comes). Prints a line when it listens. Also sends back what comes on SUBJECT.echo, on SUBJECT.back.
int respond(Words words);

// PORT CREDENTIALS SUBJECT RUNS: PING to PONG, and to a responder's echo and back, in turn.
// Prints for each run: both times.
int round_trip(Words words);

// PORT CREDENTIALS SUBJECT RUNS DESTINATION FIFO STAMP: a message of node 1 to a listener that runs STAMP, which writes
// its first moment to FIFO; then a bare spawn of STAMP; then a message that is only carried to another connection here.
// Prints for each run: publish to first instruction, spawn to first instruction, publish to reception.
int react(Words words);

// PORT CREDENTIALS SUBJECT CONNECTIONS RUNS: one message to so many connections, all of them here.
// Prints for each run: until the server had taken the message, until the last connection had it.
int fan_out(Words words);

// PORT CREDENTIALS SUBJECT COUNT DESTINATION: publishes COUNT messages of node 1, numbered, and prints nothing.
int keep(Words words);

// PORT CREDENTIALS SUBJECT COUNT: reads the first COUNT messages that the stream of SUBJECT keeps, as a listener does
// that joins late, and looks at none of them. Prints: wall time, CPU time.
int read_kept(Words words);

// PORT CREDENTIALS SUBJECT COUNT: signs a message of each of nodes 1 to COUNT, prints a line, waits for standard input
// to end, and publishes them all in one go. Prints: when it began to, by the monotonic clock.
int signal_all(Words words);

// THREADS SECONDS: libsodium's verification of a message of usual size, in so many threads.
// Prints: verifications, wall time, CPU time.
int verify_rate(Words words);

// The same for its signature.
int sign_rate(Words words);

}  // namespace remaphore::bench
