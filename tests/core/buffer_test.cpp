#include "alfi/core/buffer.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <utility>
#include <vector>

#include "support/allocation_counter.hpp"

using namespace alfi;
using alfi_test::AllocationCounter;

namespace {

bool aligned(const void* memory) { return reinterpret_cast<std::uintptr_t>(memory) % 64 == 0; }

/// The pieces of one round: sizes that fill chunks exactly, leave gaps and exceed a chunk.
std::vector<double*> round_of_pieces(Arena& arena) {
  std::vector<double*> pieces;
  for (const Index size : {1, 7, 8, 100, 512, 513, 5000, 3}) {
    pieces.push_back(arena.take<double>(size));
    std::memset(pieces.back(), 0xff, static_cast<std::size_t>(size) * sizeof(double));
  }
  return pieces;
}

}  // namespace

TEST_CASE("buffer: zeroed, aligned, of the size asked for") {
  for (const Index size : {0, 1, 13, 64, 1009}) {
    CAPTURE(size);
    const Buffer<float> buffer(Context(), size);
    CHECK(buffer.size() == size);
    CHECK(buffer.view().size == size);
    CHECK(aligned(buffer.data()));
    for (float x : buffer.view()) CHECK(x == 0.0f);
  }
}

TEST_CASE("buffer: fill_zero clears what was written") {
  Buffer<std::int32_t> buffer(Context(), 5);
  for (std::int32_t& x : buffer.view()) x = 7;
  buffer.fill_zero();
  for (std::int32_t x : buffer.view()) CHECK(x == 0);
}

TEST_CASE("buffer: a matrix view is of the same memory") {
  Buffer<float> buffer(Context(), 6);
  buffer.matrix(2, 3)(1, 0) = 4;
  CHECK(buffer.data()[3] == 4);
}

TEST_CASE("buffer: a move hands the memory over, without allocating") {
  Buffer<double> first(Context(), 3), second(Context(), 9);
  first.data()[2] = 5;
  const double* memory = first.data();
  const AllocationCounter allocations;
  Buffer<double> taken(std::move(first));
  CHECK(taken.data() == memory);
  CHECK(taken.size() == 3);
  second = std::move(taken);
  CHECK(second.data() == memory);
  CHECK(second.data()[2] == 5);
  CHECK(allocations.count() == 0);
}

TEST_CASE("buffer: an empty one can be made, moved and destroyed") {
  Buffer<float> empty;
  CHECK(empty.size() == 0);
  CHECK(empty.view().empty());
  empty.fill_zero();
  const Buffer<float> moved(std::move(empty));
  CHECK(moved.data() == nullptr);
}

TEST_CASE("arena: pieces are aligned and do not overlap") {
  Arena arena(Context(), 4096);
  std::vector<std::pair<char*, Index>> pieces;
  for (const Index size : {1, 63, 64, 65, 4000, 4096, 4097, 0, 100}) {
    pieces.emplace_back(arena.take<char>(size), size);
    CHECK(aligned(pieces.back().first));
    std::memset(pieces.back().first, static_cast<int>(pieces.size()), static_cast<std::size_t>(size));
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    CAPTURE(i);
    for (Index j = 0; j < pieces[i].second; ++j) REQUIRE(pieces[i].first[j] == static_cast<char>(i + 1));
  }
}

TEST_CASE("arena: after rewind the same pieces are the same memory, with nothing allocated") {
  Arena arena(Context(), 4096);
  const std::vector<double*> before = round_of_pieces(arena);
  const std::size_t capacity = arena.capacity();
  for (int round = 0; round < 3; ++round) {
    arena.rewind();
    std::int64_t allocated = -1;
    {
      const AllocationCounter allocations;
      for (const Index size : {1, 7, 8, 100, 512, 513, 5000, 3}) arena.take<double>(size);
      allocated = allocations.count();
    }
    CHECK(allocated == 0);
    arena.rewind();
    CHECK(round_of_pieces(arena) == before);
    CHECK(arena.capacity() == capacity);
  }
}

TEST_CASE("arena: other sizes after rewind are still apart from each other") {
  Arena arena(Context(), 1024);
  arena.take<char>(3000);
  arena.take<char>(10);
  arena.rewind();
  char* small = arena.take<char>(10);
  char* large = arena.take<char>(2990);
  char* larger = arena.take<char>(5000);
  std::memset(small, 1, 10);
  std::memset(large, 2, 2990);
  std::memset(larger, 3, 5000);
  CHECK(small[9] == 1);
  CHECK(large[0] == 2);
  CHECK(large[2989] == 2);
  CHECK(larger[4999] == 3);
}

TEST_CASE("arena: capacity is what is held") {
  Arena arena(Context(), 1024);
  CHECK(arena.capacity() == 0);
  arena.take<char>(1);
  CHECK(arena.capacity() == 1024);
  arena.take<char>(2000);  // its own chunk, rounded up to whole cache lines
  CHECK(arena.capacity() == 1024 + 2048);
  arena.rewind();
  CHECK(arena.capacity() == 1024 + 2048);
}
