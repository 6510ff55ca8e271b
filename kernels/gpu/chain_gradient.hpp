#pragma once
#include "alfi/kernels/gpu/chain.hpp"

/// Gradients of a chain's weights, gradient[n][k] = sum_m out[m][n] in[m][k] and the same with ones for the bias, where
/// rows of both meet in shared memory as halves. Their sums over a block's tiles stay in shared memory, in the order in
/// which lanes hold them.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Sums of one layer [outputs][inputs + 1] in shared memory, the bias last.
struct GradientSums {
  float* at;
  int outputs, columns;  ///< columns: eights of inputs

  ALFI_HD static int rows_of(int outputs) { return (outputs + 15) / 16; }
  ALFI_HD static int size_of(int outputs, int columns) { return rows_of(outputs) * (columns * 128 + 16); }

  ALFI_HD int rows() const { return rows_of(outputs); }  ///< sixteens of outputs
  ALFI_HD int size() const { return size_of(outputs, columns); }
  /// A lane's four of a sixteen of outputs by an eight of inputs.
  ALFI_HD Neighbours<float, 4>& sums(int row, int column, int lane) const {
    return *reinterpret_cast<Neighbours<float, 4>*>(at + ((row * columns + column) * 32 + lane) * 4);
  }
  ALFI_HD float& bias(int n) const { return at[rows() * columns * 128 + n]; }
  ALFI_HD float weight(int n, int k) const {
    const int lane = n % 8 * 4 + k % 8 / 2, entry = n % 16 / 8 * 2 + k % 2;
    return sums(n / 16, k / 8, lane).v[entry];
  }
};

/// kTogether: eights of inputs that a warp takes at once, the bias being one more. kColumns: how many there are; or
/// 0: any number, one at once, of 16 kRows outputs at most.
template <bool kThree, int kColumns, int kTogether, int kRows = 1>
struct ChainGradient {
  static_assert(kColumns > 0 || kTogether == 1, "else a warp would read behind the last eight");
  static constexpr int kParts = kThree ? 2 : 1;

  /// scale, bias_scale: what the sums of products, and those of `out`, are multiplied by. rows: a multiple of 16.
  template <class Warp>
  ALFI_HD static void add(const Warp& warp, int rows, const HalfMatrix& out, const HalfMatrix& in, float scale,
                          float bias_scale, const GradientSums& to) {
    constexpr int kGroups = (kColumns + kTogether) / kTogether;
    const int units = kColumns > 0 ? kGroups * to.rows() : (to.columns + 1) * kRows;
    for (int u = warp.id(); u < units; u += warp.count()) {
      const int row = kColumns > 0 ? u / kGroups : u % kRows, group = kColumns > 0 ? u % kGroups : u / kRows;
      if (row < to.rows()) unit(warp, rows, out, in, row, group * kTogether, scale, bias_scale, to);
    }
  }

 private:
  template <class Warp, class X>
  using PerLane = typename Warp::template PerLane<X>;

  template <class Warp>
  ALFI_HD static void unit(const Warp& warp, int rows, const HalfMatrix& out, const HalfMatrix& in, int row, int column,
                           float scale, float bias_scale, const GradientSums& to) {
    PerLane<Warp, Accumulator> sum[kTogether];
    PerLane<Warp, const Half*> left, right;
    warp.each([&](int lane) {
      ALFI_UNROLL
      for (int s = 0; s < kTogether; ++s) sum[s][lane] = Accumulator{};
      const int q = lane / 8, r = lane % 8;
      // An eight of outputs that does not exist is computed as its neighbour.
      const int lower = 16 * row + 8 < to.outputs ? 8 : 0;
      left[lane] = out.at + (q / 2 * 8 + r) * out.stride + 16 * row + q % 2 * lower;
      right[lane] = in.at + (q % 2 * 8 + r) * in.stride + 8 * column + q / 2 * (kThree ? in.part : 8);
    });
    for (int m = 0; m < rows; m += 16) step(warp, out, in, left, right, m, to.columns - column, sum);
    warp.each([&](int lane) {
      ALFI_UNROLL
      for (int s = 0; s < kTogether; ++s) {
        if (column + s < to.columns) {
          auto& place = to.sums(row, column + s, lane);
          Neighbours<float, 4> total = place;
          ALFI_UNROLL
          for (int e = 0; e < 4; ++e) total.v[e] += sum[s][lane].v[e] * scale;
          place = total;
        } else if (column + s == to.columns && lane % 4 == 0) {
          to.bias(16 * row + lane / 4) += sum[s][lane].v[0] * bias_scale;
          to.bias(16 * row + lane / 4 + 8) += sum[s][lane].v[2] * bias_scale;
        }
      }
    });
  }

  /// Sixteen rows from m on; eights from `bias` on are the bias and what does not exist.
  template <class Warp>
  ALFI_HD static void step(const Warp& warp, const HalfMatrix& out, const HalfMatrix& in,
                           const PerLane<Warp, const Half*>& left, const PerLane<Warp, const Half*>& right, int m,
                           int bias, PerLane<Warp, Accumulator> (&sum)[kTogether]) {
    constexpr int kLoads = (kTogether * kParts + 1) / 2;
    PerLane<Warp, FourPairs> loaded_a[kParts], loaded_b[kLoads];
    ALFI_UNROLL
    for (int p = 0; p < kParts; ++p) {
      warp.template load_matrices<true>(left, m * out.stride + p * out.part, loaded_a[p]);
    }
    ALFI_UNROLL
    for (int q = 0; q < kLoads; ++q) {
      warp.template load_matrices<true>(right, m * in.stride + q * (kThree ? 8 : 16), loaded_b[q]);
    }
    PerLane<Warp, HalvesA<16>> a[kParts];
    PerLane<Warp, HalvesB<16>> b[kParts][kTogether];
    warp.each([&](int lane) {
      ALFI_UNROLL
      for (int e = 0; e < 4; ++e) {
        ALFI_UNROLL
        for (int p = 0; p < kParts; ++p) a[p][lane].v[e] = loaded_a[p][lane].v[e];
      }
      ALFI_UNROLL
      for (int s = 0; s < kTogether; ++s) {
        ALFI_UNROLL
        for (int p = 0; p < kParts; ++p) {
          ALFI_UNROLL
          for (int e = 0; e < 2; ++e) {
            const int at = 2 * (kThree ? p : s % 2) + e;
            const HalfPair given = loaded_b[kThree ? s : s / 2][lane].v[at], ones = p == 0 ? 0x3c003c00u : 0u;
            b[p][s][lane].v[e] = may_be_bias(s) && s >= bias ? ones : given;
          }
        }
      }
    });
    if constexpr (kThree) {
      multiply(warp, a[1], b[0], sum);
      multiply(warp, a[0], b[1], sum);
    }
    multiply(warp, a[0], b[0], sum);
  }
  template <class Warp>
  ALFI_HD static void multiply(const Warp& warp, const PerLane<Warp, HalvesA<16>>& a,
                               const PerLane<Warp, HalvesB<16>> (&b)[kTogether],
                               PerLane<Warp, Accumulator> (&sum)[kTogether]) {
    ALFI_UNROLL
    for (int s = 0; s < kTogether; ++s) warp.multiply_add(sum[s], a, b[s]);
  }
  /// Whether the bias, or what does not exist, is ever the s-th of those that are taken at once.
  ALFI_HD static constexpr bool may_be_bias(int s) { return kColumns == 0 || s >= kColumns % kTogether; }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
