// The floor: the minimum that any program must do for `remaphore -s -c CONFIG TEXT`. Its time is what a send costs on
// this machine without remaphore; every figure for a send is a ratio to it.
//
// On the wire it does all that a send does, against the same server with the same keys: it connects, reads INFO, signs
// the nonce with the user's key, signs a message with the node's key, writes CONNECT, PUB and PING in
// one write, and waits for PONG, which says that the server has the message. It links what such a program must: glibc,
// dynamically, and libsodium's Ed25519, statically.
//
// Off the wire it does nothing that it can omit: it looks for its keys in the first bytes of the config and trusts
// whatever it finds there, handles no second server, TLS, signal, short read or timeout, and reports of any failure
// only that there was one. It neither checks that a key belongs to its public half nor locks nor wipes memory,
// allocates nothing, and skips sodium_init(), which signing does not need. remaphore must not omit all of this; the
// targets allow it a quarter more for that.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char config[8192], credentials[8192], info[8192], out[16384];
static const char kBase58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

static void fail(const char* what) {
  dprintf(2, "floor: %s\n", what);
  _exit(1);
}

static void read_start(const char* path, char* into, size_t size) {
  const int fd = open(path, O_RDONLY);
  const ssize_t got = read(fd, into, size - 1);
  if (got <= 0) fail(path);
  into[got] = 0;
  close(fd);
}

// The text behind `mark` up to the first of `ends`, cut off in place.
static char* after(char* text, const char* mark, const char* ends) {
  char* const found = strstr(text, mark);
  if (!found) fail(mark);
  return found + strlen(mark) + strspn(found + strlen(mark), ends);
}
static char* cut(char* from, const char* ends) {
  char* const end = from + strcspn(from, ends);
  if (!*end) fail("cut");
  *end = 0;
  return end + 1;
}

static void base58_decode(const char* text, uint8_t* bytes, int size) {
  uint32_t limbs[16] = {0};
  for (; *text; ++text) {
    uint64_t carry = (uint64_t)(strchr(kBase58, *text) - kBase58);
    for (int i = 0; i < size / 4; ++i) {
      carry += (uint64_t)limbs[i] * 58;
      limbs[i] = (uint32_t)carry;
      carry >>= 32;
    }
  }
  for (int i = 0; i < size; ++i) bytes[size - 1 - i] = (uint8_t)(limbs[i / 4] >> (8 * (i % 4)));
}

// For a signature of 64 bytes. Writes the text backwards from `end`, returns its start.
static char* base58_encode(const uint8_t* bytes, char* end) {
  uint32_t limbs[16];
  int used = 0;
  for (int i = 0; i < 16; ++i)
    limbs[i] = (uint32_t)bytes[4 * i] << 24 | (uint32_t)bytes[4 * i + 1] << 16 | (uint32_t)bytes[4 * i + 2] << 8 |
               bytes[4 * i + 3];
  while (used < 16) {
    uint64_t rest = 0;  // of a division by 58^5
    for (int i = used; i < 16; ++i) {
      rest = rest << 32 | limbs[i];
      limbs[i] = (uint32_t)(rest / 656356768);
      rest %= 656356768;
    }
    while (used < 16 && limbs[used] == 0) ++used;
    for (int i = 0; i < 5 && (rest > 0 || used < 16); ++i, rest /= 58) *--end = kBase58[rest % 58];
  }
  for (; *bytes == 0; ++bytes) *--end = '1';
  return end;
}

static void base32_decode(const char* text, uint8_t* bytes, int size) {
  uint32_t buffer = 0;
  int bits = 0;
  for (int i = 0; i < size; ++text) {
    buffer = buffer << 5 | (uint32_t)(*text >= 'A' ? *text - 'A' : *text - '2' + 26);
    bits += 5;
    if (bits >= 8) bytes[i++] = (uint8_t)(buffer >> (bits -= 8));
  }
}

static char* base64url(const uint8_t* bytes, int size, char* to) {
  static const char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  uint32_t buffer = 0;
  int bits = 0;
  for (int i = 0; i < size; ++i) {
    buffer = buffer << 8 | bytes[i];
    for (bits += 8; bits >= 6; bits -= 6) *to++ = kDigits[buffer >> (bits - 6) & 63];
  }
  if (bits > 0) *to++ = kDigits[buffer << (6 - bits) & 63];
  return to;
}

int main(int count, char** arguments) {
  if (count != 3) fail("usage: floor CONFIG TEXT");
  read_start(arguments[1], config, sizeof config);
  char* const address = after(config, "server: nats://", "");
  char* const credentials_path = after(config, "credentials: ", "");
  char* const subject = after(config, "subject: ", "");
  char* const public_text = after(config, "[ Identities ]", "\n");
  char* const secret_text = cut(public_text, " ");
  cut(secret_text, " ");
  cut(subject, "\n");
  cut(credentials_path, "\n");
  char* const port = cut(address, ":");
  cut(port, "\n");

  const int server = socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct sockaddr_in where = {.sin_family = AF_INET};
  int number = 0;
  for (const char* c = port; *c; ++c) number = number * 10 + (*c - '0');
  where.sin_port = htons((uint16_t)number);
  if (inet_pton(AF_INET, address, &where.sin_addr) != 1) fail("no address");
  if (connect(server, (struct sockaddr*)&where, sizeof where) != 0) fail("connect");

  // While the server gets its greeting ready.
  read_start(credentials_path, credentials, sizeof credentials);
  char* const token = after(credentials, "BEGIN NATS USER JWT", "-\n");
  char* const seed_text = after(cut(token, "\n"), "BEGIN USER NKEY SEED", "-\n");
  uint8_t raw_seed[34], user_public[32], user_key[64], key[64], signature[64], uuid[12];
  base32_decode(seed_text, raw_seed, sizeof raw_seed);
  crypto_sign_seed_keypair(user_public, user_key, raw_seed + 2);

  char body[4096], text[96];
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (getrandom(uuid, sizeof uuid, 0) != sizeof uuid) fail("getrandom");
  int body_size = snprintf(body, sizeof body, "**,%llx,",
                           (unsigned long long)now.tv_sec * 1000000000u + (unsigned long long)now.tv_nsec);
  for (size_t i = 0; i < sizeof uuid; ++i) {
    body[body_size++] = "0123456789abcdef"[uuid[i] >> 4];
    body[body_size++] = "0123456789abcdef"[uuid[i] & 15];
  }
  body_size += snprintf(body + body_size, sizeof body - (size_t)body_size, ",ping,_,%s", arguments[2]);
  if (body_size >= (int)sizeof body) fail("too long");
  base58_decode(secret_text, key, sizeof key);
  crypto_sign_detached(signature, NULL, (const unsigned char*)body, (unsigned long long)body_size, key);
  const char* const signature_text = base58_encode(signature, text + sizeof text);
  const int signature_size = (int)(text + sizeof text - signature_text);

  size_t got = 0;
  do {
    const ssize_t more = read(server, info + got, sizeof info - 1 - got);
    if (more <= 0) fail("INFO");
    got += (size_t)more;
    info[got] = 0;
  } while (!memchr(info, '\n', got));
  char* const nonce = after(info, "\"nonce\":\"", "");
  cut(nonce, "\"");
  crypto_sign_detached(signature, NULL, (const unsigned char*)nonce, strlen(nonce), user_key);
  char nonce_signature[96];
  *base64url(signature, sizeof signature, nonce_signature) = 0;

  const int size = snprintf(
      out, sizeof out,
      "CONNECT "
      "{\"verbose\":false,\"pedantic\":false,\"protocol\":1,\"echo\":true,\"headers\":true,\"no_responders\":true,"
      "\"lang\":\"c\",\"name\":\"floor\",\"version\":\"0\",\"tls_required\":false,\"jwt\":\"%s\",\"sig\":\"%s\"}\r\n"
      "PUB %s.all %d\r\n%s,%.*s,%.*s\r\nPING\r\n",
      token, nonce_signature, subject, (int)strlen(public_text) + 1 + signature_size + 1 + body_size, public_text,
      signature_size, signature_text, body_size, body);
  if (size >= (int)sizeof out || write(server, out, (size_t)size) != size) fail("write");
  for (got = 0;;) {
    const ssize_t more = read(server, info + got, sizeof info - 1 - got);
    if (more <= 0) fail("no PONG");
    got += (size_t)more;
    info[got] = 0;
    if (strstr(info, "-ERR")) fail(info);
    if (strstr(info, "PONG\r\n")) _exit(0);
  }
}
