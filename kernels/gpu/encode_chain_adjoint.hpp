#pragma once
#include <type_traits>

#include "alfi/kernels/gpu/chain_first_gradient.hpp"
#include "alfi/kernels/gpu/chain_gradient.hpp"
#include "alfi/kernels/gpu/chain_kept.hpp"
#include "alfi/kernels/gpu/chain_scales.hpp"

/// The adjoint of a chained set encoder: a warp takes its rows forward again, then backward, in its registers. A
/// layer's activations and its gradient meet in shared memory for the weights' gradient, one layer after the other in
/// the same two places. A block's rows are scaled alike, by its largest input and gradient.

namespace alfi {
inline namespace v0 {
namespace kernels {

template <bool kThree, int kTiles>
struct EncodeChainsAdjoint : ChainSurvey<kThree, kTiles, 1> {
  using Survey = ChainSurvey<kThree, kTiles, 1>;
  static constexpr int kRowTiles = 1;
  using Sets = ChainedSets<kThree, kTiles, kRowTiles>;
  using Link = typename Sets::Link;
  using Weights = typename Sets::Weights;
  using First = ChainFirstGradient<Link>;
  static constexpr const char* kName = "set_encoder_adjoint";
  static constexpr int kLanes = Sets::kLanes, kWarps = kLanes / 32, kResident = SetPlan::kResident;

  using Registers = ChainKept<Link>;  ///< the first layer's activations, later its gradient

  using Survey::counts;
  using Survey::d_pooled;
  using Survey::sets;
  float* d_x;       ///< [G*n_max,D], added to; or null
  float* partials;  ///< [blocks,gradient_size]

  Index blocks() const { return sets.plan.blocks(); }
  static std::size_t bytes(const EncoderLayout& layout) {
    const Weights at = Weights::of(layout);
    const Places places = Places::of(layout);
    return static_cast<std::size_t>(at.bytes() + Sets::shared_bytes(Sets::kTileRows, 1 + layout.width[0]) +
                                    rounded_shared(sizes_of(layout) * static_cast<Index>(sizeof(float))) +
                                    rounded_shared(kBlockFloats * static_cast<Index>(sizeof(float))) +
                                    rounded_shared(places.size * static_cast<Index>(sizeof(Half))));
  }
  std::size_t shared_bytes() const { return bytes(sets.layout); }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const EncoderLayout& layout = sets.layout;
    const Places places = Places::of(layout);
    const Weights at = Weights::of(layout);
    Shared s{};
    s.w = at.take(block);
    s.memory = sets.take(block, 1 + at.inputs);
    const int sums_size = sizes_of(layout);
    float* const all_sums = block.template shared<float>(sums_size);
    float* sums = s.few = all_sums;
    ALFI_UNROLL
    for (int l = 0; l < 3; ++l) {
      s.sums[l] = {sums, layout.width[l + 1], columns_of(layout, l)};
      sums += l < 2 ? size_of(layout, l) : 0;
    }
    float* const block_floats = block.template shared<float>(kBlockFloats);
    s.scales = reinterpret_cast<ChainScales*>(block_floats);
    s.largest = reinterpret_cast<ChainLargest*>(s.scales + 1);
    Half* const halves = block.template shared<Half>(places.size);
    s.place[0] = {halves, Link::kStride, Sets::kTileRows * Link::kStride};
    s.place[1] = {halves + places.second, Link::kStride, Sets::kTileRows * Link::kStride};
    s.inputs = {halves, at.first_stride, Sets::kTileRows * at.first_stride};
    s.d_outputs = {halves + places.outputs, places.output_stride, Sets::kTileRows * places.output_stride};

    at.load(block, sets.weights, s.w, reinterpret_cast<float*>(halves));
    block.warps([&](const auto& warp, auto&) { this->measure(warp, sets.first_tile(block), s.largest); });
    at.finish_load(block);
    block.phase([&](const Lane& lane) {
      for (int e = lane.id; e < sums_size; e += lane.count) all_sums[e] = 0;
      if (lane.id == 0) *s.scales = this->scales(at, s.w, s.largest);
    });
    Tile tile = sets.first_tile(block);
    sets.fill(block, s.memory, tile);
    for (; sets.inside(tile); tile.begin += sets.rows) run_tile(block, at, s, tile);
    float* const partial = partials + block.index() * layout.weight_at[layout.layers];
    block.phase([&](const Lane& lane) {
      ALFI_UNROLL
      for (int l = 0; l < 3; ++l) {
        if (l >= layout.layers) continue;
        const int inputs = layout.width[l], across = weight_stride_of(inputs);
        for (int e = lane.id; e < across * layout.width[l + 1]; e += lane.count) {
          const int n = e / across, k = e % across;
          const bool few = l == 0 && !at.has_many();
          partial[layout.weight_at[l] + e] = k > inputs    ? 0.0f
                                             : few         ? First::sum(s.few, at.inputs, n, k, kWarps)
                                             : k == inputs ? s.sums[l].bias(n)
                                                           : s.sums[l].weight(n, k);
        }
      }
    });
  }

 private:
  using Memory = typename Sets::Memory;
  using Placed = typename Sets::Placed;
  using RowScales = typename Sets::RowScales;
  using Tile = typename Sets::Tile;
  template <class Warp, int kCount = kTiles>
  using Values = typename Link::template Rows<Warp, kCount>;
  template <class Warp, int kCount = kTiles>
  using Halves = typename Link::template Halves<Warp, kCount>;
  template <class Warp, class X>
  using PerLane = typename Warp::template PerLane<X>;

  static constexpr int kBlockFloats =
      static_cast<int>((sizeof(ChainScales) + kWarps * sizeof(ChainLargest)) / sizeof(float));

  /// Where rows meet, in halves: the last layer's gradient, then the first's activations, then the inputs; the second
  /// layer's activations, then its gradient, then the first's.
  struct Places {
    int second, outputs, output_stride, size;

    ALFI_HD static Places of(const EncoderLayout& l) {
      const auto larger = [](int a, int b) { return a > b ? a : b; };
      constexpr int kRow = Sets::kTileRows * Link::kParts;
      const Weights at = Weights::of(l);
      const int outputs = at.chunks() * Weights::kOutputs;
      Places p{};
      p.second = kRow * larger(Link::kStride, at.first_stride);
      p.size = p.second + kRow * Link::kStride + 8;  // the eight behind the last one is loaded, too
      p.output_stride = Link::kStride;
      if (outputs > Link::kStride) {
        p.outputs = p.size, p.output_stride = half_stride_of(outputs);
        p.size += kRow * p.output_stride;
      }
      p.size = larger(p.size, static_cast<int>(at.scratch_bytes()) / static_cast<int>(sizeof(Half)));
      return p;
    }
  };
  ALFI_HD static int columns_of(const EncoderLayout& l, int layer) {
    return layer == 0 ? whole_eights(l.width[0]) / 8 : kTiles;
  }
  /// Of a layer's sums, and of all.
  ALFI_HD static int size_of(const EncoderLayout& l, int layer) {
    if (layer == 0 && !Weights::of(l).has_many()) return kWarps * (l.width[0] + 1) * Link::kWidth;
    return GradientSums::size_of(l.width[layer + 1], columns_of(l, layer));
  }
  ALFI_HD static int sizes_of(const EncoderLayout& l) {
    return size_of(l, 0) + size_of(l, 1) + (l.layers > 2 ? size_of(l, 2) : 0);
  }

  struct Shared {
    Placed w;
    Memory memory;
    GradientSums sums[3];
    ChainScales* scales;
    ChainLargest* largest;  ///< of each warp's part
    float* few;             ///< [kWarps][inputs + 1][kWidth], in place of sums[0]
    HalfMatrix place[2], inputs, d_outputs;
  };

  template <class Block>
  ALFI_HD void run_tile(Block& block, const Weights& at, const Shared& s, const Tile& tile) const {
    const int used = sets.exists(tile) ? sets.used(tile) : 0;
    const auto each_part = [&](const auto& body) {
      block.warps([&](const auto& warp, auto& kept) {
        const int m = warp.id() * Link::kRows;
        if (m < used) body(warp, kept, m);
      });
    };
    each_part([&](const auto& warp, auto& kept, int m) { begin(warp, at, s, m, kept); });
    if (at.outputs > 0) {
      constexpr int kTogether = kTiles == 7 ? kTiles * 2 / kWarps + 1 : 1;
      block.warps([&](const auto& warp) {
        const float d = inverse_of_power(s.scales->d[2]);
        ChainGradient<kThree, kTiles, kTogether>::add(warp, used, s.d_outputs, s.place[1],
                                                      d * inverse_of_power(s.scales->activation[1]), d, s.sums[2]);
      });
    }
    each_part([&](const auto& warp, auto& kept, int m) { go_back(warp, at, s, m, kept); });
    const auto add_second = [&](const auto& warp) {
      constexpr int kTogether = kTiles == 7 ? 32 / kWarps : 2;
      const float d = inverse_of_power(s.scales->d[1]);
      ChainGradient<kThree, kTiles, kTogether>::add(warp, used, s.place[1], s.place[0],
                                                    d * inverse_of_power(s.scales->activation[0]), d, s.sums[1]);
    };
    if (!at.has_many()) {
      add_and_fill(block, s, tile, add_second);
      return;
    }
    block.warps([&](const auto& warp) { add_second(warp); });
    each_part([&](const auto& warp, auto& kept, int m) { finish(warp, at, s, m, kept); });
    add_and_fill(block, s, tile, [&](const auto& warp) {
      const float d = inverse_of_power(s.scales->d[0]);
      ChainGradient<kThree, 0, 1, (kTiles + 1) / 2>::add(warp, used, s.place[1], s.inputs,
                                                         d * inverse_of_power(s.scales->x), d, s.sums[0]);
    });
  }

  /// The last products of a tile, which read its rows no more but as halves, while the next tile's are loaded.
  template <class Block, class Add>
  ALFI_HD void add_and_fill(Block& block, const Shared& s, Tile tile, const Add& add) const {
    tile.begin += sets.rows;
    const bool more = sets.inside(tile);
    block.warps([&](const auto& warp, auto&) {
      typename std::decay_t<decltype(warp)>::template PerLane<typename Sets::Fetched> fetched;
      warp.each([&](int lane) { fetched[lane] = sets.fetch(tile, more ? warp.id() * 32 + lane : sets.rows); });
      add(warp);
      warp.each([&](int lane) {
        if (more) sets.place(s.memory, warp.id() * 32 + lane, fetched[lane]);
      });
    });
    if (more) sets.fill_features(block, s.memory);
  }

  /// What a row has of its set's gradient.
  struct Share {
    int set;
    float part;  ///< scale / valid rows of the set, 0 in rows that are not valid
  };
  struct Shares {
    Share v[kRowTiles][2];
  };
  ALFI_HD Shares shares_of(const Memory& memory, int m, int lane, float scale) const {
    Shares s;
    ALFI_UNROLL
    for (int i = 0; i < kRowTiles; ++i) {
      ALFI_UNROLL
      for (int h = 0; h < 2; ++h) {
        const int row = m + Link::row_of(lane, i, 2 * h);
        const bool valid = sets.valid(memory)[row] > 0;
        const Index set = valid ? memory.set[row] : 0;
        s.v[i][h] = {static_cast<int>(set), valid ? scale / counts[set] : 0.0f};
      }
    }
    return s;
  }
  ALFI_HD float d_pooled_of(const Share& share, int f) const {
    const float* const row = d_pooled + static_cast<Index>(share.set) * sets.layout.pooled();
    return row[static_cast<unsigned>(f)] * share.part;
  }

  /// Forward, and back through what is pooled. The second layer's activations and the last one's gradient are left in
  /// shared memory.
  template <class Warp>
  ALFI_HD void begin(const Warp& warp, const Weights& at, const Shared& s, int m,
                     PerLane<Warp, Registers>& kept) const {
    const ChainScales& block = *s.scales;
    PerLane<Warp, RowScales> scales;
    warp.each([&](int lane) {
      ALFI_UNROLL
      for (int e = 0; e < 2 * kRowTiles; ++e) {
        scales[lane].x.v[e / 2][e % 2] = block.x;
        scales[lane].first.v[e / 2][e % 2] = block.activation[0];
        scales[lane].second.v[e / 2][e % 2] = block.activation[1];
      }
    });
    Halves<Warp> first, second;
    {
      Values<Warp> sum;
      sets.first_layer(warp, at, s.w, sets.feature(s.memory, 1) + m, scales, first);
      sets.second_layer(warp, at, s.w, scales, first, sum);
      Link::template split<kTiles>(warp, sum, second);
    }
    Link::template store<kTiles>(warp, second, s.place[1].from(m, 0));
    Registers::keep(warp, first, kept);
    if (at.outputs == 0) return;
    PerLane<Warp, Shares> shares;
    warp.each([&](int lane) { shares[lane] = shares_of(s.memory, m, lane, block.d[2]); });
    for (int n = 0; n < at.outputs; n += Weights::kOutputs) {
      Values<Warp, Weights::kOutputTiles> y;
      Halves<Warp, Weights::kOutputTiles> d;
      sets.outputs(warp, at, s.w, scales, second, n, y);
      Link::template each<Weights::kOutputTiles>(warp, y, [&](int lane, float& value, int i, int j, int e) {
        const int f = n + Link::feature_of(lane, j, e);
        const Share& share = shares[lane].v[i][e / 2];
        const bool wanted = f < at.outputs && share.part > 0;
        const float after = wanted ? d_pooled_of(share, f) : 0.0f;
        const float before = kThree ? after * chain_tanh_slope(value) : quick_tanh_back(value, after);
        value = wanted ? before : 0.0f;
      });
      Link::template split<Weights::kOutputTiles>(warp, y, d);
      Link::template store<Weights::kOutputTiles>(warp, d, s.d_outputs.from(m, n));
    }
  }

  /// Back through the last layer and the second, whose gradient and inputs are left in shared memory.
  template <class Warp>
  ALFI_HD void go_back(const Warp& warp, const Weights& at, const Shared& s, int m,
                       PerLane<Warp, Registers>& kept) const {
    Halves<Warp> first, second, d_second;
    Values<Warp> d;
    const ChainBounds& bounds = at.bounds(s.w);
    const ChainScales& scales = *s.scales;
    float factor = 1;
    if (at.outputs > 0) {
      factor = scales.d[1] * inverse_of_power(scales.d[2]) * inverse_of_power(bounds.scale[2]);
      Link::template zero<kTiles>(warp, d);
      for (int n = 0; n < at.outputs; n += Weights::kOutputs) {
        Halves<Warp, Weights::kOutputTiles> d_outputs;
        Link::template load<Link::kParts, Weights::kOutputTiles>(warp, s.d_outputs.from(m, n), d_outputs);
        Link::template add_products<true, Weights::kOutputTiles, kTiles>(warp, d_outputs, at.third(s.w, n), d);
      }
    } else {
      PerLane<Warp, Shares> shares;
      warp.each([&](int lane) { shares[lane] = shares_of(s.memory, m, lane, scales.d[1]); });
      Link::template each<kTiles>(warp, d, [&](int lane, float& value, int i, int j, int e) {
        const int f = Link::feature_of(lane, j, e);
        const Share& share = shares[lane].v[i][e / 2];
        value = f < at.hidden2 && share.part > 0 ? d_pooled_of(share, f) : 0.0f;
      });
    }
    Link::template load<1, kTiles>(warp, s.place[1].from(m, 0), second);
    Registers::gate(warp, d, factor, second, d_second);
    Link::template store<kTiles>(warp, d_second, s.place[1].from(m, 0));
    Registers::take(warp, kept, first);
    Link::template store<kTiles>(warp, first, s.place[0].from(m, 0));
    Link::template zero<kTiles>(warp, d);
    Link::template add_products<true, kTiles, kTiles>(warp, d_second, at.second(s.w), d);
    Halves<Warp> d_first;
    // Again: there are no registers to keep them meanwhile.
    Link::template load<1, kTiles>(warp, s.place[0].from(m, 0), first);
    Registers::gate(warp, d, scales.d[0] * inverse_of_power(scales.d[1]) * inverse_of_power(bounds.scale[1]), first,
                    d_first);
    if (d_x != nullptr) add_d_x(warp, at, s, m, d_first);
    if (at.has_many()) {
      Registers::keep(warp, d_first, kept);
    } else {
      First::add(warp, at.inputs, sets.feature(s.memory, 1) + m, {s.scales->x, s.scales->d[0]}, d_first, s.few);
    }
  }

  /// Where a lane's rows begin in d_x, or null.
  struct RowPlaces {
    float* v[kRowTiles][2];
  };
  template <class Warp>
  ALFI_HD void add_d_x(const Warp& warp, const Weights& at, const Shared& s, int m, const Halves<Warp>& d) const {
    constexpr int kAtOnce = 3;  // eights of inputs
    const float factor = inverse_of_power(s.scales->d[0]) * inverse_of_power(at.bounds(s.w).scale[0]);
    PerLane<Warp, RowPlaces> rows;
    warp.each([&](int lane) {
      ALFI_UNROLL
      for (int e = 0; e < 2 * kRowTiles; ++e) {
        const Index row = s.memory.row[m + Link::row_of(lane, e / 2, e % 2 * 2)];
        rows[lane].v[e / 2][e % 2] = row >= 0 ? d_x + row * at.inputs : nullptr;
      }
    });
    for (int k = 0; k < at.inputs; k += 8 * kAtOnce) {
      Values<Warp, kAtOnce> before;
      const auto place = [&](int lane, int i, int j, int e) -> float* {
        const int f = k + Link::feature_of(lane, j, e);
        float* const row = rows[lane].v[i][e / 2];
        return f < at.inputs && row != nullptr ? row + f : nullptr;
      };
      Link::template each<kAtOnce>(warp, before, [&](int lane, float& value, int i, int j, int e) {
        const float* const from = place(lane, i, j, e);
        value = from == nullptr ? 0.0f : *from;
      });
      ALFI_UNROLL
      for (int u = 0; u < kAtOnce; ++u) {
        if (k + 8 * u >= at.inputs) continue;
        Values<Warp, 1> sum;
        Link::template zero<1>(warp, sum);
        Link::template add_products<true, kTiles, 1>(warp, d, at.first(s.w).from(0, k + 8 * u), sum);
        Link::template each<1>(warp, sum, [&](int lane, float& value, int i, int, int e) {
          float* const to = place(lane, i, u, e);
          if (to != nullptr) *to = before[i][u][lane].v[e] + value * factor;
        });
      }
    }
  }

  /// The first layer's gradient and the inputs, which are many, are left in shared memory.
  template <class Warp>
  ALFI_HD void finish(const Warp& warp, const Weights& at, const Shared& s, int m,
                      PerLane<Warp, Registers>& kept) const {
    Halves<Warp> d;
    Registers::take(warp, kept, d);
    Link::template store<kTiles>(warp, d, s.place[1].from(m, 0));
    PerLane<Warp, typename Link::Scales> scales;
    warp.each([&](int lane) {
      for (int e = 0; e < 2 * kRowTiles; ++e) scales[lane].v[e / 2][e % 2] = s.scales->x;
    });
    for (int k = 0; k < at.inputs; k += 8) {
      Halves<Warp, 1> x;
      Link::template take_features<1>(warp, sets.feature(s.memory, 1) + m, at.inputs, k, scales, x);
      Link::template store<1>(warp, x, s.inputs.from(m, k));
    }
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
