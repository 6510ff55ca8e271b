#include "alfi/kernels/adam.hpp"
#include "alfi/kernels/regression_step.hpp"
#include "arrays.hpp"

/// regression_step/B:..: step and adjoint, K 12, P 2, S 16, in double inside: the floor counts bytes alone.
/// adam/<parameters>: an update with its norm, clipped, and the average: likewise.

namespace bench {
namespace {

namespace kernels = alfi::kernels;

constexpr Index kProposals = 12, kParameters = 2, kTriangle = 3, kSummaries = 16;

struct RegressionProblem {
  RegressionProblem(Arrays& arrays, Index problems)
      : context(arrays.context()),
        in{arrays.drawn(problems * kProposals, kSummaries),
           arrays.drawn(problems * kProposals, kParameters, 2.0f),
           arrays.drawn(problems, kParameters),
           arrays.drawn(problems, kTriangle, 0.3f),
           arrays.drawn(1, kSummaries, 1, 2).flat(),
           {},
           {}},
        d_delta(arrays.drawn(problems, kParameters)),
        d_factor(arrays.drawn(problems, kTriangle)),
        d_offset(arrays.drawn(problems, kSummaries)),
        delta(arrays.result(problems, kParameters)),
        factor(arrays.result(problems, kTriangle)),
        offset(arrays.result(problems, kSummaries)),
        d{arrays.result(problems * kProposals, kSummaries), arrays.result(problems, kParameters),
          arrays.result(problems, kTriangle), arrays.result(1, kSummaries).flat()},
        scratch(context, kernels::regression_step_scratch_size(context, problems, kSummaries)) {}
  void run() {
    kernels::regression_step<float>(context, in, options, delta, factor, offset);
    kernels::regression_step_adjoint<float>(context, in, options, d_delta, d_factor, d_offset, d, scratch.view());
  }
  alfi::Context context;
  kernels::RegressionOptions options;
  kernels::RegressionInputs<float> in;
  alfi::MatView<float> d_delta, d_factor, d_offset, delta, factor, offset;
  kernels::RegressionGradients<float> d;
  alfi::Buffer<double> scratch;
};

struct AdamProblem {
  AdamProblem(Arrays& arrays, Index size)
      : context(arrays.context()),
        gradient(arrays.drawn(1, size).flat()),
        parameters(arrays.result(1, size).flat()),
        first(arrays.result(1, size).flat()),
        second(arrays.result(1, size).flat()),
        averaged(arrays.result(1, size).flat()),
        state(context, 1),
        scratch(context, kernels::adam_scratch_size(context)) {
    const kernels::StepState start;
    state.copy_in(&start);
    options.clip_norm = 1;
  }
  void run() {
    kernels::adam<float>(context, gradient, parameters, first, second, state.data(), options, scratch.view());
    kernels::average<float>(context, parameters, averaged, state.data(), 0.99);
  }
  alfi::Context context;
  kernels::AdamOptions options;
  alfi::VecView<float> gradient, parameters, first, second, averaged;
  alfi::Buffer<kernels::StepState> state;
  alfi::Buffer<double> scratch;
};

/// Double inside; sums of B terms for the floor's gradient, and a store to float.
Measured regression(const Session& session, Index problems) {
  const auto make = [=](Arrays& arrays) { return RegressionProblem(arrays, problems); };
  Measured m = check_and_time(session, session.gpu, make, 1e-5);
  const double b = static_cast<double>(problems), k = kProposals, s = kSummaries, p = kParameters, v = kTriangle;
  // Read by the step and by its adjoint; results, their gradients; gradients that are read and written.
  m.least.bytes = 4 * b * (2 * (k * (s + p) + p + v) + 2 * (p + v + s) + 2 * (k * s + p + v));
  m.items = b;
  m.item = "problem";
  return m;
}

/// The norm is a sum in double; a quotient of moments and its roundings.
Measured adam(const Session& session, Index size) {
  const auto make = [=](Arrays& arrays) { return AdamProblem(arrays, size); };
  Measured m = check_and_time(session, session.gpu, make, 1e-5);
  m.least.bytes = 4 * static_cast<double>(size) * (2 + 6 + 3);  // the norm reads the gradient, too
  m.items = static_cast<double>(size);
  m.item = "parameter";
  return m;
}

}  // namespace

void add_small(std::vector<Benchmark>& all) {
  for (const Index problems : {4096, 32}) {
    all.push_back({"regression_step/B:" + std::to_string(problems),
                   [=](const Session& session) { return regression(session, problems); }});
  }
  all.push_back({"adam/100000", [](const Session& session) { return adam(session, 100000); }});
}

}  // namespace bench
