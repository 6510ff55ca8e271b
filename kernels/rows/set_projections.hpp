#pragma once
#include <cmath>

#include "alfi/kernels/set_projections.hpp"

/// Items of kernels/set_projections.hpp.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// A pool of rows of features, and the directions that they are seen along, kMany at a time: a CPU takes some together,
/// in vectors, where there are few columns, a GPU one after the other. The sums are the same.
template <class T, int kMany>
struct ProjectedSets {
  static constexpr double kFloor = 1e-10;  ///< added to variances
  static constexpr Index kColumns = 16;    ///< most where kMany > 1; of a gradient those summed at once

  MatView<const T> x;
  Index n_max;
  const std::int32_t* counts;  ///< [G], or null: all rows exist
  const std::uint8_t* status;  ///< [G*n_max], or null: all valid
  MatView<const T> directions;

  /// Directions f, f + 1, ..; 0 behind the last.
  struct Along {
    const T* first;
    Index size;
    T entry[kMany > 1 ? kColumns : 1][kMany];

    ALFI_HD Along(MatView<const T> directions, Index f)
        : first(directions.data + f * directions.cols), size(directions.cols) {
      if constexpr (kMany > 1) {
        for (Index d = 0; d < size; ++d) {
          for (Index k = 0; k < kMany; ++k) entry[d][k] = f + k < directions.rows ? directions(f + k, d) : T(0);
        }
      }
    }
    ALFI_HD void operator()(const T* row, T (&place)[kMany]) const {
      for (int k = 0; k < kMany; ++k) place[k] = T(0);
      for (Index d = 0; d < size; ++d) {
        if constexpr (kMany > 1) {
          for (int k = 0; k < kMany; ++k) place[k] += entry[d][k] * row[d];
        } else {
          place[0] += first[d] * row[d];
        }
      }
    }
  };

  ALFI_HD Index items() const { return (directions.rows + kMany - 1) / kMany; }  ///< of a set
  /// Those of item i's directions that exist.
  ALFI_HD Index here(Index i) const {
    const Index left = directions.rows - i % items() * kMany;
    return left < kMany ? left : kMany;
  }
  ALFI_HD Index exist(Index g) const { return counts == nullptr ? n_max : counts[g]; }
  ALFI_HD bool valid(Index row) const { return status == nullptr || status[row] == 0; }
};

/// Some directions of a set. Kept of each: the set's number of rows, its variance, and which of its rows is the
/// largest.
template <class T, int kMany>
struct ProjectSet {
  static constexpr const char* kName = "set_projections";
  ProjectedSets<T, kMany> sets;
  T* saved;  ///< [G,F,3]
  T* out;    ///< [G,3F]

  ALFI_HD void operator()(Index i) const {
    const Index count = sets.directions.rows, g = i / sets.items(), f = i % sets.items() * kMany;
    const Index begin = g * sets.n_max, end = begin + sets.exist(g);
    const typename ProjectedSets<T, kMany>::Along along(sets.directions, f);
    double n = 0, sum[kMany] = {}, squares[kMany] = {};
    T first[kMany] = {}, largest[kMany] = {}, at[kMany] = {}, place[kMany];
    for (Index row = begin; row < end; ++row) {
      if (!sets.valid(row)) continue;
      along(sets.x.data + row * sets.x.cols, place);
      const T number = static_cast<T>(row - begin);
      if (!(n > 0)) {
        for (int k = 0; k < kMany; ++k) first[k] = largest[k] = place[k], at[k] = number;
      }
      n += 1;
      for (int k = 0; k < kMany; ++k) {
        const double away = static_cast<double>(place[k] - first[k]);
        sum[k] += away;
        squares[k] += away * away;
        const bool larger = place[k] > largest[k];
        largest[k] = larger ? place[k] : largest[k];
        at[k] = larger ? number : at[k];
      }
    }
    const double rows = n > 0 ? n : 1;
    for (Index k = 0; k < sets.here(i); ++k) {
      const double mean = sum[k] / rows, spread = squares[k] / rows - mean * mean;
      const double variance = (spread > 0 ? spread : 0) + ProjectedSets<T, kMany>::kFloor;
      T* const kept = saved + 3 * (g * count + f + k);
      kept[0] = static_cast<T>(n);
      kept[1] = static_cast<T>(variance);
      kept[2] = at[k];
      T* const to = out + g * kProjected * count + f + k;
      to[0] = static_cast<T>(static_cast<double>(first[k]) + mean);
      to[count] = n > 0 ? static_cast<T>(0.5 * std::log(variance)) : T(0);
      to[2 * count] = largest[k];
    }
  }
};

/// What a set gives to the gradient of some directions.
template <class T, int kMany>
struct ProjectSetAdjoint {
  static constexpr const char* kName = "set_projections_adjoint";
  using Sets = ProjectedSets<T, kMany>;
  Sets sets;
  const T *saved, *means;  ///< [G,F,3], and out
  const T* d_out;          ///< [G,3F]
  T* partial;              ///< [G,F,D]

  ALFI_HD void operator()(Index i) const {
    const Index count = sets.directions.rows, size = sets.x.cols, g = i / sets.items(), f = i % sets.items() * kMany;
    const Index first = g * sets.n_max, end = first + sets.exist(g);
    const typename Sets::Along along(sets.directions, f);
    T each[kMany] = {}, by_place[kMany] = {}, mean[kMany] = {}, of_largest[kMany] = {}, place[kMany];
    for (Index k = 0; k < sets.here(i); ++k) {
      const T* const kept = saved + 3 * (g * count + f + k);
      const Index entry = g * kProjected * count + f + k;
      const T n = kept[0] > T(0) ? kept[0] : T(1);
      each[k] = d_out[entry] / n;
      by_place[k] = d_out[entry + count] / (n * kept[1]);
      mean[k] = means[entry];
      of_largest[k] = kept[0] > T(0) ? d_out[entry + 2 * count] : T(0);
    }
    for (Index begin = 0; begin < size; begin += Sets::kColumns) {
      const Index columns = size - begin < Sets::kColumns ? size - begin : Sets::kColumns;
      T sum[Sets::kColumns][kMany] = {};
      for (Index row = first; row < end; ++row) {
        if (!sets.valid(row)) continue;
        const T* const from = sets.x.data + row * size;
        along(from, place);
        for (int k = 0; k < kMany; ++k) place[k] = each[k] + by_place[k] * (place[k] - mean[k]);
        for (Index d = 0; d < columns; ++d) {
          for (int k = 0; k < kMany; ++k) sum[d][k] += place[k] * from[begin + d];
        }
      }
      for (Index k = 0; k < sets.here(i); ++k) {
        const T* const largest = sets.x.data + (first + static_cast<Index>(saved[3 * (g * count + f + k) + 2])) * size;
        T* const to = partial + (g * count + f + k) * size + begin;
        for (Index d = 0; d < columns; ++d) {
          to[d] = sum[d][k];
          if (of_largest[k] != T(0)) to[d] += of_largest[k] * largest[begin + d];
        }
      }
    }
  }
};

/// Item e: entry e of the directions' gradient.
template <class T>
struct SumProjectedSets {
  static constexpr const char* kName = "set_projections_adjoint";
  const T* partial;  ///< [G,F*D]
  Index sets, size;  ///< G, F D
  T* d_directions;

  ALFI_HD void operator()(Index e) const {
    double sum = 0;
    for (Index g = 0; g < sets; ++g) sum += static_cast<double>(partial[g * size + e]);
    d_directions[e] += static_cast<T>(sum);
  }
};

/// Entry (row, c) of a comparison; c < 3F.
template <class T>
struct CompareProjections {
  static constexpr const char* kName = "compare_projections";
  static constexpr double kErrors = 3;  ///< standard errors that are shown as asinh(1)
  const T *made, *real;                 ///< [B*K,3F], [B,3F]
  const std::int32_t* counts;           ///< [B]
  Index share, directions;
  T* out;

  /// d of what stands in the asinh by made's entry.
  ALFI_HD static T unit(const T* real, const std::int32_t* counts, Index directions, Index b, Index c) {
    const double n = counts[b] > 1 ? static_cast<double>(counts[b]) : 1.0;
    const T log_sd = real[b * kProjected * directions + directions + c % directions];
    const double precision = std::exp(-static_cast<double>(log_sd));
    if (c < directions) return static_cast<T>(std::sqrt(n) * precision / kErrors);
    return static_cast<T>(c < 2 * directions ? std::sqrt(2 * n) / kErrors : n * precision / kErrors);
  }
  ALFI_HD void operator()(Index i) const {
    const Index cols = kProjected * directions, b = i / cols / share, c = i % cols;
    out[i] = std::asinh((made[i] - real[b * cols + c]) * unit(real, counts, directions, b, c));
  }
};

/// Item b F + f: direction f of problem b, for all of its proposals.
template <class T>
struct CompareProjectionsAdjoint {
  static constexpr const char* kName = "compare_projections_adjoint";
  const T* real;
  const std::int32_t* counts;
  Index share, directions;
  const T *out, *d_out;
  T *d_made, *d_real;  ///< or null: not wanted

  ALFI_HD void operator()(Index i) const {
    const Index cols = kProjected * directions, b = i / directions, f = i % directions;
    T by_log_sd = T(0);
    for (int part = 0; part < static_cast<int>(kProjected); ++part) {
      const Index c = part * directions + f;
      const T unit = CompareProjections<T>::unit(real, counts, directions, b, c);
      T by_real = T(0);
      for (Index row = b * share; row < (b + 1) * share; ++row) {
        const T y = out[row * cols + c], slope = d_out[row * cols + c] / std::cosh(y);
        if (d_made != nullptr) d_made[row * cols + c] += slope * unit;
        by_real -= slope * unit;
        if (part != 1) by_log_sd -= slope * std::sinh(y);
      }
      if (d_real != nullptr) d_real[b * cols + c] += by_real;
    }
    if (d_real != nullptr) d_real[b * cols + directions + f] += by_log_sd;
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
