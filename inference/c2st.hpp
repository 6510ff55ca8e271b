#pragma once
#include <cstdint>

#include "alfi/core/parallel.hpp"
#include "alfi/core/view.hpp"

/// Classifier two-sample test: how well a small network tells two sets of samples apart that it has not seen, 0.5 where
/// it cannot. As in sbibm: two hidden layers of 10 d ReLU units, Adam at 1e-3 on batches of 200 until ten passes have
/// gained less than 1e-4, 5-fold cross-validation, samples z-scored with the reference's mean and sd.
/// Source: Lopez-Paz & Oquab 2017; Lueckmann et al. 2021; the network's defaults are scikit-learn's MLPClassifier's
/// (but for its L2 penalty of 5e-7, left out).

namespace alfi {
inline namespace v0 {

struct C2stOptions {
  Index folds = 5;
  Index most_passes = 1000;
  std::uint64_t seed = 1;
  ThreadPool* pool = nullptr;  ///< a fold each; null: the caller's thread
};

/// Mean accuracy over the folds. reference, samples: rows of d numbers, as many of each as can be.
/// Throws: ShapeError where columns differ or there are fewer than 10 rows of either; NumericError where a value is not
/// finite. Random: streams of step_key(seed, user, fold); the same on any threads.
double c2st(MatView<const double> reference, MatView<const double> samples, const C2stOptions& options = {});

}  // namespace v0
}  // namespace alfi
