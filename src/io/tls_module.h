/* The interface between the program and remaphore-tls.so: plain C, so that nothing else is shared. Errors are one line of
 * text, cut to `error_size` with its NUL. No function blocks. */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define REMAPHORE_TLS_VERSION 1
#define REMAPHORE_TLS_SYMBOL "remaphore_tls_module_v1"

enum remaphore_tls_status {
  REMAPHORE_TLS_CLOSED = 0,     /* the peer has closed the session */
  REMAPHORE_TLS_WANT_READ = -1, /* again when the socket is readable */
  REMAPHORE_TLS_WANT_WRITE = -2,
  REMAPHORE_TLS_FAILED = -3 /* `error` says why */
};

struct remaphore_tls_module {
  unsigned version; /* REMAPHORE_TLS_VERSION */

  /* A client session on the connected, non-blocking socket `fd`, which stays the caller's. `ca`, `cert` and `key` are
   * paths or NULL. NULL: failed. */
  void* (*start)(int fd, const char* host, const char* ca, const char* cert, const char* key, char* error,
                 size_t error_size);
  /* 1: done; else a status. */
  int (*handshake)(void* session, char* error, size_t error_size);
  /* Bytes moved, or a status. */
  long (*read)(void* session, char* into, size_t size, char* error, size_t error_size);
  long (*write)(void* session, const char* bytes, size_t size, char* error, size_t error_size);
  /* Bytes decrypted and not read yet. */
  size_t (*buffered)(void* session);
  void (*end)(void* session);
};

#ifdef __cplusplus
}
#endif
