#pragma once
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/gpu/warp.hpp"
#include "alfi/kernels/rows/proposal_score.hpp"

/// The normalized score of kernels/proposal.hpp on a GPU, a block for a problem, or for several where there are many: a
/// lane takes a number of a proposal to shared memory and back, another sums those of a column. Every number and every
/// sum is that of rows/proposal_score.hpp.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// What both passes hold in a block's memory: of each problem [2P,K] values, z of each parameter and then their
/// squares.
template <class T>
struct ScoreBlock {
  static constexpr std::size_t kMostBytes = 32 * 1024;  ///< more is left to a thread for each column
  ScoreInputs<T> in;
  int together;  ///< problems of a block

  static ScoreBlock of(const ScoreInputs<T>& in) {
    constexpr Index kMany = 2048, kTogether = 8;
    const ScoreBlock one{in, 1};
    const Index bytes = kTogether * 2 * one.columns() * in.count * static_cast<Index>(sizeof(double));
    const bool several = in.mean.rows >= kMany && bytes <= static_cast<Index>(kMostBytes) / 2;
    return {in, several ? static_cast<int>(kTogether) : 1};
  }

  ALFI_HD Index problems() const { return in.mean.rows; }
  ALFI_HD Index parameters() const { return in.mean.cols; }
  ALFI_HD Index columns() const { return 2 * in.mean.cols; }  ///< of a problem
  ALFI_HD Index blocks() const { return (problems() + together - 1) / together; }
  ALFI_HD Index values_size() const { return together * columns() * in.count; }
  /// Problems that the block has.
  template <class Block>
  ALFI_HD int own(const Block& block) const {
    const Index left = problems() - block.index() * together;
    return left < together ? static_cast<int>(left) : together;
  }

  template <class Block>
  ALFI_HD void load(Block& block, double* values) const {
    const int count = static_cast<int>(in.count), size = static_cast<int>(parameters());
    block.phase([&](const Lane& lane) {
      for (int item = lane.id; item < own(block) * count * size; item += lane.count) {
        const int row = item / size, p = item % size, b = row / count, k = row - b * count;
        const double z = in.template values<false>(block.index() * together + b, p).z(k);
        double* const column = values + (2 * b * size + p) * count;
        column[k] = z;
        column[size * count + k] = product_alone(z, z);
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

  ALFI_HD Index blocks() const { return score.blocks(); }
  std::size_t shared_bytes() const {
    return static_cast<std::size_t>(
        rounded_shared(score.values_size() * static_cast<Index>(sizeof(double))) +
        rounded_shared(score.together * score.columns() * static_cast<Index>(sizeof(ScoreColumn))));
  }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const int count = static_cast<int>(score.in.count), columns = static_cast<int>(score.columns());
    const int all = score.own(block) * columns;
    const Index first = block.index() * score.together * count;
    double* const values = block.template shared<double>(score.values_size());
    ScoreColumn* const column = block.template shared<ScoreColumn>(score.together * columns);
    score.load(block, values);
    block.phase([&](const Lane& lane) {
      for (int c = lane.id; c < all; c += lane.count) {
        const double* const own = values + c * count;
        column[c] = spread(count, [&](Index k) { return own[k]; });
      }
    });
    block.phase([&](const Lane& lane) {
      for (int item = lane.id; item < count * all; item += lane.count) {
        const int row = item / columns, own = item % columns, c = row / count * columns + own;
        normalized(first + row, own) = static_cast<T>(column[c].normalized(values[c * count + row % count]));
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

  ALFI_HD Index blocks() const { return score.blocks(); }
  std::size_t shared_bytes() const {
    return static_cast<std::size_t>(
        2 * rounded_shared(score.values_size() * static_cast<Index>(sizeof(double))) +
        rounded_shared(score.together * score.columns() * static_cast<Index>(sizeof(Sums))));
  }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const int count = static_cast<int>(score.in.count), columns = static_cast<int>(score.columns());
    const int size = static_cast<int>(score.parameters()), problems = score.own(block), all = problems * columns;
    const Index first_problem = block.index() * score.together, first = first_problem * count;
    double* const values = block.template shared<double>(score.values_size());
    double* const gradient = block.template shared<double>(score.values_size());
    Sums* const sums = block.template shared<Sums>(score.together * columns);
    block.phase([&](const Lane& lane) {
      for (int item = lane.id; item < count * all; item += lane.count) {
        const int row = item / columns, c = row / count * columns + item % columns;
        gradient[c * count + row % count] = static_cast<double>(d_normalized(first + row, item % columns));
      }
    });
    score.load(block, values);
    block.phase([&](const Lane& lane) {
      for (int c = lane.id; c < all; c += lane.count) {
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
      for (int item = lane.id; item < problems * count * size; item += lane.count) {
        const int row = item / size, p = item % size, b = row / count, k = row - b * count, of_z = b * columns + p;
        const double rate = score.in.template values<false>(first_problem + b, p).rate, z = values[of_z * count + k];
        for (const bool square : {false, true}) {
          const int c = square ? of_z + size : of_z;
          const Sums& sum = sums[c];
          double d = 0;
          if (sum.column.inverse_sd > 0) {
            const double slope = (square ? 2 * z : 1) * rate * sum.column.inverse_sd;
            const double normalized = sum.column.normalized(values[c * count + k]);
            d = (gradient[c * count + k] - sum.mean - normalized * sum.along) * slope;
            accumulate(d_theta, first + row, p, d);
          }
          gradient[c * count + k] = d;
        }
      }
    });
    block.phase([&](const Lane& lane) {
      for (int item = lane.id; item < problems * size; item += lane.count) {
        const int b = item / size, p = item % size;
        const double* const own = gradient + (b * columns + size + p) * count;
        double sum = 0;
        for (int k = 0; k < count; ++k) sum += own[k];
        accumulate(d_mean, first_problem + b, p, -sum);
      }
    });
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
