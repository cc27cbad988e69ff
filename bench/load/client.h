// A blocking NATS client for load: one connection, whole batches of frames in few writes, no reconnecting. Any failure
// ends the program with a line on standard error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "nats/parser.h"

namespace remaphore::bench {

[[noreturn]] void die(std::string_view what);

std::int64_t monotonic_ns();

class Client {
 public:
  // `port` on 127.0.0.1; the path of a credentials file.
  Client(const std::string& port, const std::string& credentials);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // The server knows of it when this returns.
  void subscribe(std::string_view subject);
  void write(std::string_view bytes);
  void publish(std::string_view subject, std::string_view payload);
  // PING to PONG: the server has received everything written before.
  void flush();
  // The next message; its views live until the next call. The second does not wait for the server.
  nats::Op next_message();
  std::optional<nats::Op> held_message();
  // Waits for data from the server and reads it; false: `also` can be read.
  bool read_unless(int also);

 private:
  nats::Op next(nats::Op::Kind kind);
  std::optional<nats::Op> held(nats::Op::Kind kind);
  void read();

  int fd_ = -1;
  nats::Parser parser_;
  std::uint64_t sid_ = 0;
};

}  // namespace remaphore::bench
