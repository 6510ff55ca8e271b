#pragma once
#include "alfi/autodiff/encoder.hpp"
#include "alfi/simulators/simulator.hpp"

/// Simulated observations' encodings on the tape, on a GPU (Simulator::encode).

namespace alfi {
inline namespace v0 {

/// request (out and status are not used) -> encodings [B*K,E] and valid [B*K], the observations of each set that count.
/// Draws are data: the gradient is the encoder's alone. The simulator and every array must outlive the tape's use.
/// Throws: as Simulator::encode.
inline autodiff::Var<float> simulate_encode(autodiff::Tape<float>& tape, const Simulator& simulator,
                                            const SimulateRequest& request, const kernels::FeatureScale<float>& scale,
                                            const autodiff::Encoder<float>& encoder, VecView<std::int32_t> valid) {
  const Context& context = tape.context();
  const Index sets = request.problems * request.proposals;
  const bool tracked = encoder.layer[0].weight.tracked();
  const autodiff::Var<float> y = tape.output(sets, encoder.layer[2].weight.rows(), tracked);
  const Index saved = Simulator::encode_saved_size(context, sets, request.observations, encoder.values());
  const EncodeRequest forward{request, scale, encoder.values(), tape.scratch(saved), y.value, valid};
  simulator.encode(context, forward);
  if (tracked) {
    const EncodeAdjointRequest adjoint{forward, y.gradient(), encoder.gradients()};
    tape.record([self = &simulator, adjoint](const Context& where) { self->encode_adjoint(where, adjoint); });
  }
  return y;
}

}  // namespace v0
}  // namespace alfi
