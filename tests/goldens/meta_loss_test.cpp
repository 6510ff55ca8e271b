#include "alfi/autodiff/meta_loss.hpp"

#include <doctest/doctest.h>

#include "support/golden.hpp"

namespace ad = alfi::autodiff;
using ad::Weighting;
using alfi::Index;

namespace {

struct Named {
  const char* name;
  Weighting weighting;
};

void check_weights(const alfi_test::Golden& golden, const Named& named, Index iterations) {
  const alfi_test::GoldenArray& wanted = golden.array(std::string("weights_") + named.name);
  const std::vector<double> got = alfi::kernels::iteration_weights(named.weighting, iterations, golden.scalar("beta"));
  REQUIRE(got.size() == wanted.data.size());
  for (std::size_t t = 0; t < got.size(); ++t) CHECK(std::fabs(got[t] - wanted.data[t]) <= 1e-10 * wanted.largest());
}

}  // namespace

TEST_CASE("meta_loss") {
  const Named all[] = {{"exponential", Weighting::exponential},
                       {"exponential_published", Weighting::exponential_published},
                       {"constant", Weighting::constant},
                       {"last", Weighting::last},
                       {"observed_improvement", Weighting::observed_improvement}};
  alfi_test::run_golden("meta_loss", [&all](auto& run) {
    using Real = typename std::decay_t<decltype(run)>::Scalar;
    const alfi::MatView<Real> values = run.values("iteration_loss");
    std::vector<ad::Var<Real>> losses;
    for (Index t = 0; t < values.cols; ++t) losses.push_back(run.tape().data({values.data + t, 1, 1}));
    for (const Named& named : all) {
      const auto loss = ad::combine_iterations(run.tape(), named.weighting, run.golden().scalar("beta"), losses);
      run.check_scalar(named.name, static_cast<double>(loss.value(0, 0)));
    }
    check_weights(run.golden(), all[0], values.cols);
    check_weights(run.golden(), all[1], values.cols);
  });
}
