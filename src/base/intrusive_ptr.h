// A shared pointer of the size of a raw pointer, half of a std::shared_ptr, for types with very many instances: the
// object, or its owner, holds the reference count.
//
// T needs add_reference(const T*) and drop_reference(const T*), which frees the object after the last reference.
#pragma once

#include <cstddef>
#include <utility>

namespace remaphore {

template <class T>
class IntrusivePtr {
 public:
  // Counts as one more reference to it.
  explicit IntrusivePtr(const T* object) : object_(object) { add(); }
  IntrusivePtr(const IntrusivePtr& other) : object_(other.object_) { add(); }
  IntrusivePtr(IntrusivePtr&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  IntrusivePtr& operator=(IntrusivePtr other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~IntrusivePtr() {
    if (object_ != nullptr) drop_reference(object_);
  }

  const T* get() const { return object_; }  // nullptr: moved from
  const T& operator*() const { return *object_; }
  const T* operator->() const { return object_; }
  bool operator==(const IntrusivePtr&) const = default;

 private:
  void add() const {
    if (object_ != nullptr) add_reference(object_);
  }

  const T* object_;
};

}  // namespace remaphore
