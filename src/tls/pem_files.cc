#include "tls/pem_files.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <vector>

#include "tls/openssl_handles.h"

namespace remaphore::tls {
namespace {

void free_infos(STACK_OF(X509_INFO) * infos) { sk_X509_INFO_pop_free(infos, X509_INFO_free); }

using Infos = std::unique_ptr<STACK_OF(X509_INFO), Free<free_infos>>;

// `option` is the config key that names `path`.
std::string about(const char* option, const char* path, const std::string& what) {
  return std::string(option) + ' ' + path + ": " + what;
}

std::string reason_or(const char* otherwise) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  std::string said = reason == nullptr ? otherwise : std::string(otherwise) + ": " + reason;
  ERR_clear_error();
  return said;
}

// A file's text, wiped at the end.
class Text {
 public:
  ~Text() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

  // Empty on success, else what is wrong.
  std::string read(const char* path) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) return std::strerror(errno);
    std::string wrong = read_from(fd);
    close(fd);
    return wrong;
  }

  Bio bio() const { return Bio(BIO_new_mem_buf(bytes_.data(), static_cast<int>(bytes_.size()))); }

 private:
  std::string read_from(int fd) {
    struct stat status {};
    if (fstat(fd, &status) != 0) return std::strerror(errno);
    if (!S_ISREG(status.st_mode)) return "it is not a regular file";
    if (status.st_size == 0) return "it is empty";
    if (static_cast<std::size_t>(status.st_size) > kMaxPemFile) return "it is too large for a PEM file";
    bytes_.resize(static_cast<std::size_t>(status.st_size));
    std::size_t size = 0;
    while (size < bytes_.size()) {
      const ssize_t got = ::read(fd, bytes_.data() + size, bytes_.size() - size);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return std::strerror(errno);
      if (got == 0) break;
      size += static_cast<std::size_t>(got);
    }
    bytes_.resize(size);
    return {};
  }

  std::vector<char> bytes_;
};

// Called instead of OpenSSL's prompt on the terminal.
int no_passphrase(char* /*into*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

std::string use_authorities(SSL_CTX* context, const Bio& pem) {
  bool asked = false;
  const Infos infos(PEM_X509_INFO_read_bio(pem.get(), nullptr, no_passphrase, &asked));
  if (!infos) return reason_or("it holds no certificate");
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  int used = 0;
  for (int i = 0; i < sk_X509_INFO_num(infos.get()); ++i) {
    const X509_INFO* info = sk_X509_INFO_value(infos.get(), i);
    if (info->x509 == nullptr) continue;
    if (X509_STORE_add_cert(store, info->x509) != 1) return reason_or("a certificate cannot be used");
    ++used;
  }
  ERR_clear_error();
  return used == 0 ? "it holds no certificate" : "";
}

// Our certificate first, then the chain to its authority.
std::string use_chain(SSL_CTX* context, const Bio& pem) {
  bool asked = false;
  const Certificate own(PEM_read_bio_X509_AUX(pem.get(), nullptr, no_passphrase, &asked));
  if (!own) return reason_or("it holds no certificate");
  if (SSL_CTX_use_certificate(context, own.get()) != 1) return reason_or("its certificate cannot be used");
  while (Certificate next{PEM_read_bio_X509(pem.get(), nullptr, no_passphrase, &asked)}) {
    if (SSL_CTX_add0_chain_cert(context, next.get()) != 1) return reason_or("a certificate cannot be used");
    static_cast<void>(next.release());
  }
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!ended) return reason_or("a certificate cannot be read");
  ERR_clear_error();
  return {};
}

std::string use_key(SSL_CTX* context, const Bio& pem) {
  bool asked = false;
  const Key key(PEM_read_bio_PrivateKey(pem.get(), nullptr, no_passphrase, &asked));
  if (asked) return "it is encrypted with a passphrase, which cannot be asked for here; remove it with `openssl pkey`";
  if (!key) return reason_or("it holds no private key");
  if (SSL_CTX_use_PrivateKey(context, key.get()) == 1) return {};
  if (ERR_GET_REASON(ERR_peek_last_error()) != X509_R_KEY_VALUES_MISMATCH) return reason_or("it cannot be used");
  return "it does not belong to the certificate of tls_cert";
}

bool load(SSL_CTX* context, const char* option, const char* path, std::string (*use)(SSL_CTX*, const Bio&),
          std::string& why) {
  Text text;
  std::string wrong = text.read(path);
  if (wrong.empty()) {
    const Bio pem = text.bio();
    wrong = pem ? use(context, pem) : "no memory";
  }
  ERR_clear_error();
  if (wrong.empty()) return true;
  why = about(option, path, wrong);
  return false;
}

}  // namespace

bool load_files(SSL_CTX* context, const char* ca, const char* cert, const char* key, std::string& why) {
  if (ca == nullptr && SSL_CTX_set_default_verify_paths(context) != 1) {
    why = reason_or("the system's certificate authorities cannot be loaded");
    return false;
  }
  if (ca != nullptr && !load(context, "tls_ca", ca, use_authorities, why)) return false;
  if (cert != nullptr && !load(context, "tls_cert", cert, use_chain, why)) return false;
  if ((cert == nullptr) != (key == nullptr)) {
    why = cert == nullptr ? about("tls_key", key, "it needs tls_cert, which is not set")
                          : about("tls_cert", cert, "it needs tls_key, which is not set");
    return false;
  }
  return key == nullptr || load(context, "tls_key", key, use_key, why);
}

}  // namespace remaphore::tls
