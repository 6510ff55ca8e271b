#pragma once
#include "alfi/kernels/gpu/chain_gradient.hpp"
#include "alfi/kernels/gpu/encode_chain.hpp"

/// The adjoint of a chained set encoder: a warp takes its rows forward again, then backward, in its registers. A
/// layer's activations and its gradient meet in shared memory for the weights' gradient, one layer after the other in
/// the same two places. A block's rows are scaled alike, by its largest input and gradient.

namespace alfi {
inline namespace v0 {
namespace kernels {

template <bool kThree, int kTiles>
struct EncodeChainsAdjoint {
#ifndef G1_ROWS
#define G1_ROWS 1
#endif
  static constexpr int kRowTiles = G1_ROWS;
  using Sets = ChainedSets<kThree, kTiles, kRowTiles>;
  using Link = typename Sets::Link;
  using Weights = typename Sets::Weights;
  static constexpr const char* kName = "set_encoder_adjoint";
  static constexpr int kLanes = Sets::kLanes, kWarps = kLanes / 32, kResident = SetPlan::kResident;

  /// The first layer's activations, later its gradient.
  struct Registers {
    typename Link::TwoPairs part[Link::kParts][kRowTiles][kTiles];
  };

  Sets sets;
  const float* counts;    ///< [G] valid rows
  const float* d_pooled;  ///< [G,pooled] gradient of the means
  float* d_x;             ///< [G*n_max,D], added to; or null
  float* partials;        ///< [blocks,gradient_size]

  Index blocks() const { return sets.plan.blocks(); }
  static std::size_t bytes(const EncoderLayout& layout) {
    const Weights at = Weights::of(layout, true);
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
    const Weights at = Weights::of(layout, true);
    Shared s{};
    s.w = at.take(block);
    s.memory = sets.take(block, 1 + at.inputs);
    const int sums_size = sizes_of(layout);
    float* const all_sums = block.template shared<float>(sums_size);
    float* sums = all_sums;
    ALFI_UNROLL
    for (int l = 0; l < 3; ++l) {
      s.sums[l] = {sums, layout.width[l + 1], columns_of(layout, l)};
      sums += l < 2 ? s.sums[l].size() : 0;
    }
    float* const block_floats = block.template shared<float>(kBlockFloats);
    s.scales = reinterpret_cast<BlockScales*>(block_floats);
    s.largest = reinterpret_cast<std::uint32_t*>(s.scales + 1);
    Half* const halves = block.template shared<Half>(places.size);
    s.place[0] = {halves, Link::kStride, Sets::kTileRows * Link::kStride};
    s.place[1] = {halves + places.second, Link::kStride, Sets::kTileRows * Link::kStride};
    s.inputs = {halves, at.first_stride, Sets::kTileRows * at.first_stride};
    s.d_outputs = {halves + places.outputs, places.output_stride, Sets::kTileRows * places.output_stride};

    at.load(block, sets.weights, s.w, reinterpret_cast<float*>(halves));
    block.warps([&](const auto& warp, auto&) { measure(warp, sets.first_tile(block), s); });
    block.phase([&](const Lane& lane) {
      for (int e = lane.id; e < sums_size; e += lane.count) all_sums[e] = 0;
      if (lane.id == 0) *s.scales = scales_of(at, s);
    });
    for (Tile tile = sets.first_tile(block); sets.inside(tile); tile.begin += sets.rows) {
      if (!sets.exists(tile)) continue;
      sets.fill(block, s.memory, tile);
      run_tile(block, at, s, sets.used(tile));
    }
    float* const partial = partials + block.index() * layout.weight_at[layout.layers];
    block.phase([&](const Lane& lane) {
      ALFI_UNROLL
      for (int l = 0; l < 3; ++l) {
        if (l >= layout.layers) continue;
        const int inputs = layout.width[l], across = weight_stride_of(inputs);
        for (int e = lane.id; e < across * layout.width[l + 1]; e += lane.count) {
          const int n = e / across, k = e % across;
          partial[layout.weight_at[l] + e] = k < inputs    ? s.sums[l].weight(n, k)
                                             : k == inputs ? s.sums[l].bias(n)
                                                           : 0.0f;
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

  /// What a block's rows are multiplied by: inputs, activations of hidden layers, gradients before each layer's end.
  struct BlockScales {
    float x, activation[2], d[3];
  };
  static constexpr int kBlockFloats = static_cast<int>(sizeof(BlockScales) / sizeof(float)) + 2 * kWarps;

  /// Where rows meet, in halves: the last layer's gradient, then the first's activations, then the inputs; the second
  /// layer's activations, then its gradient, then the first's.
  struct Places {
    int second, outputs, output_stride, size;

    ALFI_HD static Places of(const EncoderLayout& l) {
      const auto larger = [](int a, int b) { return a > b ? a : b; };
      constexpr int kRow = Sets::kTileRows * Link::kParts;
      const Weights at = Weights::of(l, true);
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
  /// Of all sums.
  ALFI_HD static int sizes_of(const EncoderLayout& l) {
    int size = 0;
    for (int i = 0; i < l.layers; ++i) size += GradientSums::size_of(l.width[i + 1], columns_of(l, i));
    return size;
  }

  struct Shared {
    Placed w;
    Memory memory;
    GradientSums sums[3];
    BlockScales* scales;
    std::uint32_t* largest;  ///< [2][kWarps] magnitudes, of inputs and of gradients
    HalfMatrix place[2], inputs, d_outputs;
  };

  template <class Block>
  ALFI_HD void run_tile(Block& block, const Weights& at, const Shared& s, int used) const {
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
    constexpr int kTogether = kTiles == 7 ? 32 / kWarps : 2;
    block.warps([&](const auto& warp) {
      const float d = inverse_of_power(s.scales->d[1]);
      ChainGradient<kThree, kTiles, kTogether>::add(warp, used, s.place[1], s.place[0],
                                                    d * inverse_of_power(s.scales->activation[0]), d, s.sums[1]);
    });
    each_part([&](const auto& warp, auto& kept, int m) { finish(warp, at, s, m, kept); });
    block.warps([&](const auto& warp) {
      const float d = inverse_of_power(s.scales->d[0]);
      ChainGradient<kThree, 0, 1, (kTiles + 1) / 2>::add(warp, used, s.place[1], s.inputs, d * inverse_of_power(s.scales->x), d,
                                       s.sums[0]);
    });
  }

  /// What a row has of its set's gradient.
  struct Share {
    int set;
    float part;  ///< 1 / valid rows of the set, 0 in rows that are not valid
  };
  ALFI_HD Share share_of(const Memory& memory, int row) const {
    const bool valid = sets.valid(memory)[row] > 0;
    const Index set = valid ? memory.set[row] : 0;
    return {static_cast<int>(set), valid ? 1 / counts[set] : 0.0f};
  }
  ALFI_HD float d_pooled_of(const Share& share, int f) const {
    return d_pooled[static_cast<Index>(share.set) * sets.layout.pooled() + f] * share.part;
  }
  struct Shares {
    Share v[kRowTiles][2];
  };
  ALFI_HD Shares shares_of(const Memory& memory, int m, int lane) const {
    Shares s;
    ALFI_UNROLL
    for (int i = 0; i < kRowTiles; ++i) {
      ALFI_UNROLL
      for (int h = 0; h < 2; ++h) s.v[i][h] = share_of(memory, m + Link::row_of(lane, i, 2 * h));
    }
    return s;
  }

  /// The largest input and the largest gradient of the block's rows, a part by each warp.
  template <class Warp>
  ALFI_HD void measure(const Warp& warp, const Tile& all, const Shared& s) const {
    const int inputs = sets.layout.width[0], pooled = sets.layout.pooled();
    const int rows = static_cast<int>(all.end - all.first) * sets.plan.chunk_rows;
    const Index first = sets.plan.set_of(all.first) * pooled, end = (sets.plan.set_of(all.end - 1) + 1) * pooled;
    PerLane<Warp, std::uint32_t> input, gradient;
    warp.each([&](int lane) {
      const auto see = [](float x, std::uint32_t& largest) {
        const std::uint32_t size = finite_size(x);
        largest = size > largest ? size : largest;
      };
      const int id = warp.id() * 32 + lane;
      input[lane] = gradient[lane] = 0;
      for (int m = id; m < rows; m += kLanes) {
        const auto p = sets.position(all, m);
        const Index row = p.set * sets.plan.n_max + p.i;
        if (!p.exists || !sets.source.valid(row)) continue;
        for (int d = 0; d < inputs; ++d) see(sets.source.feature(row, d), input[lane]);
      }
      for (Index e = first + id; e < end; e += kLanes) {
        const float count = counts[e / pooled];
        if (count > 0) see(d_pooled[e] / count, gradient[lane]);
      }
    });
    const std::uint32_t largest_input = warp.greatest(input), largest_gradient = warp.greatest(gradient);
    warp.each([&](int lane) {
      if (lane == 0) s.largest[warp.id()] = largest_input, s.largest[kWarps + warp.id()] = largest_gradient;
    });
  }

  /// From what was measured.
  ALFI_HD BlockScales scales_of(const Weights& at, const Shared& s) const {
    std::uint32_t largest[2] = {0, 0};
    for (int w = 0; w < 2 * kWarps; ++w) {
      std::uint32_t& so_far = largest[w / kWarps];
      so_far = s.largest[w] > so_far ? s.largest[w] : so_far;
    }
    constexpr int kMost = 80;  // gradients may be tiny
    const ChainBounds& bounds = at.bounds(s.w);
    const float x = ScalarArithmetic<float>::real(largest[0]), d = ScalarArithmetic<float>::real(largest[1]);
    const float first = bounds.first(x), d_second = at.outputs > 0 ? d * bounds.back_norm[1] : d;
    return {scale_for(x),
            {scale_for(first), scale_for(bounds.second(first))},
            {scale_for(d_second * bounds.back_norm[0], kMost), scale_for(d_second, kMost), scale_for(d, kMost)}};
  }

  /// Forward, and back through what is pooled. The second layer's activations and the last one's gradient are left in
  /// shared memory.
  template <class Warp>
  ALFI_HD void begin(const Warp& warp, const Weights& at, const Shared& s, int m,
                     PerLane<Warp, Registers>& kept) const {
    const BlockScales& block = *s.scales;
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
    keep(warp, first, kept);
    if (at.outputs == 0) return;
    PerLane<Warp, Shares> shares;
    warp.each([&](int lane) { shares[lane] = shares_of(s.memory, m, lane); });
    for (int n = 0; n < at.outputs; n += Weights::kOutputs) {
      Values<Warp, Weights::kOutputTiles> y;
      Halves<Warp, Weights::kOutputTiles> d;
      sets.outputs(warp, at, s.w, scales, second, n, y);
      Link::template each<Weights::kOutputTiles>(warp, y, [&](int lane, float& value, int i, int j, int e) {
        const int f = n + Link::feature_of(lane, j, e);
        const Share& share = shares[lane].v[i][e / 2];
        const bool wanted = f < at.outputs && share.part > 0;
        value = wanted ? d_pooled_of(share, f) * (1 - value * value) * block.d[2] : 0.0f;
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
    const BlockScales& scales = *s.scales;
    float factor = scales.d[1];
    if (at.outputs > 0) {
      factor *= inverse_of_power(scales.d[2]) * inverse_of_power(bounds.scale[2]);
      Link::template zero<kTiles>(warp, d);
      for (int n = 0; n < at.outputs; n += Weights::kOutputs) {
        Halves<Warp, Weights::kOutputTiles> d_outputs;
        Link::template load<Link::kParts, Weights::kOutputTiles>(warp, s.d_outputs.from(m, n), d_outputs);
        Link::template add_products<true, Weights::kOutputTiles, kTiles>(warp, d_outputs, at.third(s.w, n), d);
      }
    } else {
      PerLane<Warp, Shares> shares;
      warp.each([&](int lane) { shares[lane] = shares_of(s.memory, m, lane); });
      Link::template each<kTiles>(warp, d, [&](int lane, float& value, int i, int j, int e) {
        const int f = Link::feature_of(lane, j, e);
        const Share& share = shares[lane].v[i][e / 2];
        value = f < at.hidden2 && share.part > 0 ? d_pooled_of(share, f) : 0.0f;
      });
    }
    Link::template load<1, kTiles>(warp, s.place[1].from(m, 0), second);
    gate(warp, d, factor, second, d_second);
    Link::template store<kTiles>(warp, d_second, s.place[1].from(m, 0));
    take(warp, kept, first);
    Link::template store<kTiles>(warp, first, s.place[0].from(m, 0));
    Link::template zero<kTiles>(warp, d);
    Link::template add_products<true, kTiles, kTiles>(warp, d_second, at.second(s.w), d);
    Halves<Warp> d_first;
    gate(warp, d, scales.d[0] * inverse_of_power(scales.d[1]) * inverse_of_power(bounds.scale[1]), first, d_first);
    keep(warp, d_first, kept);
  }

  /// The first layer's gradient and the inputs are left in shared memory; d_x.
  template <class Warp>
  ALFI_HD void finish(const Warp& warp, const Weights& at, const Shared& s, int m,
                      PerLane<Warp, Registers>& kept) const {
    Halves<Warp> d;
    take(warp, kept, d);
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
    if (d_x == nullptr) return;
    const float factor = inverse_of_power(s.scales->d[0]) * inverse_of_power(at.bounds(s.w).scale[0]);
    for (int k = 0; k < at.inputs; k += 8) {
      Values<Warp, 1> sum;
      Link::template zero<1>(warp, sum);
      Link::template add_products<true, kTiles, 1>(warp, d, at.first(s.w).from(0, k), sum);
      Link::template each<1>(warp, sum, [&](int lane, float& value, int i, int j, int e) {
        const int f = k + Link::feature_of(lane, j, e);
        const Index row = s.memory.row[m + Link::row_of(lane, i, e)];
        if (f < at.inputs && row >= 0) d_x[row * at.inputs + f] += value * factor;
      });
    }
  }

  /// The gradient before a ReLU that gave `values`, scaled.
  template <class Warp>
  ALFI_HD static void gate(const Warp& warp, Values<Warp>& d, float factor, const Halves<Warp>& values,
                           Halves<Warp>& to) {
    Link::template each<kTiles>(warp, d, [&](int, float& value, int, int, int) { value *= factor; });
    Link::template split<kTiles>(warp, d, to);
    each_pair(warp, [&](int lane, int i, int j, int h) {
      const HalfPair open = positive_halves(values.part[0][i][j][lane].v[h]);
      ALFI_UNROLL
      for (int p = 0; p < Link::kParts; ++p) to.part[p][i][j][lane].v[h] &= open;
    });
  }
  template <class Warp>
  ALFI_HD static void keep(const Warp& warp, const Halves<Warp>& halves, PerLane<Warp, Registers>& kept) {
    each_pair(warp, [&](int lane, int i, int j, int h) {
      ALFI_UNROLL
      for (int p = 0; p < Link::kParts; ++p) kept[lane].part[p][i][j].v[h] = halves.part[p][i][j][lane].v[h];
    });
  }
  template <class Warp>
  ALFI_HD static void take(const Warp& warp, const PerLane<Warp, Registers>& kept, Halves<Warp>& halves) {
    each_pair(warp, [&](int lane, int i, int j, int h) {
      ALFI_UNROLL
      for (int p = 0; p < Link::kParts; ++p) halves.part[p][i][j][lane].v[h] = kept[lane].part[p][i][j].v[h];
    });
  }
  template <class Warp, class Body>
  ALFI_HD static void each_pair(const Warp& warp, const Body& body) {
    warp.each([&](int lane) {
      ALFI_UNROLL
      for (int i = 0; i < kRowTiles; ++i) {
        ALFI_UNROLL
        for (int j = 0; j < kTiles; ++j) {
          ALFI_UNROLL
          for (int h = 0; h < 2; ++h) body(lane, i, j, h);
        }
      }
    });
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
