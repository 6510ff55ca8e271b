#pragma once
#include <cstddef>
#include <string>
#include <type_traits>

#include "alfi/core/context.hpp"
#include "alfi/core/error.hpp"

/// How work reaches a GPU, without a line of CUDA: for the library's own .cpp files and for what describes kernels.
///
/// A row functor is a trivially copyable struct with
///     static constexpr const char* kName;                      for messages
///     ALFI_HD void operator()(Index i) const;                  item i, independent of all others
/// for_each(context, n, functor) loops over it on a CPU and gives each item a thread on a GPU.
///
/// A block program is a trivially copyable struct with
///     static constexpr const char* kName;
///     static constexpr int kLanes;                             threads of a block on the GPU, a multiple of 32
///     Index blocks() const;
///     std::size_t shared_bytes() const;                        shared memory of a block
///     template <class Block> ALFI_HD void run(Block& block) const;
/// run() is the block's common course: it takes pieces of shared memory, loops, and calls
///     block.phase([&](const Lane& lane) { ... });              every lane once, then a barrier
///     block.warps([&](const auto& warp) { ... });              every warp once, then a barrier (kernels/gpu/warp.hpp)
///     block.warps([&](const auto& warp, auto& kept) { ... });  the same with all kLanes / 32 warps that a GPU has, and
///                                                              what they keep: kept[lane] is the program's `Registers`
/// (a struct; arrays in it need constant indices, or they leave the registers).
/// What run() computes outside phases must be the same for every lane. A lane writes to its own places only; what
/// others wrote is read in a later phase. Results must not depend on the number of lanes or their order: the tests run
/// every program on the processor with several of both, shared memory poisoned (tests/emulated/).

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Of a large GPU: what work is cut for.
constexpr Index kMultiprocessors = 132;

/// One thread of a block; count = 1 is a plain loop.
struct Lane {
  int id = 0;
  int count = 1;
};

/// What a lane of Program keeps from one call of warps() to the next.
struct NoRegisters {};
template <class Program, class = void>
struct RegistersOf {
  using Type = NoRegisters;
};
template <class Program>
struct RegistersOf<Program, std::void_t<typename Program::Registers>> {
  using Type = typename Program::Registers;
};

/// Blocks that a multiprocessor shall hold at least: the program's kResident, which bounds its registers.
template <class Program, class = void>
struct ResidentBlocks {
  static constexpr int kCount = 1;
};
template <class Program>
struct ResidentBlocks<Program, std::void_t<decltype(Program::kResident)>> {
  static constexpr int kCount = Program::kResident;
};

/// The shared memory of a program's block, in bytes. Throws DeviceError naming it where the device has less.
template <class Program>
std::size_t require_shared(const Device& device, const Program& program) {
  static_assert(Program::kLanes % 32 == 0 && Program::kLanes <= 1024, "whole warps, at most 1024 threads");
  const std::size_t shared = program.shared_bytes(), limit = device.properties().shared_limit;
  if (shared <= limit) return shared;
  throw DeviceError(std::string(Program::kName) + ": a block needs " + std::to_string(shared) +
                    " bytes of shared memory, " + device.properties().name + " has " + std::to_string(limit) +
                    ": use smaller layers, or the CPU");
}

namespace cuda {

/// Defined in launch.cuh, instantiated in the .cu file beside the functor or program.
/// Throws DeviceError naming it where the launch fails or needs more shared memory than the device has.
template <class Functor>
void for_each(Device& device, Index count, const Functor& functor);
template <class Program>
void run_blocks(Device& device, const Program& program);

}  // namespace cuda

#if defined(ALFI_CUDA_COMPILED)
inline constexpr bool kCudaCompiled = true;
#else
inline constexpr bool kCudaCompiled = false;
#endif

template <class Functor>
void for_each(const Context& context, Index count, const Functor& functor) {
  static_assert(std::is_trivially_copyable_v<Functor>, "a functor is copied to the device byte by byte");
  if (context.backend() == Backend::cpu) {
    const Functor own = functor;  // a copy: the compiler then knows that no output overwrites it
    for (Index i = 0; i < count; ++i) own(i);
  } else if constexpr (kCudaCompiled) {
    if (count > 0) cuda::for_each(*context.device(), count, functor);
  }
}

/// Two functors as one launch: item i of the second comes after item i of the first, and may read what that wrote.
template <class First, class Second>
struct Then {
  static constexpr const char* kName = First::kName;
  Index first_count, second_count;
  First first;
  Second second;
  ALFI_HD void operator()(Index i) const {
    if (i < first_count) first(i);
    if (i < second_count) second(i);
  }
};

template <class First, class Second>
void for_each_then(const Context& context, Index first_count, const First& first, Index second_count,
                   const Second& second) {
  for_each(context, first_count > second_count ? first_count : second_count,
           Then<First, Second>{first_count, second_count, first, second});
}

/// On a GPU only: a CPU has its own code for what is a block program there.
template <class Program>
void run_blocks(const Context& context, const Program& program) {
  static_assert(std::is_trivially_copyable_v<Program>, "a program is copied to the device byte by byte");
  if constexpr (kCudaCompiled) {
    if (program.blocks() > 0) cuda::run_blocks(*context.device(), program);
  }
}

/// Whether work in this context goes to a GPU; false at compile time where CUDA is not compiled in.
inline bool on_gpu(const Context& context) { return kCudaCompiled && context.backend() == Backend::cuda; }

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
