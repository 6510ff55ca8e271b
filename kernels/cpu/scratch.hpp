#pragma once
#include <new>

#include "alfi/core/portable.hpp"

/// Working memory of the calling thread: grows to what was asked for once, and is given back when the thread ends.

namespace alfi {
inline namespace v0 {
namespace cpu {

template <class T>
class Scratch {
 public:
  /// size elements, aligned to 64 bytes, not initialized, valid until the thread's next call.
  static T* get(Index size) {
    static thread_local Scratch mine;
    if (size > mine.size_) mine.grow(size);
    return mine.data_;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

 private:
  Scratch() = default;
  ~Scratch() { ::operator delete (data_, std::align_val_t{64}); }
  void grow(Index size) {
    T* larger = static_cast<T*>(::operator new (static_cast<std::size_t>(size) * sizeof(T), std::align_val_t{64}));
    ::operator delete (data_, std::align_val_t{64});
    data_ = larger;
    size_ = size;
  }
  T* data_ = nullptr;
  Index size_ = 0;
};

}  // namespace cpu
}  // namespace v0
}  // namespace alfi
