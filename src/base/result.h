// Result<T>: a value or an Error. Every failure that a peer, a user, a file or the network causes is reported this way;
// exceptions come only from libraries. The interface is a subset of C++23's std::expected, so that it can become an
// alias for it (g++ 12 has none, clang 14 rejects libstdc++'s).
#pragma once

#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace remaphore {

// The kind of failure; decides the exit status (see core/exit_status.h).
enum class Errc {
  kUsage,       // the command line
  kConfig,      // the config, credentials or key files
  kFormat,      // malformed text
  kConnection,  // network or server
  kRuntime,     // anything else the system refused
};

struct Error {
  Errc code;
  std::string message;  // one lowercase line without prefix or full stop, naming what was wrong and where
};

template <class E>
class Unexpected {
 public:
  explicit Unexpected(E error) : error_(std::move(error)) {}
  E& error() { return error_; }

 private:
  E error_;
};

inline Unexpected<Error> fail(Errc code, std::string message) {
  return Unexpected<Error>(Error{code, std::move(message)});
}

template <class T, class E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Unexpected<E> unexpected) : state_(std::in_place_index<1>, std::move(unexpected.error())) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  // Reading the side that is not set is a broken invariant: abort.
  T& value() { return *there(std::get_if<0>(&state_)); }
  const T& value() const { return *there(std::get_if<0>(&state_)); }
  E& error() { return *there(std::get_if<1>(&state_)); }
  const E& error() const { return *there(std::get_if<1>(&state_)); }

  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  template <class Side>
  static Side* there(Side* side) {
    if (side == nullptr) std::abort();
    return side;
  }
  std::variant<T, E> state_;
};

template <class E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() = default;
  Result(Unexpected<E> unexpected) : failed_(true), error_(std::move(unexpected.error())) {}

  bool has_value() const { return !failed_; }
  explicit operator bool() const { return !failed_; }
  E& error() { return failed_ ? error_ : (std::abort(), error_); }
  const E& error() const { return failed_ ? error_ : (std::abort(), error_); }

 private:
  bool failed_ = false;
  E error_{};
};

// The error of a failed result, for a function whose own result is of another type: `return pass_on(read);`. Moved out
// of the result, unless that is const.
template <class T, class E>
Unexpected<E> pass_on(Result<T, E>& failed) {
  return Unexpected<E>(std::move(failed.error()));
}
template <class T, class E>
Unexpected<E> pass_on(const Result<T, E>& failed) {
  return Unexpected<E>(failed.error());
}

}  // namespace remaphore
