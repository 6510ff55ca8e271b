#pragma once
#include "alfi/kernels/gpu/launch.hpp"

/// A few block programs of one kind as one launch, none of which reads what another writes.

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class Program, int kMost>
struct Several {
  static constexpr const char* kName = Program::kName;
  static constexpr int kLanes = Program::kLanes;
  int count = 0;
  Program program[kMost] = {};
  Index end[kMost] = {};  ///< of a program's blocks

  void push(const Program& one) {
    end[count] = blocks() + one.blocks();
    program[count++] = one;
  }
  Index blocks() const { return count > 0 ? end[count - 1] : 0; }
  std::size_t shared_bytes() const {
    std::size_t most = 0;
    for (int p = 0; p < count; ++p) most = program[p].shared_bytes() > most ? program[p].shared_bytes() : most;
    return most;
  }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    int p = 0;
    while (block.index() >= end[p]) ++p;
    Own<Block> own{block, p > 0 ? end[p - 1] : 0};
    program[p].run(own);
  }

 private:
  /// A block as its program counts it.
  template <class Block>
  struct Own {
    Block& block;
    Index first;
    ALFI_HD Index index() const { return block.index() - first; }
    template <class T>
    ALFI_HD T* shared(Index size) {
      return block.template shared<T>(size);
    }
    template <class Body>
    ALFI_HD void phase(Body&& body) {
      block.phase(body);
    }
  };
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
