// A NATS server with TLS that, once a client has logged in, sends key updates as fast as it can and reads no more.
//
//   flooding_server CA-FILE     writes its certificate there, then its port to standard output; serves one client

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>

#include "memory_server.h"

namespace {

using remaphore::test::Authority;
using remaphore::test::MemoryServer;

constexpr std::string_view kInfo =
    "INFO {\"server_id\":\"F\",\"max_payload\":1048576,\"nonce\":\"abc\",\"tls_required\":true}\r\n";

bool say(int client, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool hear(int client, MemoryServer& server) {
  std::array<char, 16384> piece;
  const ssize_t got = recv(client, piece.data(), piece.size(), 0);
  if (got > 0) server.hear(std::string(piece.data(), static_cast<std::size_t>(got)));
  return got > 0;
}

bool log_in(int client, MemoryServer& server) {
  if (!say(client, kInfo)) return false;
  std::string heard;
  while (heard.find("PING\r\n") == std::string::npos) {
    if (!hear(client, server)) return false;
    std::array<char, 16384> piece;
    int got = 0;
    while ((got = SSL_read(server.session(), piece.data(), piece.size())) > 0) {
      heard.append(piece.data(), static_cast<std::size_t>(got));
    }
    if (!say(client, server.said())) return false;
  }
  SSL_write(server.session(), "PONG\r\n", 6);
  return say(client, server.said());
}

void flood(int client, MemoryServer& server) {
  do {
    for (int i = 0; i < 1000; ++i) {
      SSL_key_update(server.session(), SSL_KEY_UPDATE_NOT_REQUESTED);
      SSL_do_handshake(server.session());
    }
  } while (say(client, server.said()));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const Authority authority;
  std::ofstream(arguments[1]) << authority.certificate_pem();
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener, 1) != 0) return 1;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  const int client = accept(listener, nullptr, nullptr);
  MemoryServer server(authority, TLS1_3_VERSION);
  if (log_in(client, server)) flood(client, server);
  close(client);
  return 0;
}
