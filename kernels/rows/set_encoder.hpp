#pragma once
#include "alfi/kernels/gpu/set_plan.hpp"

/// The set encoder's small steps on a GPU, each an entry of a matrix with a row for each set.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Mean over a set's chunks, in order; 0 without valid rows. Feature 0 writes the numbers of valid rows, too.
template <class T>
struct MeanOfChunks {
  static constexpr const char* kName = "set_encoder: means";
  const T *pools, *pool_counts;  ///< [G*chunks,features], [G*chunks]
  Index chunks, features;
  T *means, *counts;    ///< [G,features], [G]
  std::int32_t* valid;  ///< [G], or null
  ALFI_HD void operator()(Index entry) const { write(entry / features, entry % features); }
  ALFI_HD void write(Index set, Index f) const {
    T sum = 0, count = 0;
    for (Index c = set * chunks; c < (set + 1) * chunks; ++c) {
      sum += pools[c * features + f];
      count += pool_counts[c];
    }
    means[set * features + f] = count > T(1) ? sum / count : sum;
    if (f > 0) return;
    counts[set] = count;
    if (valid != nullptr) valid[set] = static_cast<std::int32_t>(count);
  }
};

/// to = from, but 0 in rows of sets without valid rows.
template <class T>
struct CopyFilledSets {
  static constexpr const char* kName = "set_encoder: empty sets";
  const T* counts;
  Index features;
  const T* from;
  T* to;
  ALFI_HD void operator()(Index entry) const { to[entry] = counts[entry / features] > T(0) ? from[entry] : T(0); }
};

/// A layer's weights [outputs][weight_stride], the bias behind its inputs.
template <class T>
struct PlaceWeights {
  static constexpr const char* kName = "set_encoder: weights";
  LinearWeights<T> layer;
  T* to;
  ALFI_HD void operator()(Index entry) const {
    const Index inputs = layer.weight.cols, across = weight_stride_of(static_cast<int>(inputs));
    const Index n = entry / across, k = entry % across;
    const T bias = k == inputs && !layer.bias.empty() ? layer.bias[n] : T(0);
    to[entry] = k < inputs ? layer.weight(n, k) : bias;
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
