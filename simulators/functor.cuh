#pragma once
/// Makes a Simulator of a functor (simulators/functor.hpp) that runs on a CPU and on a GPU:
///     alfi::Simulator mine = alfi::make_simulator_gpu(info, MyFunctor{});
/// in a .cu file of yours, compiled with nvcc and linked with the library, without relocatable device code.
#include "alfi/kernels/gpu/launch.cuh"
#include "alfi/simulators/functor_draw.hpp"

namespace alfi {
inline namespace v0 {

/// What the library does for any functor, on a GPU.
template <class F>
struct FunctorOnGpu {
  static void simulate(const void* self, const Context& context, const SimulateRequest& request) {
    run(context, SimulateRows<F>{blocks(self, request)});
  }
  static void draw_features(const void* self, const Context& context, const FeaturesRequest& r) {
    run(context, DrawFeatures<F>{blocks(self, r.simulate), r.scale, r.x, r.status.data});
  }

 private:
  static DrawBlocks<F> blocks(const void* self, const SimulateRequest& request) {
    const auto plan = DrawPlan::of(request, sizeof(typename F::Prepared), DrawBlocks<F>::kPlanned);
    return {*static_cast<const F*>(self), request, plan};
  }
  template <class Program>
  static void run(const Context& context, const Program& program) {
    if (program.blocks() > 0) kernels::cuda::run_blocks(*context.device(), program);
  }
};

template <class F>
SimulatorTable cuda_entries() {
  SimulatorTable table;
  table.simulate_gpu = FunctorOnGpu<F>::simulate;
  table.draw_features_gpu = FunctorOnGpu<F>::draw_features;
  return table;
}

/// What F must be: simulators/functor.hpp. Its functions must be ALFI_HD.
template <class F>
Simulator make_simulator_gpu(SimulatorInfo info, const F& functor, ExactAnswers exact = {}) {
  return make_simulator(std::move(info), functor, std::move(exact), cuda_entries<F>());
}

}  // namespace v0
}  // namespace alfi
