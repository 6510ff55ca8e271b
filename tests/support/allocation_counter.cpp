#include "support/allocation_counter.hpp"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::int64_t> allocations{0}, in_use{0};

std::int64_t size_of(void* memory) { return static_cast<std::int64_t>(malloc_usable_size(memory)); }

void* taken(void* memory) {
  ++allocations;
  in_use += size_of(memory);
  return memory;
}

void given_back(void* memory) noexcept {
  in_use -= size_of(memory);  // 0 of a null pointer
  std::free(memory);
}

void* counted(std::size_t bytes) {
  if (void* memory = std::malloc(bytes == 0 ? 1 : bytes)) return taken(memory);
  throw std::bad_alloc();
}

void* counted(std::size_t bytes, std::align_val_t alignment) {
  const std::size_t step = static_cast<std::size_t>(alignment);
  const std::size_t rounded = bytes == 0 ? step : (bytes + step - 1) / step * step;  // aligned_alloc wants a multiple
  if (rounded >= bytes) {
    if (void* memory = std::aligned_alloc(step, rounded)) return taken(memory);
  }
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes); }
void* operator new[](std::size_t bytes) { return counted(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {  // std::stable_sort's
  void* const memory = std::malloc(bytes == 0 ? 1 : bytes);
  return memory == nullptr ? nullptr : taken(memory);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) { return counted(bytes, alignment); }
void* operator new[](std::size_t bytes, std::align_val_t alignment) { return counted(bytes, alignment); }
void operator delete(void* memory) noexcept { given_back(memory); }
void operator delete[](void* memory) noexcept { given_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { given_back(memory); }
void operator delete[](void* memory, std::size_t) noexcept { given_back(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { given_back(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { given_back(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { given_back(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { given_back(memory); }

namespace alfi_test {

AllocationCounter::AllocationCounter() : start_(allocations) {}
std::int64_t AllocationCounter::count() const { return allocations - start_; }

std::int64_t bytes_in_use() { return in_use; }

}  // namespace alfi_test
