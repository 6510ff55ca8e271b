#pragma once
#include "alfi/kernels/gpu/encode_chain.hpp"

/// What the adjoint of a chained set encoder multiplies the rows of a block by, from the largest numbers among them.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// What a block's rows are multiplied by: inputs, activations of hidden layers, gradients before each layer's end.
struct ChainScales {
  float x, activation[2], d[3];
};

/// Magnitudes of a block's rows: the largest input, the largest gradient of a mean, the largest share of a row in it.
struct ChainLargest {
  std::uint32_t input, gradient, share;

  ALFI_HD static void see(float x, std::uint32_t& largest) {
    const std::uint32_t size = finite_size(x);
    largest = size > largest ? size : largest;
  }
};

/// Rows and the gradient of what is pooled of them.
template <bool kThree, int kTiles, int kRowTiles>
struct ChainSurvey {
  using Sets = ChainedSets<kThree, kTiles, kRowTiles>;
  using Weights = typename Sets::Weights;
  using Placed = typename Sets::Placed;
  using Tile = typename Sets::Tile;

  Sets sets;
  const float* counts;    ///< [G] valid rows
  const float* d_pooled;  ///< [G,pooled] gradient of the means
  const float* seen;      ///< [segments] their largest inputs, as the forward pass saw them; or null

  /// A warp's part of a block's rows, to [warps]. Several loads at once: each takes long.
  template <class Warp>
  ALFI_HD void measure(const Warp& warp, const Tile& all, ChainLargest* to) const {
    constexpr int kAtOnce = 8;
    const SetPlan& plan = sets.plan;
    const int pooled = sets.layout.pooled();
    const Index first_set = plan.set_of(all.first), last_set = plan.set_of(all.end - 1);
    const int to_row = (plan.chunk_of(all.end - 1) + 1) * plan.chunk_rows;
    const Index begin = first_set * plan.n_max + static_cast<Index>(plan.chunk_of(all.first)) * plan.chunk_rows;
    const Index end = last_set * plan.n_max + least_of(to_row, plan.n_max);
    // The inputs of the block's rows, one after the other in memory.
    const unsigned size = static_cast<unsigned>(sets.source.size), entries = static_cast<unsigned>(end - begin) * size;
    const float* const inputs = sets.source.x + begin * sets.source.size;
    const bool all_exist = sets.source.status == nullptr && sets.source.counts == nullptr;
    PerLane<Warp, std::uint32_t> input, gradient, share;
    warp.each([&](int lane) {
      const int id = warp.id() * 32 + lane;
      ChainLargest own{};
      for (Index s = all.first + id; seen != nullptr && s < all.end; s += kLanes) ChainLargest::see(seen[s], own.input);
      for (unsigned e = static_cast<unsigned>(id); seen == nullptr && e < entries; e += kAtOnce * kLanes) {
        float held[kAtOnce];
        ALFI_UNROLL
        for (unsigned u = 0; u < kAtOnce; ++u) {
          const unsigned entry = e + u * kLanes;
          held[u] = entry < entries && (all_exist || exists(begin + entry / size)) ? inputs[entry] : 0.0f;
        }
        ALFI_UNROLL
        for (unsigned u = 0; u < kAtOnce; ++u) ChainLargest::see(held[u], own.input);
      }
      for (Index e = first_set * pooled + id; e < (last_set + 1) * pooled; e += kAtOnce * kLanes) {
        float held[kAtOnce];
        ALFI_UNROLL
        for (int u = 0; u < kAtOnce; ++u)
          held[u] = e + u * kLanes < (last_set + 1) * pooled ? d_pooled[e + u * kLanes] : 0;
        ALFI_UNROLL
        for (int u = 0; u < kAtOnce; ++u) ChainLargest::see(held[u], own.gradient);
      }
      for (Index set = first_set + id; set <= last_set; set += kLanes) {
        if (counts[set] > 0) ChainLargest::see(1 / counts[set], own.share);
      }
      input[lane] = own.input, gradient[lane] = own.gradient, share[lane] = own.share;
    });
    const ChainLargest largest{warp.greatest(input), warp.greatest(gradient), warp.greatest(share)};
    warp.each([&](int lane) {
      if (lane == 0) to[warp.id()] = largest;
    });
  }

  /// From what all warps measured.
  ALFI_HD ChainScales scales(const Weights& at, const Placed& w, const ChainLargest* measured) const {
    const auto see = [](std::uint32_t size, std::uint32_t& largest) { largest = size > largest ? size : largest; };
    ChainLargest largest{};
    for (int part = 0; part < kLanes / 32; ++part) {
      see(measured[part].input, largest.input);
      see(measured[part].gradient, largest.gradient);
      see(measured[part].share, largest.share);
    }
    using A = ScalarArithmetic<float>;
    constexpr int kMost = 80;  // gradients may be tiny
    const ChainBounds& bounds = at.bounds(w);
    const float x = A::real(largest.input), d = A::real(largest.gradient) * A::real(largest.share);
    const float first = bounds.first(x), d_second = at.outputs > 0 ? d * bounds.back_norm[1] : d;
    return {scale_for(x),
            {scale_for(first), scale_for(bounds.second(first))},
            {scale_for(d_second * bounds.back_norm[0], kMost), scale_for(d_second, kMost), scale_for(d, kMost)}};
  }

 private:
  template <class Warp, class X>
  using PerLane = typename Warp::template PerLane<X>;
  static constexpr int kLanes = Sets::kLanes;

  /// Whether a row is one of its set's, and valid.
  ALFI_HD bool exists(Index row) const {
    const auto& source = sets.source;
    return source.valid(row) &&
           (source.counts == nullptr || row % sets.plan.n_max < source.counts[row / sets.plan.n_max]);
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
