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

template <class Functor>
__global__ void __launch_bounds__(128, 1) run_functor(Index count, const __grid_constant__ Functor functor) {
  const Index i = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < count) functor(i);
}

template <class Functor>
void for_each(Device& device, Index count, const Functor& functor) {
  constexpr int kThreads = 128;
  const Index blocks = (count + kThreads - 1) / kThreads;
  Index own_count = count;
  Functor own = functor;
  void* arguments[] = {&own_count, &own};
  const cudaError_t error =
      cudaLaunchKernel(reinterpret_cast<const void*>(&run_functor<Functor>), dim3(static_cast<unsigned>(blocks)),
                       dim3(kThreads), arguments, 0, static_cast<cudaStream_t>(device.queue()));
  check_launch(error, Functor::kName, blocks, kThreads, 0);
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
  HardwareBlock<Program> block(alfi_shared_memory);
  program.run(block);
}

template <class Program>
void run_blocks(Device& device, const Program& program) {
  const std::size_t shared = require_shared(device, program);
  const Index blocks = program.blocks();
  if (shared > 48 * 1024) {
    // All there is: the attribute is the function's, shared by threads and by launches that are being recorded.
    check_launch(cudaFuncSetAttribute(run_program<Program>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                      static_cast<int>(device.properties().shared_limit)),
                 Program::kName, blocks, Program::kLanes, shared);
  }
  Program own = program;
  void* arguments[] = {&own};
  const cudaError_t error =
      cudaLaunchKernel(reinterpret_cast<const void*>(&run_program<Program>), dim3(static_cast<unsigned>(blocks)),
                       dim3(Program::kLanes), arguments, shared, static_cast<cudaStream_t>(device.queue()));
  check_launch(error, Program::kName, blocks, Program::kLanes, shared);
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
