/* The interface between the program and remaphore-tls.so: plain C, so that nothing else is shared. Errors are one line
 * of text. No function blocks. */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define REMAPHORE_TLS_VERSION 3
#define REMAPHORE_TLS_SYMBOL "remaphore_tls_module_v3"

enum remaphore_tls_status {
  REMAPHORE_TLS_CLOSED = 0,     /* the peer has closed the session */
  REMAPHORE_TLS_WANT_READ = -1, /* again when the socket is readable */
  REMAPHORE_TLS_WANT_WRITE = -2,
  REMAPHORE_TLS_FAILED = -3 /* `error` says why */
};

/* Paths or NULL. */
struct remaphore_tls_files {
  const char *ca, *cert, *key;
};

/* Where a text with its NUL goes. An error is cut to it. */
struct remaphore_tls_buffer {
  char* text;
  size_t size;
};

/* A certificate to make, with a key of its own: ECDSA with P-256 and SHA-256. */
struct remaphore_tls_certificate {
  const char* name;         /* the subject's common name, 64 bytes at most */
  const char* const* hosts; /* names and addresses that the certificate is good for; of an authority none */
  size_t host_count;
  long long from, until;     /* Unix seconds */
  const char* authority;     /* PEM of the certificate that signs it; NULL: it is an authority and signs itself */
  const char* authority_key; /* PEM; of an authority that is made anew the key to keep, or NULL */
};

struct remaphore_tls_module {
  unsigned version; /* REMAPHORE_TLS_VERSION */

  /* A client session on the connected, non-blocking socket `fd`, which stays the caller's. NULL: failed. */
  void* (*start)(int fd, const char* host, const struct remaphore_tls_files* files, struct remaphore_tls_buffer error);
  /* 1: done; else a status. */
  int (*handshake)(void* session, struct remaphore_tls_buffer error);
  /* Bytes moved, or a status. */
  long (*read)(void* session, char* into, size_t size, struct remaphore_tls_buffer error);
  long (*write)(void* session, const char* bytes, size_t size, struct remaphore_tls_buffer error);
  /* Bytes decrypted and not read yet. */
  size_t (*buffered)(void* session);
  void (*end)(void* session);
  /* When the peer's certificate expires, in Unix seconds; 0 before the end of the handshake. */
  long long (*peer_expires)(void* session);

  /* PEM texts; the caller wipes the key. 1: done; else `error` says why. */
  int (*certify)(const struct remaphore_tls_certificate* wanted, struct remaphore_tls_buffer certificate,
                 struct remaphore_tls_buffer key, struct remaphore_tls_buffer error);
  /* When the first certificate of a PEM text expires, in Unix seconds; 0: there is none. */
  long long (*expires)(const char* pem, size_t size);
};

#ifdef __cplusplus
}
#endif
