#pragma once
#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/gpu/warp.hpp"
#include "emulated/device.hpp"

/// What launch.cuh is where no nvcc compiles it: functors and programs run on the processor, programs lane by lane with
/// any number of lanes in any order, shared memory poisoned.

namespace alfi_test {

enum class LaneOrder { forward, reverse, shuffled };

/// How programs are run from now on; for the thread that tests.
struct Emulation {
  int lanes = 0;  ///< 0: the program's own kLanes
  LaneOrder order = LaneOrder::forward;
};
Emulation& emulation();

}  // namespace alfi_test

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace cuda {

/// A block whose lanes run one after the other.
template <class Program>
class EmulatedBlock {
  using Kept = HostWarp::PerLane<typename RegistersOf<Program>::Type>;
  static constexpr int kWarps = Program::kLanes / 32;

 public:
  EmulatedBlock(Index index, int lanes, alfi_test::LaneOrder order, std::vector<unsigned char>& memory)
      : index_(index), lanes_(lanes), order_(order), memory_(memory), kept_(kWarps) {
    std::memset(static_cast<void*>(kept_.data()), 0xff, kept_.size() * sizeof(Kept));
  }

  Index index() const { return index_; }

  template <class T>
  T* shared(Index size) {
    const Index bytes = size * static_cast<Index>(sizeof(T));
    if (taken_ + bytes > static_cast<Index>(memory_.size())) {
      throw DeviceError("a program takes " + std::to_string(taken_ + bytes) + " bytes of shared memory, it announced " +
                        std::to_string(memory_.size()));
    }
    T* piece = reinterpret_cast<T*>(memory_.data() + taken_);
    taken_ += rounded_shared(bytes);
    return piece;
  }
  template <class Body>
  void phase(Body&& body) {
    for (const int id : ids(lanes_)) {
      body(Lane{id, lanes_});
    }
  }
  template <class Body>
  void warps(Body&& body) {
    if constexpr (std::is_invocable_v<Body, const HostWarp&, Kept&>) {
      for (const int id : ids(kWarps)) body(HostWarp(id, kWarps), kept_[static_cast<std::size_t>(id)]);
    } else {
      const int count = lanes_ < 32 ? 1 : lanes_ / 32;
      for (const int id : ids(count)) body(HostWarp(id, count));
    }
  }

 private:
  const std::vector<int>& ids(int count) {
    order_of_.resize(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      order_of_[static_cast<std::size_t>(i)] = order_ == alfi_test::LaneOrder::reverse ? count - 1 - i : i;
    }
    if (order_ == alfi_test::LaneOrder::shuffled) std::shuffle(order_of_.begin(), order_of_.end(), bits_);
    return order_of_;
  }

  Index index_;
  int lanes_;
  alfi_test::LaneOrder order_;
  std::vector<unsigned char>& memory_;
  std::vector<Kept> kept_;
  Index taken_ = 0;
  std::vector<int> order_of_;
  std::mt19937 bits_{12};
};

template <class Functor>
void for_each(Device& device, Index count, const Functor& functor) {
  alfi_test::emulated(device).enqueue([count, functor] {
    for (Index i = count; i-- > 0;) functor(i);  // backwards: items are independent
  });
}

template <class Program>
void run_blocks(Device& device, const Program& program) {
  const std::size_t shared = require_shared(device, program);
  const alfi_test::Emulation how = alfi_test::emulation();
  alfi_test::emulated(device).enqueue([program, shared, how] {
    std::vector<unsigned char> memory(shared);
    const Index blocks = program.blocks();
    for (Index i = 0; i < blocks; ++i) {
      std::fill(memory.begin(), memory.end(), std::uint8_t{0xff});  // every float and double of it is NaN
      EmulatedBlock<Program> block(how.order == alfi_test::LaneOrder::forward ? i : blocks - 1 - i,
                                   how.lanes > 0 ? how.lanes : Program::kLanes, how.order, memory);
      program.run(block);
    }
  });
}

}  // namespace cuda
}  // namespace kernels
}  // namespace v0
}  // namespace alfi
