#include "tls/certificates.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cstring>
#include <memory>
#include <string>

#include "tls/openssl_handles.h"

namespace remaphore::tls {
namespace {

constexpr int kSerialBytes = 16;

using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;

Bio bio_of(const char* text) { return Bio(BIO_new_mem_buf(text, -1)); }

Certificate read_certificate(const char* pem) {
  const Bio bio = bio_of(pem);
  return Certificate(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
}

int ask_nobody(char*, int, int, void*) { return -1; }

Key read_key(const char* pem) {
  const Bio bio = bio_of(pem);
  return Key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, ask_nobody, nullptr) : nullptr);
}

bool copy(BIO* bio, Buffer into) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  if (size <= 0 || static_cast<std::size_t>(size) >= into.size) return false;
  std::memcpy(into.text, text, static_cast<std::size_t>(size));
  into.text[size] = '\0';
  return true;
}

bool set_serial(X509* certificate) {
  unsigned char bytes[kSerialBytes];
  if (RAND_bytes(bytes, kSerialBytes) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);  // positive, of full length
  const Number number(BN_bin2bn(bytes, kSerialBytes, nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// "DNS:a,IP:192.0.2.1"; empty if a host is not what such a list can hold.
std::string names_of(const remaphore_tls_certificate& wanted) {
  std::string names;
  for (std::size_t i = 0; i < wanted.host_count; ++i) {
    const std::string host = wanted.hosts[i];
    in6_addr buffer{};
    const bool address =
        inet_pton(AF_INET, host.c_str(), &buffer) == 1 || inet_pton(AF_INET6, host.c_str(), &buffer) == 1;
    if (host.empty() || host.find_first_of(",\r\n ") != host.npos) return {};
    names += (names.empty() ? "" : ",") + std::string(address ? "IP:" : "DNS:") + host;
  }
  return names;
}

bool describe(X509* certificate, X509* issuer, const remaphore_tls_certificate& wanted) {
  if (wanted.authority == nullptr) {
    return extend(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
           extend(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign") &&
           extend(certificate, issuer, NID_subject_key_identifier, "hash");
  }
  const std::string names = names_of(wanted);
  return !names.empty() && extend(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
         extend(certificate, issuer, NID_key_usage, "critical,digitalSignature") &&
         extend(certificate, issuer, NID_ext_key_usage, "serverAuth,clientAuth") &&
         extend(certificate, issuer, NID_subject_key_identifier, "hash") &&
         extend(certificate, issuer, NID_authority_key_identifier, "keyid:always") &&
         extend(certificate, issuer, NID_subject_alt_name, names);
}

bool fill(X509* certificate, X509* issuer, EVP_PKEY* own, const remaphore_tls_certificate& wanted) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  const auto* name = reinterpret_cast<const unsigned char*>(wanted.name);
  return X509_set_version(certificate, 2) == 1 && set_serial(certificate) &&
         X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
         ASN1_TIME_set(X509_getm_notBefore(certificate), wanted.from) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), wanted.until) != nullptr &&
         X509_set_pubkey(certificate, own) == 1 && describe(certificate, issuer, wanted);
}

}  // namespace

bool certify(const remaphore_tls_certificate& wanted, Buffer certificate, Buffer key) {
  const bool renews = wanted.authority == nullptr && wanted.authority_key != nullptr;
  const Key signer = wanted.authority_key == nullptr ? Key() : read_key(wanted.authority_key);
  if (wanted.authority_key != nullptr && !signer) return false;
  const Key fresh = renews ? Key() : Key(EVP_EC_gen("P-256"));
  EVP_PKEY* own = renews ? signer.get() : fresh.get();
  const Certificate authority = wanted.authority == nullptr ? Certificate() : read_certificate(wanted.authority);
  const Certificate made(X509_new());
  if (own == nullptr || !made || (wanted.authority != nullptr && (!authority || !signer))) return false;
  X509* issuer = authority ? authority.get() : made.get();
  if (!fill(made.get(), issuer, own, wanted)) return false;
  if (X509_sign(made.get(), authority ? signer.get() : own, EVP_sha256()) == 0) return false;
  const Bio public_text(BIO_new(BIO_s_mem())), secret_text(BIO_new(BIO_s_secmem()));
  return public_text && secret_text && PEM_write_bio_X509(public_text.get(), made.get()) == 1 &&
         PEM_write_bio_PKCS8PrivateKey(secret_text.get(), own, nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
         copy(public_text.get(), certificate) && copy(secret_text.get(), key);
}

long long expiry_of(const X509* certificate) {
  tm time{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) return 0;
  return timegm(&time);
}

long long expires(const char* pem, std::size_t size) {
  const Bio bio(BIO_new_mem_buf(pem, static_cast<int>(size)));
  const Certificate certificate(bio ? PEM_read_bio_X509(bio.get(), nullptr, ask_nobody, nullptr) : nullptr);
  return certificate ? expiry_of(certificate.get()) : 0;
}

}  // namespace remaphore::tls
