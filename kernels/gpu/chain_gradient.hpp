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

  /// scale, bias_scale: what the sums of products, and those of `out`, are multiplied by. rows: a multiple of 32.
  template <class Warp>
  ALFI_HD static void add(const Warp& warp, int rows, const HalfMatrix& out, const HalfMatrix& in, float scale,
                          float bias_scale, const GradientSums& to) {
    constexpr int kGroups = kColumns / kTogether + 1;  // where they are known
    const int groups = kColumns > 0 ? kGroups : to.columns + 1, units = groups * (kColumns > 0 ? to.rows() : kRows);
    for (int u = warp.id(); u < units; u += warp.count()) {
      const int row = kColumns > 0 ? u / kGroups : u % kRows, group = kColumns > 0 ? u % kGroups : u / kRows;
      if (row >= to.rows()) continue;
      if (group + 1 == groups) {
        Unit<kColumns % kTogether, true>::add(warp, rows, out, in, row, group * kTogether, scale, bias_scale, to);
      } else {
        Unit<kTogether, false>::add(warp, rows, out, in, row, group * kTogether, scale, bias_scale, to);
      }
    }
  }

 private:
  template <class Warp, class X>
  using PerLane = typename Warp::template PerLane<X>;

  /// kEights of inputs, then the bias (kBias), from column `column` on.
  template <int kEights, bool kBias>
  struct Unit {
    static constexpr int kSums = kEights + (kBias ? 1 : 0), kLoads = (kEights * kParts + 1) / 2;

    /// Of sixteen rows.
    template <class Warp>
    struct Loaded {
      PerLane<Warp, FourPairs> out[kParts], in[kLoads > 0 ? kLoads : 1];
    };

    template <class Warp>
    ALFI_HD static void add(const Warp& warp, int rows, const HalfMatrix& out, const HalfMatrix& in, int row,
                            int column, float scale, float bias_scale, const GradientSums& to) {
      PerLane<Warp, Accumulator> sum[kSums];
      PerLane<Warp, const Half*> left, right;
      warp.each([&](int lane) {
        ALFI_UNROLL
        for (int s = 0; s < kSums; ++s) sum[s][lane] = Accumulator{};
        const int q = lane / 8, r = lane % 8;
        // An eight of outputs that does not exist is computed as its neighbour.
        const int lower = 16 * row + 8 < to.outputs ? 8 : 0;
        left[lane] = out.at + (q / 2 * 8 + r) * out.stride + 16 * row + q % 2 * lower;
        right[lane] = in.at + (q % 2 * 8 + r) * in.stride + 8 * column + q / 2 * (kThree ? in.part : 8);
      });
      // What comes next is loaded before what is there is multiplied.
      Loaded<Warp> even, odd;
      load(warp, out, in, left, right, 0, even);
      for (int m = 0; m < rows; m += 32) {
        load(warp, out, in, left, right, m + 16, odd);
        multiply(warp, even, sum);
        if (m + 32 < rows) load(warp, out, in, left, right, m + 32, even);
        multiply(warp, odd, sum);
      }
      warp.each([&](int lane) {
        ALFI_UNROLL
        for (int s = 0; s < kEights; ++s) {
          auto& place = to.sums(row, column + s, lane);
          Neighbours<float, 4> total = place;
          ALFI_UNROLL
          for (int e = 0; e < 4; ++e) total.v[e] += sum[s][lane].v[e] * scale;
          place = total;
        }
        if (kBias && lane % 4 == 0) {
          to.bias(16 * row + lane / 4) += sum[kSums - 1][lane].v[0] * bias_scale;
          to.bias(16 * row + lane / 4 + 8) += sum[kSums - 1][lane].v[2] * bias_scale;
        }
      });
    }

   private:
    template <class Warp>
    ALFI_HD static void load(const Warp& warp, const HalfMatrix& out, const HalfMatrix& in,
                             const PerLane<Warp, const Half*>& left, const PerLane<Warp, const Half*>& right, int m,
                             Loaded<Warp>& to) {
      ALFI_UNROLL
      for (int p = 0; p < kParts; ++p) {
        warp.template load_matrices<true>(left, m * out.stride + p * out.part, to.out[p]);
      }
      ALFI_UNROLL
      for (int q = 0; q < kLoads; ++q) {
        warp.template load_matrices<true>(right, m * in.stride + q * (kThree ? 8 : 16), to.in[q]);
      }
    }

    template <class Warp>
    ALFI_HD static void multiply(const Warp& warp, const Loaded<Warp>& loaded,
                                 PerLane<Warp, Accumulator> (&sum)[kSums]) {
      PerLane<Warp, HalvesA<16>> a[kParts];
      PerLane<Warp, HalvesB<16>> b[kParts][kSums];
      warp.each([&](int lane) {
        ALFI_UNROLL
        for (int e = 0; e < 4; ++e) {
          ALFI_UNROLL
          for (int p = 0; p < kParts; ++p) a[p][lane].v[e] = loaded.out[p][lane].v[e];
        }
        ALFI_UNROLL
        for (int s = 0; s < kSums; ++s) {
          ALFI_UNROLL
          for (int p = 0; p < kParts; ++p) {
            ALFI_UNROLL
            for (int e = 0; e < 2; ++e) {
              constexpr HalfPair kOnes = 0x3c003c00u;
              b[p][s][lane].v[e] =
                  s == kEights ? kOnes : loaded.in[kThree ? s : s / 2][lane].v[2 * (kThree ? p : s % 2) + e];
            }
          }
        }
      });
      const auto add = [&](int left, int right, int count) {
        ALFI_UNROLL
        for (int s = 0; s < count; ++s) warp.multiply_add(sum[s], a[left], b[right][s]);
      };
      if constexpr (kThree) {
        add(1, 0, kSums);
        add(0, 1, kEights);  // the rest of a one is nothing
      }
      add(0, 0, kSums);
    }
  };
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
