#pragma once
#include <type_traits>
#include <utility>
#include <vector>

#include "alfi/core/context.hpp"
#include "alfi/core/view.hpp"

/// Memory of a context, owned.

namespace alfi {
inline namespace v0 {

/// A fixed-size array of trivially copyable elements, zeroed at the start.
template <class T>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Buffer() = default;
  Buffer(const Context& context, Index size)
      : context_(context), data_(static_cast<T*>(context.allocate(bytes(size)))), size_(size) {
    fill_zero();
  }
  ~Buffer() {
    if (data_) context_.release(data_);
  }
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  T* data() const { return data_; }
  Index size() const { return size_; }
  VecView<T> view() const { return {data_, size_}; }
  MatView<T> matrix(Index rows, Index cols) const { return {data_, rows, cols}; }
  void fill_zero() { context_.zero(data_, bytes(size_)); }
  /// The first count elements from and to host memory (count negative: all of them).
  void copy_in(const T* host, Index count = -1) { context_.copy_in(data_, host, bytes(count < 0 ? size_ : count)); }
  void copy_out(T* host, Index count = -1) const { context_.copy_out(host, data_, bytes(count < 0 ? size_ : count)); }

 private:
  static std::size_t bytes(Index size) { return static_cast<std::size_t>(size) * sizeof(T); }
  void swap(Buffer& other) noexcept {
    std::swap(context_, other.context_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  Context context_;
  T* data_ = nullptr;
  Index size_ = 0;
};

/// Bump allocator: pieces are taken in order, all given back at once by rewind(), memory kept for the next round.
class Arena {
 public:
  /// What is allocated at least, in bytes; of a device's memory more, since a piece costs a call of the driver.
  static std::size_t default_chunk(const Context& context) {
    return std::size_t{1} << (context.backend() == Backend::cpu ? 18 : 26);
  }

  explicit Arena(const Context& context) : Arena(context, default_chunk(context)) {}
  Arena(const Context& context, std::size_t chunk_bytes) : context_(context), chunk_bytes_(chunk_bytes) {}
  ~Arena() {
    for (const Chunk& chunk : chunks_) context_.release(chunk.data);
  }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// size elements, aligned to 64 bytes, not initialized, valid until rewind().
  template <class T>
  T* take(Index size) {
    static_assert(std::is_trivially_destructible_v<T>, "an arena never runs destructors");
    return static_cast<T*>(take_bytes(static_cast<std::size_t>(size) * sizeof(T)));
  }
  void rewind() {
    current_ = 0;
    offset_ = 0;
  }
  /// Zeroes everything taken since rewind().
  void zero_taken() {
    for (std::size_t i = 0; i < chunks_.size() && i <= current_; ++i) {
      context_.zero(chunks_[i].data, i == current_ ? offset_ : chunks_[i].bytes);
    }
  }
  /// Bytes held, used or not.
  std::size_t capacity() const {
    std::size_t sum = 0;
    for (const Chunk& chunk : chunks_) sum += chunk.bytes;
    return sum;
  }

 private:
  struct Chunk {
    char* data;
    std::size_t bytes;
  };
  void* take_bytes(std::size_t bytes) {
    bytes = (bytes + 63) / 64 * 64;
    while (current_ < chunks_.size() && offset_ + bytes > chunks_[current_].bytes) {
      ++current_;
      offset_ = 0;
    }
    if (current_ == chunks_.size()) {
      const std::size_t size = bytes > chunk_bytes_ ? bytes : chunk_bytes_;
      chunks_.push_back({static_cast<char*>(context_.allocate(size)), size});
    }
    void* result = chunks_[current_].data + offset_;
    offset_ += bytes;
    return result;
  }

  Context context_;
  std::size_t chunk_bytes_;
  std::vector<Chunk> chunks_;
  std::size_t current_ = 0, offset_ = 0;
};

}  // namespace v0
}  // namespace alfi
