// remaphore-tls.so: implements io/tls_module.h with OpenSSL. Verified server name, TLS 1.2 or later, no renegotiation,
// nothing configurable beyond the three files. A call reads BoundedSocket::kAllowance at most and returns after one
// non-data record (OpenSSL would go on to the next), so that a server cannot keep the caller from its other work.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <string>

#include "io/tls_module.h"
#include "tls/bounded_socket.h"
#include "tls/certificates.h"
#include "tls/pem_files.h"

namespace {

using remaphore::tls::BoundedSocket;
using remaphore::tls::Buffer;

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* session) const { SSL_free(session); }
};

struct Session {
  explicit Session(int fd) : socket{fd} {}

  BoundedSocket socket;
  std::unique_ptr<SSL_CTX, FreeContext> context;
  std::unique_ptr<SSL, FreeSession> ssl;
};

// `what`, followed by the innermost reason that OpenSSL has queued.
void explain(const char* what, Buffer error) {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::snprintf(error.text, error.size, "%s%s%s", what, reason == nullptr ? "" : ": ", reason == nullptr ? "" : reason);
  ERR_clear_error();
}

bool is_address(const char* host) {
  in6_addr buffer{};
  return inet_pton(AF_INET, host, &buffer) == 1 || inet_pton(AF_INET6, host, &buffer) == 1;
}

// The name that the server's certificate must hold; addresses are compared as addresses and not sent as SNI (RFC 6066).
bool expect_host(SSL* ssl, const char* host) {
  X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
  if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1;
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(parameters, host, 0) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

void* start(int fd, const char* host, const remaphore_tls_files* files, Buffer error) {
  auto session = std::make_unique<Session>(fd);
  session->context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = session->context.get();
  if (context == nullptr) return explain("no TLS context", error), nullptr;
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  if (std::string why; !remaphore::tls::load_files(context, files->ca, files->cert, files->key, why)) {
    std::snprintf(error.text, error.size, "%s", why.c_str());
    return nullptr;
  }

  session->ssl.reset(SSL_new(context));
  SSL* ssl = session->ssl.get();
  BIO* bio = remaphore::tls::bio_over(session->socket);
  if (ssl == nullptr || bio == nullptr || !expect_host(ssl, host)) {
    BIO_free(bio);
    return explain("no TLS session", error), nullptr;
  }
  SSL_set_bio(ssl, bio, bio);
  SSL_set_connect_state(ssl);
  return session.release();
}

SSL* ssl_of(void* session) { return static_cast<Session*>(session)->ssl.get(); }

// Call before each call that reads.
SSL* ready(void* session) {
  ERR_clear_error();
  static_cast<Session*>(session)->socket.allowance = BoundedSocket::kAllowance;
  return ssl_of(session);
}

bool is_end(unsigned long code) {
  return ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

// Our words for two OpenSSL errors that an administrator can fix.
const char* plain_words(unsigned long code) {
  if (ERR_GET_LIB(code) != ERR_LIB_SSL) return nullptr;
  if (ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER) return "no TLS on that port";
  if (ERR_GET_REASON(code) == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED)
    return "it requires a client certificate (tls_cert)";
  return nullptr;
}

// Explains `result` of an SSL_* call that transferred nothing.
int status_of(SSL* ssl, int result, Buffer error) {
  switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ: return REMAPHORE_TLS_WANT_READ;
    case SSL_ERROR_WANT_WRITE: return REMAPHORE_TLS_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN: return REMAPHORE_TLS_CLOSED;
    case SSL_ERROR_SYSCALL:
      if (ERR_peek_error() == 0) return REMAPHORE_TLS_CLOSED;  // without close_notify
      break;
    default: break;
  }
  const unsigned long code = ERR_peek_last_error();
  if (is_end(code)) return ERR_clear_error(), REMAPHORE_TLS_CLOSED;
  if (const long verdict = SSL_get_verify_result(ssl); verdict != X509_V_OK) {
    std::snprintf(error.text, error.size, "the server's certificate is not accepted: %s",
                  X509_verify_cert_error_string(verdict));
    ERR_clear_error();
  } else if (const char* words = plain_words(code)) {
    std::snprintf(error.text, error.size, "%s", words);
    ERR_clear_error();
  } else {
    explain("TLS error", error);
  }
  return REMAPHORE_TLS_FAILED;
}

int handshake(void* session, Buffer error) {
  const int result = SSL_do_handshake(ready(session));
  return result == 1 ? 1 : status_of(ssl_of(session), result, error);
}

long read_some(void* session, char* into, size_t size, Buffer error) {
  size_t got = 0;
  const int result = SSL_read_ex(ready(session), into, size, &got);
  return result == 1 ? static_cast<long>(got) : status_of(ssl_of(session), result, error);
}

long write_some(void* session, const char* bytes, size_t size, Buffer error) {
  size_t sent = 0;
  const int result = SSL_write_ex(ready(session), bytes, size, &sent);
  return result == 1 ? static_cast<long>(sent) : status_of(ssl_of(session), result, error);
}

size_t buffered(void* session) { return static_cast<size_t>(SSL_pending(ssl_of(session))); }

void end(void* session) { delete static_cast<Session*>(session); }

long long peer_expires(void* session) {
  const X509* certificate = SSL_get0_peer_certificate(ssl_of(session));
  return certificate == nullptr ? 0 : remaphore::tls::expiry_of(certificate);
}

int certify(const remaphore_tls_certificate* wanted, Buffer certificate, Buffer key, Buffer error) {
  ERR_clear_error();
  if (remaphore::tls::certify(*wanted, certificate, key)) return 1;
  explain("the certificate cannot be created", error);
  return REMAPHORE_TLS_FAILED;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const remaphore_tls_module remaphore_tls_module_v3 = {
    REMAPHORE_TLS_VERSION,  start, handshake, read_some, write_some, buffered, end, peer_expires, certify,
    remaphore::tls::expires};
