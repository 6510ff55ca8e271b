#pragma once
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/gpu/warp.hpp"
#include "alfi/kernels/regression_fit.hpp"

/// The regression step on a GPU: a block a problem, everything of it in the block's shared memory, in double. The
/// formulas are kernels/regression_fit.hpp's, and so is the order of every sum: a lane has whole sums, for a summary or
/// for a matrix entry.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// A packed lower triangle in memory that is another's.
struct LowerView {
  double* data;
  int rows;
  ALFI_HD double& operator()(Index r, Index c) const { return data[triangle_entry(r, c)]; }
};

/// Rows of doubles, for solve_rows.
struct StridedRows {
  double* data;
  Index stride;
  ALFI_HD double* operator[](Index r) const { return data + r * stride; }
};

/// RegressionFit in a block's memory, of the size that its problem has. Pieces are found from its start when they are
/// needed, which takes fewer registers than keeping them all.
struct BlockFit {
  double* memory;
  int p, s;

  ALFI_HD static Index doubles(Index p, Index s) {
    return triangle_size(p + 1) + (p + 2) * s + 3 * triangle_size(p) + p;
  }

  ALFI_HD LowerView normal() const { return {memory, p + 1}; }  ///< Cholesky factor of A'WA + ridge I
  ALFI_HD double* coefficients() const { return memory + (p + 1) * (p + 2) / 2; }  ///< [P+1,S]: a0, then J
  ALFI_HD double& coefficient(int q, int summary) const { return coefficients()[q * s + summary]; }
  ALFI_HD double* inverse_variance() const { return coefficients() + (p + 1) * s; }              ///< [S]
  ALFI_HD LowerView cholesky() const { return {inverse_variance() + s, p}; }                     ///< C
  ALFI_HD LowerView precision() const { return {inverse_variance() + s + p * (p + 1) / 2, p}; }  ///< U in reverse
  ALFI_HD LowerView factor() const { return {inverse_variance() + s + p * (p + 1), p}; }
  ALFI_HD double* pull() const { return inverse_variance() + s + 3 * (p * (p + 1) / 2); }  ///< [P]
};

/// A problem's arrays in a block's memory, where its many sums find them sooner, unless they are too large for it.
template <class T>
struct StagedProblem {
  static constexpr Index kMostBytes = 32 * 1024;
  Index size;  ///< elements; 0: the arrays are read where they lie

  ALFI_HD static StagedProblem of(const RegressionInputs<T>& in, Index count) {
    const Index size = count * (in.floor.size + in.mean.cols + 1);
    return {size * static_cast<Index>(sizeof(T)) <= kMostBytes ? size : 0};
  }

  template <class Block>
  ALFI_HD void stage(Block& block, RegressionProblem<T>& p) const {
    T* const summary = block.template shared<T>(size);
    if (size == 0) return;
    T *const noise = summary + p.count * p.summaries, *const weights = noise + p.count * p.parameters;
    const RegressionProblem<T> from = p;
    block.phase([&](const Lane& lane) {
      for (Index i = lane.id; i < from.count * from.summaries; i += lane.count) summary[i] = from.summary[i];
      for (Index i = lane.id; i < from.count * from.parameters; i += lane.count) noise[i] = from.noise[i];
      if (from.weights == nullptr) return;
      for (Index i = lane.id; i < from.count; i += lane.count) weights[i] = from.weights[i];
    });
    p.summary = summary;
    p.noise = noise;
    if (p.weights != nullptr) p.weights = weights;
  }
};

/// Shares work(i), i = 0 .. count - 1, among the lanes; int, because these numbers are divided.
template <class Block, class Work>
ALFI_HD void share(Block& block, Index count, const Work& work) {
  block.phase([&](const Lane& lane) {
#if defined(__CUDA_ARCH__)
#pragma unroll 1  // work has loops of its own, and unrolled ones in unrolled ones do not fit in the registers
#endif
    for (int i = lane.id; i < static_cast<int>(count); i += lane.count) work(i);
  });
}

/// The same for the entries (r, c) of a matrix, and of a lower triangle.
template <class Block, class Work>
ALFI_HD void share_entries(Block& block, Index rows, Index cols, const Work& work) {
  const int divisor = static_cast<int>(cols);
  share(block, rows * cols, [&](int i) { work(i / divisor, i % divisor); });
}
template <class Block, class Work>
ALFI_HD void share_lower(Block& block, Index rows, const Work& work) {
  share_entries(block, rows, rows, [&](int r, int c) {
    if (c <= r) work(r, c);
  });
}

/// factorize() of kernels/regression_fit.hpp, a column after the other.
template <class Block>
ALFI_HD void factorize_in(Block& block, const LowerView& m, double least) {
  for (int c = 0; c < m.rows; ++c) {
    share(block, m.rows - c, [&](int below) {
      const double sum = reduced(m, c + below, c);
      m(c + below, c) = below > 0 ? sum : pivot(sum, least);
    });
    share(block, m.rows - c - 1, [&](int below) { m(c + 1 + below, c) /= m(c, c); });
  }
}

/// (C x)_r and (C' x)_r.
ALFI_HD inline double row_product(const LowerView& c, int r, const double* x) {
  double sum = 0;
  for (int k = 0; k <= r; ++k) sum += c(r, k) * x[k];
  return sum;
}
ALFI_HD inline double column_product(const LowerView& c, int r, const double* x) {
  double sum = 0;
  for (int k = r; k < c.rows; ++k) sum += c(k, r) * x[k];
  return sum;
}

/// fit_regression(), all of it for summary s once normal is factorized.
template <class T>
ALFI_HD void fit_summary(const RegressionProblem<T>& p, double floor, int s, const BlockFit& fit) {
  solve_rows(fit.normal(), 1, StridedRows{fit.coefficients() + s, p.summaries});
  double squares = 0;
  for (int k = 0; k < p.count; ++k) {
    double residual = static_cast<double>(p.summary[k * p.summaries + s]);
    for (int q = 0; q <= p.parameters; ++q) residual -= p.design(k, q) * fit.coefficient(q, s);
    squares += p.weight(k) * residual * residual;
  }
  fit.inverse_variance()[s] = 1 / (p.variance_scale() * squares + floor);
}

template <class T, class Block>
ALFI_HD void fit_regression_in(Block& block, const RegressionProblem<T>& p, const T* floor, double ridge,
                               const BlockFit& fit) {
  share_lower(block, p.parameters + 1, [&](int q, int c) {
    double sum = q == c ? ridge : 0;
    for (int k = 0; k < p.count; ++k) sum += p.weight(k) * p.design(k, q) * p.design(k, c);
    fit.normal()(q, c) = sum;
  });
  share_entries(block, p.parameters + 1, p.summaries, [&](int q, int s) {
    double sum = 0;
    for (int k = 0; k < p.count; ++k) {
      sum += p.weight(k) * p.design(k, q) * static_cast<double>(p.summary[k * p.summaries + s]);
    }
    fit.coefficient(q, s) = sum;
  });
  factorize_in(block, fit.normal(), ridge > kTiny ? ridge : kTiny);
  share(block, p.summaries, [&](int s) { fit_summary(p, static_cast<double>(floor[s]), s, fit); });
}

/// The pull's entry r and the precision's (r, c), c >= r, once cholesky is there.
template <class T>
ALFI_HD double pull_entry(const BlockFit& fit, const T* mean, int r) {
  double pull = 0;
  for (int s = 0; s < fit.s; ++s) {
    pull -= fit.coefficient(r + 1, s) * fit.inverse_variance()[s] * fit.coefficient(0, s);
  }
  for (int k = r; k < fit.p; ++k) pull -= fit.cholesky()(k, r) * static_cast<double>(mean[k]);
  return pull;
}
ALFI_HD inline double precision_entry(const BlockFit& fit, double jitter, int r, int c) {
  double sum = r == c ? jitter : 0;
  for (int s = 0; s < fit.s; ++s) {
    sum += fit.coefficient(r + 1, s) * fit.inverse_variance()[s] * fit.coefficient(c + 1, s);
  }
  for (int k = c; k < fit.p; ++k) sum += fit.cholesky()(k, r) * fit.cholesky()(k, c);
  return sum;
}

/// fit_posterior(), but for delta.
template <class T, class Block>
ALFI_HD void fit_posterior_in(Block& block, const T* mean, const T* cholesky, double jitter, const BlockFit& fit) {
  const int size = fit.p;
  share_lower(block, size, [&](int r, int c) {
    const double outside = static_cast<double>(cholesky[triangle_entry(r, c)]);
    fit.cholesky()(r, c) = r == c ? std::exp(outside) : outside;
  });
  share_lower(block, size, [&](int c, int r) {
    fit.precision()(size - 1 - r, size - 1 - c) = precision_entry(fit, jitter, r, c);
    if (r == c) fit.pull()[r] = pull_entry(fit, mean, r);
  });
  factorize_in(block, fit.precision(), jitter > kTiny ? jitter : kTiny);
  share(block, size, [&](int c) {
    LowerView factor = fit.factor();
    invert_column(fit.precision(), c, factor);
  });
}

/// regression_step(): shapes as there.
template <class T>
struct RegressionStep {
  static constexpr const char* kName = "regression_step";
  static constexpr int kLanes = 64;
  RegressionInputs<T> in;
  RegressionOptions options;
  Index count;  ///< K
  MatView<T> delta, factor, offset;

  ALFI_HD Index blocks() const { return in.mean.rows; }
  ALFI_HD Index doubles() const { return BlockFit::doubles(in.mean.cols, in.floor.size) + in.mean.cols; }
  std::size_t shared_bytes() const {
    return static_cast<std::size_t>(
        rounded_shared(doubles() * static_cast<Index>(sizeof(double))) +
        rounded_shared(StagedProblem<T>::of(in, count).size * static_cast<Index>(sizeof(T))));
  }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const Index b = block.index(), size = in.mean.cols;
    double* const memory = block.template shared<double>(doubles());
    RegressionProblem<T> problem = regression_problem(in, b, count);
    StagedProblem<T>::of(in, count).stage(block, problem);
    const BlockFit fit{memory, static_cast<int>(size), static_cast<int>(in.floor.size)};
    double* const half = memory + BlockFit::doubles(size, in.floor.size);  // F' pull
    fit_regression_in(block, problem, in.floor.data, options.ridge, fit);
    fit_posterior_in(block, in.mean.row(b).data, in.cholesky.row(b).data, options.jitter, fit);
    share(block, size, [&](int r) { half[r] = column_product(fit.factor(), r, fit.pull()); });
    share(block, size, [&](int r) { delta(b, r) = static_cast<T>(row_product(fit.factor(), r, half)); });
    share_lower(block, size, [&](int r, int c) {
      const double f = fit.factor()(r, c);
      factor(b, triangle_entry(r, c)) = static_cast<T>(r == c ? std::log(f) : f);
    });
    share(block, in.floor.size,
          [&](int s) { offset(b, s) = static_cast<T>(fit.coefficient(0, s) * std::sqrt(fit.inverse_variance()[s])); });
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
