#include "alfi/kernels/gpu/proposal_score.hpp"
#include "alfi/kernels/proposal.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

template <class T>
Index require_score(const char* function, MatView<const T> mean, MatView<const T> log_sd, MatView<const T> theta,
                    Index rows, Index cols) {
  require_shape(function, "log_sd", log_sd, mean.rows, mean.cols);
  const Index count = require_blocks(function, "theta", theta, mean.rows, mean.cols);
  require_shape(function, "normalized", MatView<const T>{nullptr, rows, cols}, theta.rows, 2 * mean.cols);
  return count;
}

}  // namespace

template <class T>
void normalized_score(const Context& context, MatView<const T> mean, MatView<const T> log_sd, MatView<const T> theta,
                      MatView<T> normalized) {
  constexpr const char* kName = "normalized_score";
  const Index count = require_score(kName, mean, log_sd, theta, normalized.rows, normalized.cols);
  if (count == 0) return;
  if (on_gpu(context)) {
    const NormalizedScoreBlock<T> blocks{ScoreBlock<T>::of({mean, log_sd, theta, count}), normalized};
    if (blocks.shared_bytes() <= ScoreBlock<T>::kMostBytes) return run_blocks(context, blocks);
  }
  for_each_entry(context, mean.rows, 2 * mean.cols, NormalizedScore<T>{{mean, log_sd, theta, count}, normalized});
}

template <class T>
void normalized_score_adjoint(const Context& context, MatView<const T> mean, MatView<const T> log_sd,
                              MatView<const T> theta, MatView<const T> d_normalized, MatView<T> d_mean,
                              MatView<T> d_log_sd, MatView<T> d_theta) {
  constexpr const char* kName = "normalized_score_adjoint";
  const Index count = require_score(kName, mean, log_sd, theta, d_normalized.rows, d_normalized.cols);
  require_gradient(kName, "d_mean", d_mean, mean.rows, mean.cols);
  require_gradient(kName, "d_log_sd", d_log_sd, mean.rows, mean.cols);
  require_gradient(kName, "d_theta", d_theta, theta.rows, theta.cols);
  if (count < 2) return;
  if (on_gpu(context)) {
    const NormalizedScoreAdjointBlock<T> blocks{ScoreBlock<T>::of({mean, log_sd, theta, count}), d_normalized, d_mean,
                                                d_theta};
    if (blocks.shared_bytes() <= ScoreBlock<T>::kMostBytes) return run_blocks(context, blocks);
  }
  for_each_entry(context, mean.rows, mean.cols,
                 NormalizedScoreAdjoint<T>{{mean, log_sd, theta, count}, d_normalized, d_mean, d_theta});
}

#define ALFI_INSTANTIATE(T)                                                                                            \
  template void normalized_score<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>, MatView<T>); \
  template void normalized_score_adjoint<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>,      \
                                            MatView<const T>, MatView<T>, MatView<T>, MatView<T>);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
