#pragma once
#include <cmath>

#include "alfi/kernels/gpu/chain_weights.hpp"
#include "alfi/kernels/gpu/set_rows.hpp"
#include "alfi/kernels/rows/set_encoder.hpp"

/// The set encoder's forward pass as a chain: a warp takes 16 or 32 rows of a tile through all layers in its registers;
/// only what is pooled goes to shared memory. For hidden layers of up to 8 kTiles units.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// What the pass and its adjoint share.
template <bool kThree, int kTiles, int kRowTiles>
struct ChainedSets : SetRows<float> {
  using Rows = SetRows<float>;
  using Tile = typename Rows::Tile;
  using Link = Chain<kThree, kTiles, kRowTiles>;
  using Weights = ChainWeights<kThree, kTiles>;
  using Placed = typename Weights::Placed;
  template <class Warp, int kCount = kTiles>
  using Values = typename Link::template Rows<Warp, kCount>;
  template <class Warp, int kCount = kTiles>
  using Halves = typename Link::template Halves<Warp, kCount>;
  template <class Warp, class X>
  using PerLane = typename Warp::template PerLane<X>;

  static constexpr int kLanes = Link::kTileRows / Link::kRows * 32;
  static constexpr int kTileRows = Link::kTileRows;

  EncoderLayout layout;
  EncoderWeights<float> weights;

  /// The tile's rows that warps take: whole steps of 32, up to the block's last row.
  ALFI_HD int used(const Tile& tile) const {
    const int left = static_cast<int>(tile.end - tile.first) * this->plan.chunk_rows - tile.begin;
    return left < kTileRows ? (left + 31) / 32 * 32 : kTileRows;
  }

  /// What a lane's rows are scaled by: their inputs, and what the hidden layers give.
  struct RowScales {
    typename Link::Scales x, first, second;
  };
  /// x: the largest input's magnitude.
  ALFI_HD static void set_scales(const ChainBounds& bounds, float x, int i, int h, RowScales& scales) {
    const float first = bounds.first(x);
    scales.x.v[i][h] = scale_for(x);
    scales.first.v[i][h] = scale_for(first);
    scales.second.v[i][h] = scale_for(bounds.second(first));
  }

  /// The hidden layers of the warp's rows; x: their features, from the first row on.
  template <class Warp>
  ALFI_HD void first_layer(const Warp& warp, const Weights& at, const Placed& w, const float* x,
                           const PerLane<Warp, RowScales>& scales, Halves<Warp>& first) const {
    Values<Warp> sum;
    const float* const bias = w.floats + at.bias_at[0];
    PerLane<Warp, typename Link::Scales> factor;
    if (at.has_many()) {
      const float weight = inverse_of_power(at.bounds(w).scale[0]);
      warp.each([&](int lane) { factor[lane] = scales[lane].x; });
      Link::template zero<kTiles>(warp, sum);
      for (int k = 0; k < at.inputs; k += 16) {
        Halves<Warp, 2> some;
        Link::template take_features<2>(warp, x, at.inputs, k, factor, some);
        Link::template add_products<false, 2, kTiles>(warp, some, at.first(w).from(0, k), sum);
      }
      Link::template each<kTiles>(warp, sum, [&](int lane, float& value, int i, int j, int e) {
        const float scale = scales[lane].first.v[i][e / 2];
        const float rescale = inverse_of_power(scales[lane].x.v[i][e / 2]) * scale * weight;
        value = chain_relu(chain_fused(value, rescale, bias[Link::feature_of(lane, j, e)] * scale));
      });
    } else {
      warp.each([&](int lane) { factor[lane] = scales[lane].first; });
      Link::add_features(warp, x, at.inputs, w.floats + at.few_at, bias, factor, sum);
      Link::template each<kTiles>(warp, sum, [](int, float& value, int, int, int) { value = chain_relu(value); });
    }
    Link::template split<kTiles>(warp, sum, first);
  }
  template <class Warp>
  ALFI_HD void second_layer(const Warp& warp, const Weights& at, const Placed& w,
                            const PerLane<Warp, RowScales>& scales, const Halves<Warp>& first,
                            Values<Warp>& second) const {
    const float weight = inverse_of_power(at.bounds(w).scale[1]);
    const float* const bias = w.floats + at.bias_at[1];
    Link::template zero<kTiles>(warp, second);
    Link::template add_products<false, kTiles, kTiles>(warp, first, at.second(w), second);
    Link::template each<kTiles>(warp, second, [&](int lane, float& value, int i, int j, int e) {
      const float scale = scales[lane].second.v[i][e / 2];
      const float rescale = inverse_of_power(scales[lane].first.v[i][e / 2]) * scale * weight;
      value = chain_relu(chain_fused(value, rescale, bias[Link::feature_of(lane, j, e)] * scale));
    });
  }
  /// Outputs from `first` on, before tanh.
  template <class Warp>
  ALFI_HD void outputs(const Warp& warp, const Weights& at, const Placed& w, const PerLane<Warp, RowScales>& scales,
                       const Halves<Warp>& hidden, int first, Values<Warp, Weights::kOutputTiles>& y) const {
    constexpr int kCount = Weights::kOutputTiles;
    const float weight = inverse_of_power(at.bounds(w).scale[2]);
    const float* const bias = w.floats + at.bias_at[2] + first;
    Link::template zero<kCount>(warp, y);
    Link::template add_products<false, kTiles, kCount>(warp, hidden, at.third(w, first), y);
    Link::template each<kCount>(warp, y, [&](int lane, float& value, int i, int j, int e) {
      const float factor = inverse_of_power(scales[lane].second.v[i][e / 2]) * weight;
      value = value * factor + bias[Link::feature_of(lane, j, e)];
    });
  }
};

template <bool kThree, int kTiles>
struct EncodeChains {
  using Sets = ChainedSets<kThree, kTiles, 2>;
  using Link = typename Sets::Link;
  using Weights = typename Sets::Weights;
  static constexpr const char* kName = "set_encoder";
  static constexpr int kLanes = Sets::kLanes;
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 900
  static constexpr int kResident = kThree && kTiles > 4 ? 2 : 3;  // with three, a register is missing there
#else
  static constexpr int kResident = 3;
#endif

  Sets sets;
  SetSums<float> sums;
  MeanOfChunks<float> mean;  ///< where sets are not cut into several, their means go there, too
  float* largest;            ///< [segments] written: of their inputs' finite magnitudes; or null: not wanted

  Index blocks() const { return sets.plan.blocks(); }
  static std::size_t bytes(const EncoderLayout& layout) {
    const Weights at = Weights::of(layout);
    const Index rows = 2 * Sets::shared_bytes(Sets::kTileRows, rows_of(layout)) +  // of two tiles
                       rounded_shared(Link::kPitch * static_cast<Index>(sizeof(float)));
    const Index scratch = rounded_shared(at.scratch_bytes());
    return static_cast<std::size_t>((rows > scratch ? rows : scratch) + at.bytes());
  }
  std::size_t shared_bytes() const { return bytes(sets.layout); }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const Weights at = Weights::of(sets.layout);
    const Placed w = at.take(block);
    // A tile's rows, and the next one's, which are filled while the first are summed up.
    const int size = rows_of(sets.layout) * Link::kPitch;
    float* const activations = block.template shared<float>(2 * size);
    Index* const set = block.template shared<Index>(2 * Sets::kTileRows);
    Index* const row = block.template shared<Index>(2 * Sets::kTileRows);
    const auto memory_of = [&](int parity) {
      return Memory{activations + parity * size, set + parity * Sets::kTileRows, row + parity * Sets::kTileRows};
    };
    float* const sizes = block.template shared<float>(Link::kPitch);  // the largest input of each row
    at.load(block, sets.weights, w, activations);
    typename Sets::Tile tile = sets.first_tile(block);
    sets.fill(block, memory_of(0), tile);
    at.finish_load(block);
    for (int parity = 0; sets.inside(tile); parity = 1 - parity, tile.begin += sets.rows) {
      const Memory memory = memory_of(parity), next = memory_of(1 - parity);
      const bool any = sets.exists(tile);
      if (any) {
        const int used = sets.used(tile);
        block.warps([&](const auto& warp, auto&) {
          const int m = warp.id() * Link::kRows;
          if (m < used) encode(warp, at, w, sets.feature(memory, 1) + m, sizes + m);
        });
      }
      auto following = tile;
      following.begin += sets.rows;
      const bool more = sets.inside(following);
      block.phase([&](const Lane& lane) {
        const auto fetched = sets.fetch(following, more ? lane.id : sets.rows);
        sums.add(lane, sets, memory, tile, sets.feature(memory, 1), sets.layout.pooled(), any);
        if (largest != nullptr) see_largest(lane, memory, tile, sizes, any);
        if (!more) return;
        sets.place(next, lane.id, fetched);
        for (int m = lane.id + lane.count; m < sets.rows; m += lane.count)
          sets.place(next, m, sets.fetch(following, m));
      });
      if (more) sets.fill_features(block, next);
    }
    if (sets.plan.chunks > 1) return;
    const auto own = sets.first_tile(block);
    const int pooled = sets.layout.pooled(), numbers = static_cast<int>(own.end - own.first) * pooled;
    block.phase([&](const Lane& lane) {
      for (int e = lane.id; e < numbers; e += lane.count) mean.write(own.first + e / pooled, e % pooled);
    });
  }

 private:
  using Memory = typename Sets::Memory;
  using Placed = typename Sets::Placed;
  using RowScales = typename Sets::RowScales;

  /// A tile's rows of memory: valid, and inputs, in whose place comes what is pooled.
  ALFI_HD static int rows_of(const EncoderLayout& l) { return 1 + (l.width[0] > l.pooled() ? l.width[0] : l.pooled()); }

  /// What is pooled of the warp's rows, in place of their inputs [inputs or pooled][kPitch]; sizes [rows]: the largest
  /// input's magnitude.
  template <class Warp>
  ALFI_HD void encode(const Warp& warp, const Weights& at, const Placed& w, float* x, float* sizes) const {
    measure(warp, x, at.inputs, sizes);
    typename Warp::template PerLane<RowScales> scales;
    warp.each([&](int lane) {
      ALFI_UNROLL
      for (int i = 0; i < Link::kRowTiles; ++i) {
        ALFI_UNROLL
        for (int h = 0; h < 2; ++h) {
          Sets::set_scales(at.bounds(w), sizes[Link::row_of(lane, i, 2 * h)], i, h, scales[lane]);
        }
      }
    });
    typename Sets::template Halves<Warp> halves;
    typename Sets::template Values<Warp> second;
    sets.first_layer(warp, at, w, x, scales, halves);
    sets.second_layer(warp, at, w, scales, halves, second);
    warp.synchronize();  // every lane has read its inputs
    if (sets.layout.pool_first()) {
      Link::template each<kTiles>(warp, second, [&](int lane, float& value, int i, int, int e) {
        value *= inverse_of_power(scales[lane].second.v[i][e / 2]);
      });
      Link::template store_floats<kTiles>(warp, second, 0, x, at.hidden2);
      return;
    }
    Link::template split<kTiles>(warp, second, halves);
    for (int n = 0; n < at.outputs; n += Weights::kOutputs) {
      typename Sets::template Values<Warp, Weights::kOutputTiles> y;
      sets.outputs(warp, at, w, scales, halves, n, y);
      Link::template each<Weights::kOutputTiles>(
          warp, y, [](int, float& value, int, int, int) { value = kThree ? chain_tanh(value) : quick_tanh(value); });
      Link::template store_floats<Weights::kOutputTiles>(warp, y, n, x, at.outputs);
    }
  }
  /// Four lanes take every fourth input of eight rows, then each lane its own row's largest.
  template <class Warp>
  ALFI_HD static void measure(const Warp& warp, const float* x, int inputs, float* sizes) {
    static_assert(Link::kRows == 32, "a lane for each row");
    typename Warp::template PerLane<std::uint32_t> own[Link::kRows / 8];
    ALFI_UNROLL
    for (int i = 0; i < Link::kRows / 8; ++i) {
      warp.each([&](int lane) {
        std::uint32_t bits = 0;
        for (int d = lane % 4; d < inputs; d += 4) {
          const std::uint32_t size = finite_size(x[d * Link::kPitch + 8 * i + lane / 4]);
          bits = size > bits ? size : bits;
        }
        own[i][lane] = bits;
      });
      warp.greatest_of_four(own[i]);
      warp.each([&](int lane) {
        if (lane % 4 == 0) sizes[8 * i + lane / 4] = ScalarArithmetic<float>::real(own[i][lane]);
      });
    }
    warp.synchronize();
  }

  /// A lane's share of the tile's segments.
  ALFI_HD void see_largest(const Lane& lane, const Memory& memory, const typename Sets::Tile& tile, const float* sizes,
                           bool any) const {
    const int from = sets.from_segment(tile), to = sets.to_segment(tile), chunk = sets.plan.chunk_rows;
    for (int s = from + lane.id; s < to; s += lane.count) {
      const int start = s * chunk - tile.begin, end = least_of(start + chunk, sets.rows);
      float& place = largest[tile.first + s];
      float most = start >= 0 ? 0.0f : place;
      for (int m = start > 0 ? start : 0; any && m < end; ++m) {
        if (sets.valid(memory)[m] > 0 && sizes[m] > most) most = sizes[m];
      }
      place = most;
    }
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
