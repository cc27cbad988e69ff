// remaphore-tls.so: io/tls_module.h by OpenSSL. Verified server name, TLS 1.2 or later, nothing configurable beyond the
// three files.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>

#include "io/tls_module.h"

namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* session) const { SSL_free(session); }
};

struct Session {
  std::unique_ptr<SSL_CTX, FreeContext> context;
  std::unique_ptr<SSL, FreeSession> ssl;
};

// The innermost reason that OpenSSL has queued, behind `what`.
void explain(const char* what, char* error, size_t error_size) {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::snprintf(error, error_size, "%s%s%s", what, reason == nullptr ? "" : ": ", reason == nullptr ? "" : reason);
  ERR_clear_error();
}

bool is_address(const char* host) {
  in6_addr buffer{};
  return inet_pton(AF_INET, host, &buffer) == 1 || inet_pton(AF_INET6, host, &buffer) == 1;
}

bool load_files(SSL_CTX* context, const char* ca, const char* cert, const char* key, char* error, size_t error_size) {
  if (ca == nullptr ? SSL_CTX_set_default_verify_paths(context) != 1
                    : SSL_CTX_load_verify_locations(context, ca, nullptr) != 1) {
    explain(ca == nullptr ? "the system's certificate authorities cannot be loaded" : "tls_ca is unusable", error,
            error_size);
    return false;
  }
  if (cert != nullptr && SSL_CTX_use_certificate_chain_file(context, cert) != 1) {
    explain("tls_cert is unusable", error, error_size);
    return false;
  }
  if (key != nullptr && SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
    explain("tls_key is unusable", error, error_size);
    return false;
  }
  if ((cert == nullptr) != (key == nullptr)) {
    std::snprintf(error, error_size, "tls_cert and tls_key go together");
    return false;
  }
  if (cert != nullptr && SSL_CTX_check_private_key(context) != 1) {
    explain("tls_key does not belong to tls_cert", error, error_size);
    return false;
  }
  return true;
}

// What the server's certificate has to say; addresses are compared as addresses and sent in no SNI (RFC 6066).
bool expect_host(SSL* ssl, const char* host) {
  X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
  if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1;
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(parameters, host, 0) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

void* start(int fd, const char* host, const char* ca, const char* cert, const char* key, char* error,
            size_t error_size) {
  auto session = std::make_unique<Session>();
  session->context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = session->context.get();
  if (context == nullptr) return explain("no TLS context", error, error_size), nullptr;
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (!load_files(context, ca, cert, key, error, error_size)) return nullptr;

  session->ssl.reset(SSL_new(context));
  SSL* ssl = session->ssl.get();
  if (ssl == nullptr || SSL_set_fd(ssl, fd) != 1 || !expect_host(ssl, host)) {
    return explain("no TLS session", error, error_size), nullptr;
  }
  SSL_set_connect_state(ssl);
  return session.release();
}

SSL* ssl_of(void* session) { return static_cast<Session*>(session)->ssl.get(); }

// `result` of an SSL_* call that moved nothing.
int status_of(SSL* ssl, int result, char* error, size_t error_size) {
  switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ: return REMAPHORE_TLS_WANT_READ;
    case SSL_ERROR_WANT_WRITE: return REMAPHORE_TLS_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN: return REMAPHORE_TLS_CLOSED;
    case SSL_ERROR_SYSCALL:
      if (ERR_peek_error() == 0) return REMAPHORE_TLS_CLOSED;  // without a goodbye
      [[fallthrough]];
    default: break;
  }
  if (const long verdict = SSL_get_verify_result(ssl); verdict != X509_V_OK) {
    std::snprintf(error, error_size, "the server's certificate is not accepted: %s",
                  X509_verify_cert_error_string(verdict));
    ERR_clear_error();
  } else {
    explain("TLS error", error, error_size);
  }
  return REMAPHORE_TLS_FAILED;
}

int handshake(void* session, char* error, size_t error_size) {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_of(session));
  return result == 1 ? 1 : status_of(ssl_of(session), result, error, error_size);
}

long read_some(void* session, char* into, size_t size, char* error, size_t error_size) {
  ERR_clear_error();
  size_t got = 0;
  const int result = SSL_read_ex(ssl_of(session), into, size, &got);
  return result == 1 ? static_cast<long>(got) : status_of(ssl_of(session), result, error, error_size);
}

long write_some(void* session, const char* bytes, size_t size, char* error, size_t error_size) {
  ERR_clear_error();
  size_t sent = 0;
  const int result = SSL_write_ex(ssl_of(session), bytes, size, &sent);
  return result == 1 ? static_cast<long>(sent) : status_of(ssl_of(session), result, error, error_size);
}

size_t buffered(void* session) { return static_cast<size_t>(SSL_pending(ssl_of(session))); }

void end(void* session) { delete static_cast<Session*>(session); }

}  // namespace

extern "C" __attribute__((visibility("default"))) const remaphore_tls_module remaphore_tls_module_v1 = {
    REMAPHORE_TLS_VERSION, start, handshake, read_some, write_some, buffered, end};
