#include "io/certificates.h"

#include <array>

#include "base/text.h"
#include "core/keys.h"
#include "io/tls_loader.h"
#include "io/tls_module.h"

namespace remaphore {
namespace {

constexpr std::size_t kMaxPem = std::size_t{16} << 10;

Result<CertificateAndKey> certify(const remaphore_tls_certificate& wanted) {
  const auto module = load_tls_module();
  if (!module) return pass_on(module);
  std::string certificate(kMaxPem, '\0'), key(kMaxPem, '\0');
  std::array<char, 1024> error{};
  const int made = (*module)->certify(&wanted, {certificate.data(), certificate.size()}, {key.data(), key.size()},
                                      {error.data(), error.size()});
  CertificateAndKey result{certificate.substr(0, certificate.find('\0')), key.substr(0, key.find('\0'))};
  keys::wipe(key);
  if (made != 1) return fail(Errc::kRuntime, escape_control(error.data()));
  return result;
}

}  // namespace

Result<CertificateAndKey> make_authority(const std::string& name, Lifetime lifetime, const std::string& key) {
  return certify({.name = name.c_str(),
                  .hosts = nullptr,
                  .host_count = 0,
                  .from = lifetime.from,
                  .until = lifetime.until,
                  .authority = nullptr,
                  .authority_key = key.empty() ? nullptr : key.c_str()});
}

Result<CertificateAndKey> make_certificate(const std::string& name, const std::vector<std::string>& hosts,
                                           Lifetime lifetime, const CertificateAndKey& authority) {
  std::vector<const char*> texts;
  for (const std::string& host : hosts) texts.push_back(host.c_str());
  return certify({.name = name.c_str(),
                  .hosts = texts.data(),
                  .host_count = texts.size(),
                  .from = lifetime.from,
                  .until = lifetime.until,
                  .authority = authority.certificate.c_str(),
                  .authority_key = authority.key.c_str()});
}

Result<std::int64_t> certificate_expiry(const std::string& pem) {
  const auto module = load_tls_module();
  if (!module) return pass_on(module);
  const long long expires = (*module)->expires(pem.data(), pem.size());
  if (expires == 0) return fail(Errc::kConfig, "no certificate in PEM");
  return expires;
}

}  // namespace remaphore
