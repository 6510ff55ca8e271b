#pragma once
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/simulators/functor.hpp"

/// For the simulators of this library: their entries for a GPU, where CUDA is compiled in. `simulators/<name>.cu`
/// instantiates them.

namespace alfi {
inline namespace v0 {

/// Defined in simulators/functor.cuh.
template <class F>
SimulatorTable cuda_entries();

template <class F>
Simulator make_builtin(SimulatorInfo info, const F& functor, ExactAnswers exact) {
  SimulatorTable table;
  if constexpr (kernels::kCudaCompiled) table = cuda_entries<F>();
  return make_simulator(std::move(info), functor, std::move(exact), table);
}

}  // namespace v0
}  // namespace alfi
