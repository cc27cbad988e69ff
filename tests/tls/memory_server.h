// A TLS server without a socket: its output is collected until the test delivers it, in any pieces.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace remaphore::test {

struct FreeWithOpenSsl {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

// A self-signed certificate for "localhost" and its key.
struct Authority {
  Authority();
  std::string certificate_pem() const;
  std::string key_pem(const char* passphrase = nullptr) const;

  std::unique_ptr<EVP_PKEY, FreeWithOpenSsl> key;
  std::unique_ptr<X509, FreeWithOpenSsl> certificate;
};

class MemoryServer {
 public:
  // `version`: TLS1_2_VERSION or TLS1_3_VERSION, and no other.
  MemoryServer(const Authority& authority, int version);

  SSL* session() { return session_.get(); }
  void hear(const std::string& bytes);
  std::string said();  // since the last call

 private:
  std::unique_ptr<SSL_CTX, FreeWithOpenSsl> context_;
  std::unique_ptr<SSL, FreeWithOpenSsl> session_;
};

}  // namespace remaphore::test
