#pragma once
/// Launches of row functors and block programs. Included by .cu files only, the library's and a user's own. Where the
/// file is not compiled by nvcc (the tests do so with all of them) the same names run everything on the processor.
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/gpu/warp.hpp"

#if !defined(__CUDACC__)
#if !__has_include("emulated/launch.hpp")
#error "alfi/kernels/gpu/launch.cuh: got a C++ compiler, expected nvcc: put this in a .cu file"
#endif
#include "emulated/launch.hpp"
#else

#include <string>

#include "alfi/core/error.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace cuda {

inline void check_launch(cudaError_t error, const char* name, Index blocks, int lanes, std::size_t shared) {
  if (error == cudaSuccess) return;
  throw DeviceError(std::string(name) + ": launch of " + std::to_string(blocks) + " blocks of " +
                    std::to_string(lanes) + " threads with " + std::to_string(shared) +
                    " bytes of shared memory: " + cudaGetErrorString(error));
}

/// What every kernel does first: waits for the one before it in its queue and for what that wrote. So that a start
/// costs less time between two kernels, the next one comes up while a small one is at work, or when a large one's last
/// block ends: blocks that come earlier would crowd on the multiprocessors that have room first.
__device__ inline void follow() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
  if (gridDim.x <= kMultiprocessors) asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

/// Whether the code that the device runs holds those instructions, and the driver records what they mean.
inline bool follows(const void* kernel) {
  int driver = 0;
  cudaFuncAttributes attributes;
  const bool known =
      cudaDriverGetVersion(&driver) == cudaSuccess && cudaFuncGetAttributes(&attributes, kernel) == cudaSuccess;
  if (!known) cudaGetLastError();  // the launch will tell
  return known && driver >= 12030 && attributes.ptxVersion >= 90;
}

inline void launch(Device& device, const void* kernel, bool early, const char* name, Index blocks, int lanes,
                   std::size_t shared, void** arguments) {
  cudaLaunchAttribute overlap = {};
  overlap.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  overlap.val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t how = {};
  how.gridDim = dim3(static_cast<unsigned>(blocks));
  how.blockDim = dim3(static_cast<unsigned>(lanes));
  how.dynamicSmemBytes = shared;
  how.stream = static_cast<cudaStream_t>(device.queue());
  how.attrs = &overlap;
  how.numAttrs = early ? 1 : 0;
  check_launch(cudaLaunchKernelExC(&how, kernel, arguments), name, blocks, lanes, shared);
}

template <class Functor>
__global__ void __launch_bounds__(128, 1) run_functor(Index count, const __grid_constant__ Functor functor) {
  follow();
  const Index i = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < count) functor(i);
}

template <class Functor>
void for_each(Device& device, Index count, const Functor& functor) {
  constexpr int kThreads = 128;
  const auto kernel = reinterpret_cast<const void*>(&run_functor<Functor>);
  static const bool early = follows(kernel);
  Index own_count = count;
  Functor own = functor;
  void* arguments[] = {&own_count, &own};
  launch(device, kernel, early, Functor::kName, (count + kThreads - 1) / kThreads, kThreads, 0, arguments);
}

/// The hardware's block: a phase is this thread's call and a barrier.
template <class Program>
class HardwareBlock {
  using Kept = HardwareWarp::PerLane<typename RegistersOf<Program>::Type>;

 public:
  __device__ explicit HardwareBlock(unsigned char* memory) : memory_(memory) {}

  __device__ Index index() const { return blockIdx.x; }

  template <class T>
  __device__ T* shared(Index size) {
    T* piece = reinterpret_cast<T*>(memory_);
    memory_ += rounded_shared(size * static_cast<Index>(sizeof(T)));
    return piece;
  }
  template <class Body>
  __device__ void phase(Body&& body) {
    const Lane lane{static_cast<int>(threadIdx.x), Program::kLanes};
    body(lane);
    __syncthreads();
  }
  template <class Body>
  __device__ void warps(Body&& body) {
    const HardwareWarp warp(static_cast<int>(threadIdx.x) / 32, Program::kLanes / 32);
    if constexpr (std::is_invocable_v<Body, const HardwareWarp&, Kept&>) {
      body(warp, kept_);
    } else {
      body(warp);
    }
    __syncthreads();
  }

 private:
  unsigned char* memory_;
  Kept kept_;
};

template <class Program>
__global__ void __launch_bounds__(Program::kLanes, ResidentBlocks<Program>::kCount)
    run_program(const __grid_constant__ Program program) {
  extern __shared__ __align__(16) unsigned char alfi_shared_memory[];
  follow();
  HardwareBlock<Program> block(alfi_shared_memory);
  program.run(block);
}

template <class Program>
void run_blocks(Device& device, const Program& program) {
  const std::size_t shared = require_shared(device, program);
  const Index blocks = program.blocks();
  const auto kernel = reinterpret_cast<const void*>(&run_program<Program>);
  static const bool early = follows(kernel);
  if (shared > 48 * 1024) {
    // All there is: the attribute is the function's, shared by threads and by launches that are being recorded.
    check_launch(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                      static_cast<int>(device.properties().shared_limit)),
                 Program::kName, blocks, Program::kLanes, shared);
  }
  Program own = program;
  void* arguments[] = {&own};
  launch(device, kernel, early, Program::kName, blocks, Program::kLanes, shared, arguments);
}

}  // namespace cuda
}  // namespace kernels
}  // namespace v0
}  // namespace alfi
#endif

/// In a .cu file: what other files may launch.
#define ALFI_LAUNCH_EACH(...) \
  template void alfi::kernels::cuda::for_each<__VA_ARGS__>(alfi::Device&, alfi::Index, const __VA_ARGS__&)
#define ALFI_LAUNCH_BLOCKS(...) \
  template void alfi::kernels::cuda::run_blocks<__VA_ARGS__>(alfi::Device&, const __VA_ARGS__&)
