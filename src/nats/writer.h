// Protocol operations -> bytes, appended to `out`. Pure. Subjects must have passed subject::check(), a header block
// must come from nats/headers.h: nothing here escapes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace remaphore::nats {

struct ConnectFields {
  std::string_view version;         // ours
  std::string_view token;           // the user's JWT; empty: none
  std::string_view signature;       // base64url of the nonce's signature, with `token`
  std::string_view user, password;  // from the server's URL; a user without a password is an auth token
  bool tls = false;
};

struct Publish {
  std::string_view subject;
  std::string_view reply_to = {};  // empty: none
  std::string_view headers = {};   // the block; empty: none
  std::string_view payload = {};
};

void write_connect(std::string& out, const ConnectFields& fields);
void write_subscribe(std::string& out, std::string_view subject, std::uint64_t sid);
void write_unsubscribe(std::string& out, std::uint64_t sid);
void write_publish(std::string& out, const Publish& message);
void write_ping(std::string& out);
void write_pong(std::string& out);

}  // namespace remaphore::nats
