#include "memory_server.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>

namespace remaphore::test {
namespace {

std::string text_of(BIO* bio) {
  char* start = nullptr;
  const long size = BIO_get_mem_data(bio, &start);
  std::string text(start, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

}  // namespace

Authority::Authority() : key(EVP_EC_gen("P-256")), certificate(X509_new()) {
  X509* made = certificate.get();
  X509_set_version(made, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
  X509_gmtime_adj(X509_getm_notBefore(made), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made), 3600);
  X509_set_pubkey(made, key.get());
  X509_NAME* name = X509_get_subject_name(made);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(made, name);
  X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost");
  X509_add_ext(made, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(made, key.get(), EVP_sha256());
}

std::string Authority::certificate_pem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate.get());
  return text_of(bio);
}

std::string Authority::key_pem(const char* passphrase) const {
  BIO* bio = BIO_new(BIO_s_mem());
  const EVP_CIPHER* cipher = passphrase == nullptr ? nullptr : EVP_aes_128_cbc();
  PEM_write_bio_PKCS8PrivateKey(bio, key.get(), cipher, nullptr, 0, nullptr, const_cast<char*>(passphrase));
  return text_of(bio);
}

MemoryServer::MemoryServer(const Authority& authority, int version) : context_(SSL_CTX_new(TLS_server_method())) {
  SSL_CTX_set_min_proto_version(context_.get(), version);
  SSL_CTX_set_max_proto_version(context_.get(), version);
  SSL_CTX_use_certificate(context_.get(), authority.certificate.get());
  SSL_CTX_use_PrivateKey(context_.get(), authority.key.get());
  session_.reset(SSL_new(context_.get()));
  SSL_set_bio(session_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_accept_state(session_.get());
}

void MemoryServer::hear(const std::string& bytes) {
  BIO_write(SSL_get_rbio(session_.get()), bytes.data(), static_cast<int>(bytes.size()));
}

std::string MemoryServer::said() {
  std::string text;
  std::array<char, 4096> piece;
  int size = 0;
  while ((size = BIO_read(SSL_get_wbio(session_.get()), piece.data(), static_cast<int>(piece.size()))) > 0) {
    text.append(piece.data(), static_cast<std::size_t>(size));
  }
  return text;
}

}  // namespace remaphore::test
