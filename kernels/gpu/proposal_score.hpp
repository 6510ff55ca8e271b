#pragma once
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/gpu/warp.hpp"
#include "alfi/kernels/rows/proposal_score.hpp"

/// The normalized score of kernels/proposal.hpp on a GPU, a block a problem: a lane takes a number of a proposal to
/// shared memory and back, another sums those of a column. Every number and every sum is that of
/// rows/proposal_score.hpp.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// What both passes hold in a block's memory: [2P,K] values, z of each parameter and then their squares.
template <class T>
struct ScoreBlock {
  static constexpr std::size_t kMostBytes = 32 * 1024;  ///< more is left to a thread for each column
  ScoreInputs<T> in;

  ALFI_HD Index parameters() const { return in.mean.cols; }
  ALFI_HD Index columns() const { return 2 * in.mean.cols; }
  ALFI_HD Index values_size() const { return columns() * in.count; }

  template <class Block>
  ALFI_HD void load(Block& block, double* values) const {
    const int count = static_cast<int>(in.count), size = static_cast<int>(parameters());
    block.phase([&](const Lane& lane) {
      for (int item = lane.id; item < count * size; item += lane.count) {
        const int k = item / size, p = item % size;
        const double z = in.template values<false>(block.index(), p).z(k);
        values[p * count + k] = z;
        values[(size + p) * count + k] = product_alone(z, z);
      }
    });
  }
};

template <class T>
struct NormalizedScoreBlock {
  static constexpr const char* kName = NormalizedScore<T>::kName;
  static constexpr int kLanes = 64;
  ScoreBlock<T> score;
  MatView<T> normalized;

  ALFI_HD Index blocks() const { return score.in.mean.rows; }
  std::size_t shared_bytes() const {
    return static_cast<std::size_t>(rounded_shared(score.values_size() * static_cast<Index>(sizeof(double))) +
                                    rounded_shared(score.columns() * static_cast<Index>(sizeof(ScoreColumn))));
  }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const int count = static_cast<int>(score.in.count), columns = static_cast<int>(score.columns());
    const Index first = block.index() * count;
    double* const values = block.template shared<double>(score.values_size());
    ScoreColumn* const column = block.template shared<ScoreColumn>(columns);
    score.load(block, values);
    block.phase([&](const Lane& lane) {
      for (int c = lane.id; c < columns; c += lane.count) {
        const double* const own = values + c * count;
        column[c] = spread(count, [&](Index k) { return own[k]; });
      }
    });
    block.phase([&](const Lane& lane) {
      for (int item = lane.id; item < count * columns; item += lane.count) {
        const int k = item / columns, c = item % columns;
        normalized(first + k, c) = static_cast<T>(column[c].normalized(values[c * count + k]));
      }
    });
  }
};

template <class T>
struct NormalizedScoreAdjointBlock {
  static constexpr const char* kName = NormalizedScoreAdjoint<T>::kName;
  static constexpr int kLanes = 64;
  ScoreBlock<T> score;
  MatView<const T> d_normalized;
  MatView<T> d_mean, d_theta;

  /// Of a column: its spread, and the two sums of its gradient.
  struct Sums {
    ScoreColumn column;
    double mean, along;
  };

  ALFI_HD Index blocks() const { return score.in.mean.rows; }
  std::size_t shared_bytes() const {
    return static_cast<std::size_t>(2 * rounded_shared(score.values_size() * static_cast<Index>(sizeof(double))) +
                                    rounded_shared(score.columns() * static_cast<Index>(sizeof(Sums))));
  }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const int count = static_cast<int>(score.in.count), columns = static_cast<int>(score.columns());
    const int size = static_cast<int>(score.parameters());
    const Index first = block.index() * count;
    double* const values = block.template shared<double>(score.values_size());
    double* const gradient = block.template shared<double>(score.values_size());
    Sums* const sums = block.template shared<Sums>(columns);
    block.phase([&](const Lane& lane) {
      for (int item = lane.id; item < count * columns; item += lane.count) {
        const int k = item / columns, c = item % columns;
        gradient[c * count + k] = static_cast<double>(d_normalized(first + k, c));
      }
    });
    score.load(block, values);
    block.phase([&](const Lane& lane) {
      for (int c = lane.id; c < columns; c += lane.count) {
        const double *const own = values + c * count, *const g = gradient + c * count;
        Sums sum{spread(count, [&](Index k) { return own[k]; }), 0, 0};
        for (int k = 0; k < count; ++k) {
          sum.mean += g[k];
          sum.along += g[k] * sum.column.normalized(own[k]);
        }
        sum.mean /= static_cast<double>(count);
        sum.along /= static_cast<double>(count - 1);
        sums[c] = sum;
      }
    });
    block.phase([&](const Lane& lane) {
      for (int item = lane.id; item < count * size; item += lane.count) {
        const int k = item / size, p = item % size;
        const double rate = score.in.template values<false>(block.index(), p).rate, z = values[p * count + k];
        for (const bool square : {false, true}) {
          const int c = square ? size + p : p;
          const Sums& sum = sums[c];
          double d = 0;
          if (sum.column.inverse_sd > 0) {
            const double slope = (square ? 2 * z : 1) * rate * sum.column.inverse_sd;
            const double normalized = sum.column.normalized(values[c * count + k]);
            d = (gradient[c * count + k] - sum.mean - normalized * sum.along) * slope;
            accumulate(d_theta, first + k, p, d);
          }
          gradient[c * count + k] = d;
        }
      }
    });
    block.phase([&](const Lane& lane) {
      for (int p = lane.id; p < size; p += lane.count) {
        double sum = 0;
        for (int k = 0; k < count; ++k) sum += gradient[(size + p) * count + k];
        accumulate(d_mean, block.index(), p, -sum);
      }
    });
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
