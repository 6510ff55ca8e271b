#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "alfi/autodiff/elementwise.hpp"
#include "alfi/autodiff/gated_sum.hpp"
#include "alfi/autodiff/meta_loss.hpp"
#include "alfi/autodiff/proposal.hpp"
#include "alfi/autodiff/shape.hpp"
#include "alfi/core/replay.hpp"
#include "emulated/gpu.hpp"

// A small machine without layers, on a tape in the GPU's memory, which the host cannot touch: values and gradients are
// those of the CPU.

namespace ad = alfi::autodiff;
using alfi::Context;
using alfi::Index;
using alfi::MatView;
using alfi::VecView;
using alfi_test::compare_backends;
using alfi_test::Run;

namespace {

constexpr Index kProblems = 3, kProposals = 4, kParameters = 2, kTriangle = 3;
const std::vector<std::uint8_t> kGroups{0, 1};

/// In the context's memory.
template <class T>
struct World {
  ad::Var<T> mean, cholesky, head, extra;  ///< leaves
  MatView<const T> noise, truth;
  VecView<const std::uint8_t> group;
};

template <class T>
ad::Var<T> iteration(ad::Tape<T>& tape, const World<T>& w, ad::GaussianVars<T>& psi) {
  const Index rows = kProblems * kProposals;
  const ad::Var<T> theta = ad::gaussian_full_sample(tape, psi.mean, psi.cholesky, w.noise);
  const ad::Var<T> log_sd = ad::triangle_diagonal(tape, psi.cholesky, kParameters);
  const ad::Var<T> score = ad::normalized_score(tape, psi.mean, log_sd, theta);
  // extra twice: two parts with one gradient.
  const ad::Var<T> seen = ad::concatenate(tape, rows, {theta, w.extra, score, psi.mean, w.extra});
  const ad::Var<T> bent = ad::tanh(tape, ad::columns(tape, seen, 1, kParameters));
  const ad::Var<T> moved = ad::gated_sum(tape, w.head, psi.mean, w.group);
  const ad::Var<T> spread = ad::diagonal_triangle(tape, ad::affine(tape, log_sd, T(-0.1), T(0.05)));
  psi = ad::relative_update(tape, psi.mean, psi.cholesky, ad::affine(tape, moved, T(0.1), T(0)), spread);
  const ad::Var<T> density = ad::problem_loss(tape, ad::LossKind::density, psi.mean, psi.cholesky, w.truth);
  const ad::Var<T> error = ad::problem_loss(tape, ad::LossKind::squared, psi.mean, psi.cholesky, w.truth);
  const ad::Var<T> rest = ad::mean(tape, ad::add(tape, bent, psi.mean, T(0.5)));
  const ad::Var<T> sum = ad::add(tape, ad::limited_mean(tape, density, {2, 1}), ad::limited_mean(tape, error, {}, 7));
  return ad::add(tape, sum, ad::exp(tape, rest), T(0.1));
}

template <class T>
ad::Var<T> machine_loss(ad::Tape<T>& tape, const World<T>& w) {
  ad::GaussianVars<T> psi{w.mean, w.cholesky};
  std::vector<ad::Var<T>> losses;
  for (int t = 0; t < 3; ++t) losses.push_back(iteration(tape, w, psi));
  return ad::combine_iterations(tape, ad::Weighting::exponential, 2, losses);
}

/// Some 60 operations in series, on numbers of size 1 that they keep at that size, each with a dozen roundings that a
/// GPU may do otherwise.
template <class T>
alfi_test::Tolerance tolerance() {
  return alfi_test::ulps(60 * 12);
}

}  // namespace

TEST_CASE_TEMPLATE("a machine on a GPU's tape has the CPU's loss and gradients", T, float, double) {
  compare_backends<T>(tolerance<T>(), [](Run<T>& run) {
    ad::Tape<T> tape(run.context());
    const auto leaf = [&](Index rows, Index cols, double size) {
      const MatView<T> value = run.input(rows, cols, -size, size);
      return tape.leaf(value, run.accumulated(rows, cols));
    };
    World<T> w;
    w.mean = leaf(kProblems, kParameters, 2);
    w.cholesky = leaf(kProblems, kTriangle, 0.3);
    w.head = leaf(kProblems, 2 * kParameters, 1);
    w.extra = leaf(kProblems, 3, 1);
    w.noise = run.input(kProblems * kProposals, kParameters, -2, 2);
    w.truth = run.input(kProblems, kParameters, -2, 2);
    w.group = run.data(kGroups);
    const ad::Var<T> loss = machine_loss(tape, w);
    tape.backward(loss);
    run.context().copy(run.output(1, 1).data, loss.value.data, sizeof(T));
  });
}

namespace {

/// The loss and its gradient by the means after each of so many passes, the truth moved in between; replayed where the
/// context is a GPU's. builds: how often the work was described anew.
std::vector<double> passes(const Context& context, int count, int& builds) {
  Run<double> run(context);
  ad::Tape<double> tape(context);
  World<double> w;
  alfi::Buffer<double> gradient(context, kProblems * kParameters), truth(context, kProblems * kParameters);
  w.mean = tape.leaf(run.input(kProblems, kParameters, -2, 2), gradient.matrix(kProblems, kParameters));
  w.cholesky = tape.data(run.input(kProblems, kTriangle, -0.3, 0.3));
  w.head = tape.data(run.input(kProblems, 2 * kParameters, -1, 1));
  w.extra = tape.data(run.input(kProblems, 3, -1, 1));
  w.noise = run.input(kProblems * kProposals, kParameters, -2, 2);
  w.truth = truth.matrix(kProblems, kParameters);
  w.group = run.data(kGroups);
  alfi::Replay replay(context);
  ad::Var<double> loss;
  std::vector<double> results, values(kProblems * kParameters);
  builds = 0;
  for (int pass = 0; pass < count; ++pass) {
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = std::sin(static_cast<double>(pass + 1) * (1.0 + double(i)));
    truth.copy_in(values.data());
    replay.begin();
    replay.run([&] {
      ++builds;
      gradient.fill_zero();
      tape.rewind();
      loss = machine_loss(tape, w);
      tape.backward(loss);
    });
    double value = 0;
    context.copy_out(&value, loss.value.data, sizeof(value));
    gradient.copy_out(values.data());
    results.push_back(value);
    results.insert(results.end(), values.begin(), values.end());
  }
  return results;
}

}  // namespace

TEST_CASE("a pass that is replayed does what it would have done with the inputs of the moment") {
  int on_cpu = 0, on_gpu = 0;
  const auto wanted = passes(Context(), 4, on_cpu);
  const auto got = passes(Context(alfi::Backend::cuda), 4, on_gpu);
  CHECK(on_cpu == 4);
  CHECK(on_gpu == 2);
  for (std::size_t pass = 1; pass < 4; ++pass) CHECK(wanted[7 * pass] != wanted[0]);
  alfi_test::check_close<double>({got}, {wanted}, tolerance<double>());
}

TEST_CASE_TEMPLATE("many iterations' losses as one, the GPU's as the CPU's", T, float, double) {
  for (const int count : {1, 32, 70}) {
    CAPTURE(count);
    // Weights: exp of numbers up to 2, a few ulp; then a sum of count terms.
    compare_backends<T>(alfi_test::ulps(16.0 + count), [&](Run<T>& run) {
      ad::Tape<T> tape(run.context());
      std::vector<ad::Var<T>> losses;
      for (int t = 0; t < count; ++t) {
        const auto value = run.input(1, 1, -1, 1);
        losses.push_back(t % 5 == 3 ? tape.data(value) : tape.leaf(value, run.accumulated(1, 1)));
      }
      const ad::Var<T> loss = ad::combine_iterations(tape, ad::Weighting::exponential, 2, losses);
      tape.backward(loss);
      run.context().copy(run.output(1, 1).data, loss.value.data, sizeof(T));
    });
  }
}

TEST_CASE_TEMPLATE("a leaf as the loss accumulates, on the GPU too", T, float, double) {
  compare_backends<T>(alfi_test::ulps(0), [](Run<T>& run) {
    ad::Tape<T> tape(run.context());
    tape.backward(tape.leaf(run.input(1, 1, -1, 1), run.accumulated(1, 1)));
  });
}
