#pragma once
#include "alfi/autodiff/linear.hpp"
#include "alfi/kernels/prepared_encoder.hpp"

/// Set encoder on the tape: three layers on every row, the mean over each set's valid rows.

namespace alfi {
inline namespace v0 {
namespace autodiff {

template <class Real>
struct Encoder {
  Linear<Real> layer[3];
  Activation last = Activation::tanh;
  kernels::PreparedEncoder<Real> prepared{};  ///< by prepare()

  kernels::EncoderWeights<Real> values() const {
    return {{layer[0].values(), layer[1].values(), layer[2].values()}, last, prepared};
  }
  kernels::EncoderGradients<Real> gradients() const {
    return {{layer[0].gradients(), layer[1].gradients(), layer[2].gradients()}};
  }
};

/// What the passes to come share (kernels::prepare_encoder), in the tape's memory: the encoder for them, none of which
/// may have been recorded yet.
template <class Real>
Encoder<Real> prepare(Tape<Real>& tape, const kernels::EncoderPasses& passes, Encoder<Real> encoder) {
  const Context& context = tape.context();
  const auto weights = encoder.values();
  const VecView<Real> memory = tape.scratch(kernels::prepared_encoder_size<Real>(context, passes, weights));
  encoder.prepared = kernels::prepare_encoder<Real>(context, passes, weights, memory);
  if (encoder.layer[0].weight.tracked() && !encoder.prepared.pieces.empty()) {
    tape.record([encoder](const Context& where) {
      kernels::finish_encoder_adjoint<Real>(where, encoder.values(), encoder.gradients());
    });
  }
  return encoder;
}

/// x [G*n_max, D] -> [G,E]; pool's arrays must outlive the tape's use. Throws: ShapeError.
template <class Real>
Var<Real> set_encoder(Tape<Real>& tape, Var<Real> x, const kernels::SetPool& pool, const Encoder<Real>& encoder) {
  const bool tracked = x.tracked() || encoder.layer[0].weight.tracked();
  const Var<Real> y = tape.output(pool.sets, encoder.layer[2].weight.rows(), tracked);
  const VecView<Real> saved =
      tape.scratch(kernels::set_encoder_saved_size<Real>(tape.context(), pool, encoder.values()));
  kernels::set_encoder<Real>(tape.context(), x.value, pool, encoder.values(), saved, y.value);
  if (tracked) {
    tape.record([x, pool, encoder, saved, y](const Context& context) {
      kernels::set_encoder_adjoint<Real>(context, x.value, pool, encoder.values(), saved, y.gradient(), x.gradient(),
                                         encoder.gradients());
    });
  }
  return y;
}

}  // namespace autodiff
}  // namespace v0
}  // namespace alfi
