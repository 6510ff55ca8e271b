#pragma once
#include "alfi/simulators/functor.hpp"

/// What a functor computes on a GPU: an observation a thread, or the rows of an encoder's tiles (the Source of
/// kernels/gpu/set_tile.hpp).

namespace alfi {
inline namespace v0 {

/// Observation i of a request, with its status.
template <class F>
struct SimulateObservation {
  static constexpr const char* kName = "simulate";
  F functor;
  SimulateRequest request;

  ALFI_HD void operator()(Index i) const {
    const Index row = i / request.observations, m = i % request.observations;
    if (m >= request.count(row / request.proposals)) return;
    const typename F::Prepared prepared = functor.prepare(request.theta.row(row).data);
    const Status status =
        simulate_sample(functor, prepared, request, row, m, request.out.cols, request.out.row(i).data);
    request.status[i] = static_cast<std::uint8_t>(status);
  }
};

/// Each proposal is a set, its observations are drawn where they are needed.
template <class F>
struct FunctorSource {
  using Scalar = float;
  using Prepared = typename F::Prepared;
  static constexpr bool kDraws = true;

  int size;
  F functor;
  SimulateRequest request;
  kernels::FeatureScale<float> scale;

  ALFI_HD Index count(Index set) const { return request.count(set / request.proposals); }
  ALFI_HD Prepared prepare(Index set) const { return functor.prepare(request.theta.row(set).data); }

  ALFI_HD bool row(const Prepared& prepared, Index set, Index i, float* raw, float* x, int stride) const {
    bool valid = simulate_sample(functor, prepared, request, set, i, size, raw) == Status::ok;
    const float* location = scale.location.row(set / request.proposals).data;
    const float* divisor = scale.scale.row(set / request.proposals).data;
    for (int d = 0; d < size; ++d) {
      valid = valid && std::isfinite(raw[d]);
      if (!valid) return false;
      const float z = (raw[d] - location[d]) / divisor[d];
      x[d * stride] = scale.asinh ? std::asinh(z) : z;
    }
    return valid;
  }
};

}  // namespace v0
}  // namespace alfi
