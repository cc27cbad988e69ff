#include "load/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/base64.h"
#include "io/credentials_file.h"
#include "nats/server_info.h"
#include "nats/writer.h"

namespace remaphore::bench {

void die(std::string_view what) {
  std::fprintf(stderr, "load: %.*s\n", static_cast<int>(what.size()), what.data());
  std::exit(1);
}

std::int64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

Client::Client(const std::string& port, const std::string& credentials) {
  const auto loaded = read_credentials(credentials);
  if (!loaded) die(loaded.error().message);
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) die("cannot connect");

  const auto info = nats::parse_server_info(next(nats::Op::Kind::kInfo).text);
  if (!info) die(info.error().message);
  parser_.set_max_payload(info->max_payload);
  const std::string signature = base64url(loaded->key.sign(info->nonce).bytes);
  nats::ConnectFields fields;
  fields.version = "0";
  fields.token = loaded->token;
  fields.signature = signature;
  std::string out;
  nats::write_connect(out, fields);
  write(out);
  flush();
}

Client::~Client() { close(fd_); }

void Client::subscribe(std::string_view subject) {
  std::string out;
  nats::write_subscribe(out, subject, ++sid_);
  write(out);
  flush();
}

void Client::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) die("the server takes no more");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void Client::publish(std::string_view subject, std::string_view payload) {
  std::string out;
  nats::write_publish(out, {.subject = subject, .payload = payload});
  write(out);
}

void Client::flush() {
  write("PING\r\n");
  next(nats::Op::Kind::kPong);
}

nats::Op Client::next_message() { return next(nats::Op::Kind::kMessage); }

std::optional<nats::Op> Client::held_message() { return held(nats::Op::Kind::kMessage); }

bool Client::read_unless(int also) {
  pollfd both[] = {{fd_, POLLIN, 0}, {also, POLLIN, 0}};
  poll(both, 2, -1);
  if (both[1].revents != 0) return false;
  read();
  return true;
}

nats::Op Client::next(nats::Op::Kind kind) {
  while (true) {
    if (const auto op = held(kind)) return *op;
    read();
  }
}

std::optional<nats::Op> Client::held(nats::Op::Kind kind) {
  while (true) {
    const auto op = parser_.next();
    if (!op) die(op.error().message);
    if (!*op || (*op)->kind == kind) return *op;
    if ((*op)->kind == nats::Op::Kind::kPing) write("PONG\r\n");
    if ((*op)->kind == nats::Op::Kind::kError) die((*op)->text);
  }
}

void Client::read() {
  const auto room = parser_.writable(std::size_t{64} << 10);
  const ssize_t got = ::recv(fd_, room.data(), room.size(), 0);
  if (got <= 0) die("the server closed the connection");
  parser_.commit(static_cast<std::size_t>(got));
}

}  // namespace remaphore::bench
