#pragma once
#include "alfi/kernels/gpu/encode_chain.hpp"
#include "alfi/kernels/gpu/tile_gradient.hpp"

/// The adjoint of a chained set encoder: a warp takes its rows forward again, then backward, in its registers. A
/// layer's activations and its gradient meet in shared memory for the weights' gradient, one layer after the other in
/// the same two places.

namespace alfi {
inline namespace v0 {
namespace kernels {

template <bool kThree, int kTiles>
struct EncodeChainsAdjoint {
  using Sets = ChainedSets<kThree, kTiles, 1>;
  using Link = typename Sets::Link;
  using Weights = typename Sets::Weights;
  static constexpr const char* kName = "set_encoder_adjoint";
  static constexpr int kLanes = Sets::kLanes, kResident = SetPlan::kResident;

  /// A layer's gradient, before its ReLU.
  struct Registers {
    Accumulator d[Link::kRowTiles][kTiles];
  };

  Sets sets;
  const float* counts;    ///< [G] valid rows
  const float* d_pooled;  ///< [G,pooled] gradient of the means
  float* d_x;             ///< [G*n_max,D], added to; or null
  float* partials;        ///< [blocks,gradient_size]

  Index blocks() const { return sets.plan.blocks(); }
  static std::size_t bytes(const EncoderLayout& layout) {
    const Index numbers = rounded_shared(Weights::of(layout, true).size * static_cast<Index>(sizeof(float))) +
                          rounded_shared(layout.weight_at[layout.layers] * static_cast<Index>(sizeof(float)));
    return static_cast<std::size_t>(Sets::shared_bytes(Sets::kTileRows, Places::of(layout).rows) + numbers);
  }
  std::size_t shared_bytes() const { return bytes(sets.layout); }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const Places places = Places::of(sets.layout);
    const Memory memory = sets.take(block, places.rows);
    const Weights at = Weights::of(sets.layout, true);
    float* const w = block.template shared<float>(at.size);
    const int size = sets.layout.weight_at[sets.layout.layers];
    float* const gradients = block.template shared<float>(size);
    float* const values = sets.feature(memory, places.values);
    float* const d_values = sets.feature(memory, places.d_values);
    block.phase([&](const Lane& lane) {
      at.load(lane, sets.weights, w);
      for (int e = lane.id; e < size; e += lane.count) gradients[e] = 0;
    });
    for (Tile tile = sets.first_tile(block); sets.inside(tile); tile.begin += sets.rows) {
      if (!sets.exists(tile)) continue;
      sets.fill(block, memory, tile);
      const int used = sets.used(tile);
      const auto each_part = [&](const auto& body) {
        block.warps([&](const auto& warp, auto& kept) {
          const int m = warp.id() * Link::kRows;
          if (m < used) body(warp, kept, m);
        });
      };
      const auto add_gradient = [&](auto rounded, int l, float* in, float* out) {
        const int inputs = sets.layout.width[l], outputs = sets.layout.width[l + 1];
        TileGradient<kThree, decltype(rounded)::value, Link::kPitch>::add(
            block, {used, sets.stride(), inputs, outputs, weight_stride_of(inputs), nullptr, in, out},
            sets.valid(memory), gradients + sets.layout.weight_at[l]);
      };
      each_part([&](const auto& warp, auto& kept, int m) { begin(warp, at, w, memory, m, values, d_values, kept); });
      if (at.outputs > 0) add_gradient(std::true_type{}, 2, values, d_values);
      each_part([&](const auto& warp, auto& kept, int m) {
        go_back(warp, at, w, memory, m, values + m, d_values + m, kept);
      });
      add_gradient(std::true_type{}, 1, values, d_values);
      each_part([&](const auto& warp, auto& kept, int m) { finish(warp, at, w, memory, m, d_values + m, kept); });
      add_gradient(std::false_type{}, 0, sets.feature(memory, 1), d_values);
    }
    float* const partial = partials + block.index() * size;
    block.phase([&](const Lane& lane) {
      for (int e = lane.id; e < size; e += lane.count) partial[e] = gradients[e];
    });
  }

 private:
  using Memory = typename Sets::Memory;
  using Tile = typename Sets::Tile;
  template <class Warp, int kCount = kTiles>
  using Values = typename Sets::template Values<Warp, kCount>;
  template <class Warp, class X>
  using PerLane = typename Warp::template PerLane<X>;

  /// Where a layer's values and their gradients are, in rows of memory.
  struct Places {
    int values, d_values, rows;

    ALFI_HD static Places of(const EncoderLayout& l) {
      const auto larger = [](int a, int b) { return a > b ? a : b; };
      const int hidden = larger(l.width[1], l.width[2]), inputs = l.width[0];
      const int d_size = l.pool_first() ? hidden : larger(hidden, l.width[3]);
      return {1 + inputs, 1 + inputs + hidden, 1 + inputs + hidden + d_size};
    }
  };

  /// What a lane's four rows have of their sets' gradients.
  struct Shares {
    int set[Link::kRowTiles][2];
    float part[Link::kRowTiles][2];  ///< 1 / valid rows of the set, 0 in rows that are not valid
  };
  ALFI_HD Shares shares_of(const Memory& memory, int m, int lane) const {
    Shares s;
    ALFI_UNROLL
    for (int i = 0; i < Link::kRowTiles; ++i) {
      ALFI_UNROLL
      for (int h = 0; h < 2; ++h) {
        const int row = m + Link::row_of(lane, i, 2 * h);
        const bool valid = sets.valid(memory)[row] > 0;
        const Index set = valid ? memory.set[row] : 0;
        s.set[i][h] = static_cast<int>(set);
        s.part[i][h] = valid ? 1 / counts[set] : 0.0f;
      }
    }
    return s;
  }
  ALFI_HD float d_pooled_of(const Shares& s, int i, int e, int f) const {
    const float* const row = d_pooled + static_cast<Index>(s.set[i][e / 2]) * sets.layout.pooled();
    return row[static_cast<unsigned>(f)] * s.part[i][e / 2];
  }

  /// Forward, and back through what is pooled. The second layer's values and the last one's gradient are left in shared
  /// memory.
  template <class Warp>
  ALFI_HD void begin(const Warp& warp, const Weights& at, const float* w, const Memory& memory, int m, float* values,
                     float* d_values, PerLane<Warp, Registers>& kept) const {
    Values<Warp> first, second, d;
    sets.hidden(warp, at, w, sets.feature(memory, 1) + m, first, second);
    PerLane<Warp, Shares> shares;
    warp.each([&](int lane) { shares[lane] = shares_of(memory, m, lane); });
    if (at.outputs > 0) {
      Link::template start<kTiles>(warp, nullptr, d);
      for (int n = 0; n < at.outputs; n += Weights::kOutputs) {
        Values<Warp, Weights::kOutputTiles> y;
        sets.outputs(warp, at, w, second, n, y);
        Link::template each<Weights::kOutputTiles>(warp, y, [&](int lane, float& value, int i, int j, int e) {
          const int f = n + Link::feature_of(lane, j, e);
          const float t = std::tanh(value), part = shares[lane].part[i][e / 2];
          value = f < at.outputs && part > 0 ? Link::rounded(d_pooled_of(shares[lane], i, e, f) * (1 - t * t)) : 0.0f;
        });
        Link::template store<Weights::kOutputTiles>(warp, y, n, d_values + m, at.outputs);
        Link::template add_products<Weights::kOutputTiles, kTiles>(warp, y, w + at.back[1] + n, at.last_stride, d);
      }
    } else {
      Link::template each<kTiles>(warp, d, [&](int lane, float& value, int i, int j, int e) {
        const int f = Link::feature_of(lane, j, e);
        const float part = shares[lane].part[i][e / 2];
        value = f < at.hidden2 && part > 0 ? d_pooled_of(shares[lane], i, e, f) : 0.0f;
      });
    }
    gate(warp, second, d);
    keep(warp, d, kept);
    if (at.outputs > 0) Link::template store<kTiles>(warp, second, 0, values + m, at.hidden2);
  }

  /// Back through the second layer, whose gradient and inputs are left in shared memory.
  template <class Warp>
  ALFI_HD void go_back(const Warp& warp, const Weights& at, const float* w, const Memory& memory, int m, float* values,
                       float* d_values, PerLane<Warp, Registers>& kept) const {
    Values<Warp> first, d_second, d;
    sets.first_layer(warp, at, w, sets.feature(memory, 1) + m, first);
    take(warp, kept, d_second);
    Link::template store<kTiles>(warp, first, 0, values, at.hidden1);
    Link::template store<kTiles>(warp, d_second, 0, d_values, at.hidden2);
    Link::template start<kTiles>(warp, nullptr, d);
    Link::template add_products<kTiles, kTiles>(warp, d_second, w + at.back[0], Weights::kStride, d);
    gate(warp, first, d);
    keep(warp, d, kept);
  }

  /// The first layer's gradient is left in shared memory; d_x.
  template <class Warp>
  ALFI_HD void finish(const Warp& warp, const Weights& at, const float* w, const Memory& memory, int m, float* d_values,
                      PerLane<Warp, Registers>& kept) const {
    Values<Warp> d;
    take(warp, kept, d);
    Link::template store<kTiles>(warp, d, 0, d_values, at.hidden1);
    if (d_x == nullptr) return;
    for (int k = 0; k < at.inputs; k += 8) {
      Values<Warp, 1> sum;
      Link::refresh(warp, d);
      Link::template start<1>(warp, nullptr, sum);
      Link::template add_products<kTiles, 1>(warp, d, w + at.layer[0] + k * Weights::kStride, Weights::kStride, sum);
      Link::template each<1>(warp, sum, [&](int lane, float& value, int i, int j, int e) {
        const int f = k + Link::feature_of(lane, j, e);
        const Index row = memory.row[m + Link::row_of(lane, i, e)];
        if (f < at.inputs && row >= 0) d_x[row * at.inputs + f] += value;
      });
    }
  }

  /// The gradient before a ReLU that gave `values`.
  template <class Warp>
  ALFI_HD static void gate(const Warp& warp, const Values<Warp>& values, Values<Warp>& d) {
    Link::template each<kTiles>(warp, d, [&](int lane, float& value, int i, int j, int e) {
      value = values[i][j][lane].v[e] > 0 ? Link::rounded(value) : 0.0f;
    });
  }
  template <class Warp>
  ALFI_HD static void keep(const Warp& warp, Values<Warp>& d, PerLane<Warp, Registers>& kept) {
    Link::template each<kTiles>(warp, d,
                                [&](int lane, float& value, int i, int j, int e) { kept[lane].d[i][j].v[e] = value; });
  }
  template <class Warp>
  ALFI_HD static void take(const Warp& warp, const PerLane<Warp, Registers>& kept, Values<Warp>& d) {
    Link::template each<kTiles>(warp, d,
                                [&](int lane, float& value, int i, int j, int e) { value = kept[lane].d[i][j].v[e]; });
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
