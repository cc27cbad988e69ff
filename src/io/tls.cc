#include "io/tls.h"

#include <dlfcn.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>
#include <vector>

#include "base/text.h"
#include "io/tls_loader.h"
#include "io/tls_module.h"

namespace remaphore {
namespace {

constexpr std::string_view kModule = "remaphore-tls.so";

// Next to the program (as built), in the lib folder of the prefix whose bin folder holds it (as installed, wherever
// that is), else where the build was told to install it. Never a path that the environment could change.
std::vector<std::string> module_paths() {
  std::vector<std::string> paths;
  std::array<char, PATH_MAX> self{};
  const ssize_t size = readlink("/proc/self/exe", self.data(), self.size());
  const std::string_view program(self.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::string_view bin = program.substr(0, program.rfind('/') + 1);  // with its slash
  if (!bin.empty()) paths.push_back(fmt::format("{}{}", bin, kModule));
  if (bin.ends_with("/bin/")) {
    paths.push_back(fmt::format("{}/{}/{}", bin.substr(0, bin.size() - 5), REMAPHORE_MODULE_DIR, kModule));
  }
  std::string built_in = fmt::format("{}/{}", REMAPHORE_FULL_MODULE_DIR, kModule);
  if (paths.empty() || paths.back() != built_in) paths.push_back(std::move(built_in));
  return paths;
}

}  // namespace

Result<const remaphore_tls_module*> load_tls_module() {
  static const remaphore_tls_module* loaded = nullptr;  // a shared object is loaded once a process
  if (loaded != nullptr) return loaded;
  std::string why;
  for (const std::string& path : module_paths()) {
    if (access(path.c_str(), R_OK) != 0) {
      why += fmt::format("{}{}: {}", why.empty() ? "" : ", ", path, std::strerror(errno));
      continue;
    }
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
      return fail(Errc::kConnection, fmt::format("the TLS module cannot be loaded: {}", dlerror()));
    const auto* module = static_cast<const remaphore_tls_module*>(dlsym(library, REMAPHORE_TLS_SYMBOL));
    if (module == nullptr || module->version != REMAPHORE_TLS_VERSION) {
      return fail(Errc::kConnection, fmt::format("the TLS module {} belongs to a different version", path));
    }
    return loaded = module;
  }
  return fail(Errc::kConnection, fmt::format("the TLS module is not installed: {}", why));
}

namespace {

const char* path_or_null(const std::string& path) { return path.empty() ? nullptr : path.c_str(); }

class ModuleStream : public TlsStream {
 public:
  ModuleStream(const remaphore_tls_module& module, void* session) : module_(module), session_(session) {}
  ModuleStream(const ModuleStream&) = delete;
  ModuleStream& operator=(const ModuleStream&) = delete;
  ~ModuleStream() override { module_.end(session_); }

  Transfer handshake() override { return result_of(module_.handshake(session_, error())); }
  Transfer read(std::span<char> into) override {
    return result_of(module_.read(session_, into.data(), into.size(), error()));
  }
  Transfer write(std::string_view bytes) override {
    return result_of(module_.write(session_, bytes.data(), bytes.size(), error()));
  }
  short wanted() const override { return wanted_; }
  bool has_buffered() const override { return module_.buffered(session_) > 0; }
  std::int64_t peer_expires() const override { return module_.peer_expires(session_); }

 private:
  Transfer result_of(long status) {
    wanted_ = 0;
    if (status > 0) return {Transfer::Status::kDone, static_cast<std::size_t>(status)};
    if (status == REMAPHORE_TLS_CLOSED) return {Transfer::Status::kClosed};
    if (status == REMAPHORE_TLS_FAILED) return {Transfer::Status::kFailed, 0, escape_control(error_.data())};
    wanted_ = status == REMAPHORE_TLS_WANT_WRITE ? POLLOUT : POLLIN;
    return {Transfer::Status::kAgain};
  }

  remaphore_tls_buffer error() { return {error_.data(), error_.size()}; }

  const remaphore_tls_module& module_;
  void* session_;
  short wanted_ = 0;
  std::array<char, 1024> error_{};
};

}  // namespace

TlsFiles tls_files(const Config& config) { return {config.tls_ca, config.tls_cert, config.tls_key}; }

Result<void> check_tls(const Config& config) {
  const TlsFiles files = tls_files(config);
  const bool asked_for =
      files.any() || config.tls_first ||
      std::any_of(config.servers.begin(), config.servers.end(), [](const ServerAddress& server) { return server.tls; });
  if (!asked_for) return {};
  auto usable = TlsStream::start(-1, "localhost", files);
  if (!usable) return fail(Errc::kConfig, std::move(usable.error().message));
  return {};
}

Result<std::unique_ptr<TlsStream>> TlsStream::start(int fd, const std::string& host, const TlsFiles& files) {
  const auto module = load_tls_module();
  if (!module) return pass_on(module);
  std::array<char, 1024> error{};
  const remaphore_tls_files paths{path_or_null(files.ca), path_or_null(files.cert), path_or_null(files.key)};
  void* session = (*module)->start(fd, host.c_str(), &paths, {error.data(), error.size()});
  if (session == nullptr) return fail(Errc::kConnection, escape_control(error.data()));
  return std::unique_ptr<TlsStream>(new ModuleStream(**module, session));
}

}  // namespace remaphore
