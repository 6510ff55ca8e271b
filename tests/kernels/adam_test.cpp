#include "alfi/kernels/adam.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "alfi/core/error.hpp"

using alfi::Index;
namespace kernels = alfi::kernels;

namespace {

const alfi::Context context;

template <class T>
struct Model {
  explicit Model(std::size_t n, T value = T(0)) : parameters(n, value), first(n), second(n) {}
  void update(const std::vector<T>& gradient, const kernels::AdamOptions& options) {
    const auto view = [](std::vector<T>& v) { return alfi::VecView<T>{v.data(), static_cast<Index>(v.size())}; };
    kernels::adam<T>(context, {gradient.data(), static_cast<Index>(gradient.size())}, view(parameters), view(first),
                     view(second), state, options);
  }
  std::vector<T> parameters, first, second;
  kernels::StepState state;
};

}  // namespace

TEST_CASE_TEMPLATE("adam: the first step is the learning rate against the gradient's sign", T, float, double) {
  Model<T> model(2, T(1));
  kernels::AdamOptions options;
  options.learning_rate = 0.25;
  options.epsilon = 0;
  model.update({T(2), T(-8)}, options);
  const T ulp = std::numeric_limits<T>::epsilon();
  CHECK(std::abs(model.parameters[0] - T(0.75)) <= 2 * ulp);
  CHECK(std::abs(model.parameters[1] - T(1.25)) <= 2 * ulp);
  CHECK(std::abs(model.first[0] - T(0.2)) <= ulp);
  CHECK(std::abs(model.second[0] - T(0.004)) <= ulp);
  CHECK(model.state.step == 1);
  CHECK(std::abs(model.state.gradient_norm - std::sqrt(68.0)) <= 1e-14);
}

TEST_CASE("adam: clipping, by hand over two steps") {
  // The norm 5 is clipped to 1: g = (0.6, 0.8). Then g = (0.3, 0) stays as it is.
  Model<double> model(2);
  kernels::AdamOptions options;
  options.clip_norm = 1;
  model.update({3, 4}, options);
  CHECK(std::abs(model.first[1] - 0.08) <= 1e-16);
  CHECK(std::abs(model.second[1] - 0.00064) <= 1e-18);
  model.update({0.3, 0}, options);
  CHECK(std::abs(model.first[0] - (0.9 * 0.06 + 0.03)) <= 1e-16);
  const double mean = 0.084 / (1 - 0.81), square = (0.999 * 0.00036 + 0.00009) / (1 - 0.999 * 0.999);
  const double wanted = -1e-3 - 1e-3 * mean / (std::sqrt(square) + 1e-8);
  CHECK(std::abs(model.parameters[0] - wanted) <= 1e-10);  // epsilon in the first step moves it by 1e-3 1e-8 / 0.6
  CHECK(model.state.gradient_norm == 0.3);
}

TEST_CASE("adam: weight decay is decoupled") {
  Model<double> model(1, 4.0);
  kernels::AdamOptions options;
  options.learning_rate = 0.5;
  options.weight_decay = 0.125;
  model.update({0}, options);
  CHECK(model.parameters[0] == 4.0 * (1 - 0.0625));
}

TEST_CASE_TEMPLATE("adam: a gradient that is not finite moves nothing and is remembered", T, float, double) {
  const T infinity = std::numeric_limits<T>::infinity();
  for (const T bad : {infinity, -infinity, std::numeric_limits<T>::quiet_NaN()}) {
    Model<T> model(9, T(2));
    const kernels::AdamOptions options;
    std::vector<T> gradient(9, T(1));
    model.update(gradient, options);
    const std::vector<T> before = model.parameters, first = model.first, second = model.second;
    gradient[7] = bad;
    model.update(gradient, options);
    CHECK(model.parameters == before);
    CHECK(model.first == first);
    CHECK(model.second == second);
    CHECK(model.state.step == 1);
    CHECK(model.state.first_bad_step == 1);
    CHECK(!std::isfinite(model.state.gradient_norm));
    gradient[7] = T(1);
    model.update(gradient, options);
    CHECK(model.state.step == 2);
    CHECK(model.state.first_bad_step == 1);
  }
}

TEST_CASE_TEMPLATE("adam: huge gradients neither overflow nor stop it", T, float, double) {
  const T huge = std::numeric_limits<T>::max() / 4;
  Model<T> model(3);
  model.update({huge, -huge, T(0)}, {});
  CHECK(model.state.step == 1);
  CHECK(std::abs(model.state.gradient_norm / (static_cast<double>(huge) * std::sqrt(2.0)) - 1) <= 1e-15);
  for (const T value : model.second) CHECK(std::isfinite(value));
  CHECK(model.parameters[0] < 0);
  CHECK(model.parameters[1] > 0);
  CHECK(model.parameters[2] == 0);
}

TEST_CASE("adam: nothing to do, and shapes that disagree") {
  Model<float> model(0);
  model.update({}, {});
  CHECK(model.state.step == 1);
  CHECK(model.state.gradient_norm == 0);
  CHECK_THROWS_WITH_AS(model.update({1.0f}, {}), "adam: gradient has shape [1], expected [0]", alfi::ShapeError);
}
