#pragma once
/// Makes a Simulator of a functor (simulators/functor.hpp) that runs on a CPU and on a GPU:
///     alfi::Simulator mine = alfi::make_simulator_gpu(info, MyFunctor{});
/// in a .cu file of yours, compiled with nvcc and linked with the library, without relocatable device code.
#include "alfi/kernels/gpu/launch.cuh"
#include "alfi/kernels/gpu/set_encoder_job.hpp"
#include "alfi/simulators/functor_source.hpp"

namespace alfi {
inline namespace v0 {

/// What the library does for any functor, on a GPU.
template <class F>
struct FunctorOnGpu {
  static FunctorSource<F> source(const void* self, const EncodeRequest& r) {
    return {static_cast<int>(r.scale.location.cols), *static_cast<const F*>(self), r.simulate, r.scale};
  }
  static kernels::EncoderJob<float> job(const Context& context, const EncodeRequest& r) {
    return kernels::EncoderJob<float>::of(context, r.simulate.problems * r.simulate.proposals, r.simulate.observations,
                                          r.encoder, r.saved.data);
  }

  static void simulate(const void* self, const Context& context, const SimulateRequest& request) {
    if (request.out.rows == 0) return;
    kernels::cuda::for_each(*context.device(), request.out.rows,
                            SimulateObservation<F>{*static_cast<const F*>(self), request});
  }

  static void encode(const void* self, const Context& context, const EncodeRequest& request) {
    const kernels::EncoderJob<float> sets = job(context, request);
    const auto launch = [&](const auto& program) {
      if (program.blocks() > 0) kernels::cuda::run_blocks(*context.device(), program);
    };
    kernels::run_encoding(context, sets, source(self, request), launch);
    kernels::finish_encoding<float>(context, sets, request.valid, request.encoding);
  }

  static void encode_adjoint(const void* self, const Context& context, const EncodeAdjointRequest& request) {
    const kernels::EncoderJob<float> sets = job(context, request.forward);
    const auto launch = [&](const auto& program) {
      if (program.blocks() > 0) kernels::cuda::run_blocks(*context.device(), program);
    };
    const float* d_pooled =
        kernels::begin_encoding_adjoint<float>(context, sets, request.d_encoding, request.d_encoder);
    kernels::run_encoding_adjoint(context, sets, source(self, request.forward), d_pooled, nullptr, launch);
    kernels::finish_encoding_adjoint<float>(context, sets, request.d_encoder);
  }
};

template <class F>
SimulatorTable cuda_entries() {
  SimulatorTable table;
  table.simulate_gpu = FunctorOnGpu<F>::simulate;
  table.encode_gpu = FunctorOnGpu<F>::encode;
  table.encode_gpu_adjoint = FunctorOnGpu<F>::encode_adjoint;
  return table;
}

/// What F must be: simulators/functor.hpp. Its functions must be ALFI_HD.
template <class F>
Simulator make_simulator_gpu(SimulatorInfo info, const F& functor, ExactAnswers exact = {}) {
  return make_simulator(std::move(info), functor, std::move(exact), cuda_entries<F>());
}

}  // namespace v0
}  // namespace alfi
