#include "alfi/kernels/adam.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "alfi/core/buffer.hpp"
#include "alfi/core/error.hpp"
#include "alfi/core/replay.hpp"
#include "alfi/kernels/rows/adam.hpp"
#include "emulated/gpu.hpp"

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
                     view(second), &state, options, {});
  }
  std::vector<T> parameters, first, second;
  kernels::StepState state;
};

/// A training's memory in any context.
template <class T>
struct Training {
  Training(const alfi::Context& context_, const std::vector<T>& start)
      : where(context_),
        size(static_cast<Index>(start.size())),
        gradient(where, size),
        parameters(where, size),
        first(where, size),
        second(where, size),
        averaged(where, size),
        state_(where, 1),
        scratch(where, kernels::adam_scratch_size(where)) {
    parameters.copy_in(start.data());
    averaged.copy_in(start.data());
    set(kernels::StepState());
  }
  void set(const kernels::StepState& state) { state_.copy_in(&state); }
  kernels::StepState state() const {
    kernels::StepState got;
    state_.copy_out(&got);
    return got;
  }
  void update(const kernels::AdamOptions& options) {
    kernels::adam<T>(where, gradient.view(), parameters.view(), first.view(), second.view(), state_.data(), options,
                     scratch.view());
    kernels::average<T>(where, parameters.view(), averaged.view(), state_.data(), 0.9);
  }
  /// Everything that an update moves.
  std::vector<T> moved() const {
    std::vector<T> all(static_cast<std::size_t>(4 * size));
    T* next = all.data();
    for (const alfi::Buffer<T>* buffer : {&parameters, &first, &second, &averaged}) {
      buffer->copy_out(next);
      next += size;
    }
    return all;
  }

  alfi::Context where;
  Index size;
  alfi::Buffer<T> gradient, parameters, first, second, averaged;
  alfi::Buffer<kernels::StepState> state_;
  alfi::Buffer<double> scratch;
};

template <class T>
std::vector<T> drawn(Index size, std::uint64_t seed, double scale = 1) {
  std::mt19937_64 bits(seed);
  std::normal_distribution<double> normal(0, scale);
  std::vector<T> values;
  for (Index i = 0; i < size; ++i) values.push_back(static_cast<T>(normal(bits)));
  return values;
}

/// A schedule in its warm-up and with a clipped gradient: every branch of the step's scales is taken.
kernels::AdamOptions eventful() {
  kernels::AdamOptions options;
  options.learning_rate = {0.1, 20, 3, true};
  options.clip_norm = 1;
  options.weight_decay = 0.01;
  return options;
}

}  // namespace

TEST_CASE("learning rate: by hand") {
  CHECK(kernels::LearningRate::constant(0.125).at(1000) == 0.125);
  const kernels::LearningRate warming{2, 100, 4, false};
  CHECK(warming.at(0) == 0.5);
  CHECK(warming.at(2) == 1.5);
  CHECK(warming.at(3) == 2);
  const kernels::LearningRate cosine{1, 100, 0, true};  // 4 units of rounding in a number near 1
  CHECK(std::abs(cosine.at(0) - 1.01) <= 1e-15);
  CHECK(std::abs(cosine.at(50) - 0.51) <= 1e-15);
  CHECK(std::abs(cosine.at(100) - 0.01) <= 1e-15);
  CHECK(cosine.at(200) == cosine.at(100));
}

TEST_CASE("average: by hand, its memory short at first") {
  const double weights[] = {3};
  double average[] = {1};
  kernels::StepState state;
  state.step = 10;  // k = 10 / 20
  kernels::average<double>(context, {weights, 1}, {average, 1}, &state, 0.75);
  CHECK(average[0] == 2);
  state.step = 90;  // k = 90 / 100, more than wanted
  kernels::average<double>(context, {weights, 1}, {average, 1}, &state, 0.75);
  CHECK(average[0] == 2.25);
  state.skipped = 1;
  kernels::average<double>(context, {weights, 1}, {average, 1}, &state, 0.75);
  CHECK(average[0] == 2.25);
}

// The norm alone differs: its n squares are added in another order, an error of n units at most (each sum's is below
// n / 2), in the norm and, through clipping, in the moments; to the parameters, whose move is a quotient of moments,
// that is nothing but rounding. 16 units are for that of the few operations of each of the three updates.
TEST_CASE_TEMPLATE("adam: on the GPU it is the CPU's", T, float, double) {
  for (const Index size : {Index{0}, Index{1}, Index{31}, Index{257}, Index{5000}}) {
    CAPTURE(size);
    const double units = 16 + (sizeof(T) == sizeof(double) ? static_cast<double>(size) : 0);
    alfi_test::compare_backends<T>(alfi_test::ulps(units), [&](alfi_test::Run<T>& run) {
      Training<T> training(run.context(), drawn<T>(size, 1));
      const auto moved = run.output(1, 4 * size), told = run.output(3, 6);
      for (Index step = 0; step < 3; ++step) {
        training.gradient.copy_in(drawn<T>(size, 2 + static_cast<std::uint64_t>(step)).data());
        training.update(eventful());
        const kernels::StepState s = training.state();
        const T numbers[6] = {static_cast<T>(s.step),           static_cast<T>(s.gradient_norm),
                              static_cast<T>(s.scales.clip),    static_cast<T>(s.scales.learning_rate),
                              static_cast<T>(s.first_bad_step), static_cast<T>(s.skipped)};
        run.context().copy_in(told.row(step).data, numbers, sizeof(numbers));
      }
      run.context().copy_in(moved.data, training.moved().data(), static_cast<std::size_t>(4 * size) * sizeof(T));
    });
  }
}

TEST_CASE_TEMPLATE("adam: on the GPU a gradient that is not finite moves nothing, nor does anything after a stop", T,
                   float, double) {
  const alfi::Context gpu(alfi::Backend::cuda);
  const T infinity = std::numeric_limits<T>::infinity();
  for (const T bad : {infinity, -infinity, std::numeric_limits<T>::quiet_NaN()}) {
    Training<T> training(gpu, drawn<T>(300, 1));
    std::vector<T> gradient = drawn<T>(300, 2);
    training.gradient.copy_in(gradient.data());
    training.update({});
    const std::vector<T> before = training.moved();
    gradient[299] = bad;
    training.gradient.copy_in(gradient.data());
    training.update({});
    CHECK(training.moved() == before);
    kernels::StepState state = training.state();
    CHECK(state.step == 1);
    CHECK(state.first_bad_step == 1);
    CHECK(state.skipped == 1);
    CHECK(std::isinf(state.gradient_norm));
    gradient[299] = T(1);
    training.gradient.copy_in(gradient.data());
    state.stop = 1;
    training.set(state);
    training.update({});
    CHECK(training.moved() == before);
    CHECK(training.state().step == 1);
    state.stop = 0;
    training.set(state);
    training.update({});
    CHECK(training.moved() != before);
    CHECK(training.state().step == 2);
    CHECK(training.state().skipped == 0);
    CHECK(training.state().first_bad_step == 1);
  }
}

TEST_CASE_TEMPLATE("adam: on the GPU huge gradients neither overflow nor stop it", T, float, double) {
  const T huge = std::numeric_limits<T>::max() / 4;
  Training<T> training(alfi::Context(alfi::Backend::cuda), std::vector<T>(3));
  const T gradient[] = {huge, -huge, T(0)};
  training.gradient.copy_in(gradient);
  training.update({});
  CHECK(training.state().step == 1);
  CHECK(std::abs(training.state().gradient_norm / (static_cast<double>(huge) * std::sqrt(2.0)) - 1) <= 1e-15);
  for (const T value : training.moved()) CHECK(std::isfinite(value));
}

TEST_CASE("adam: a repeated recording goes on with the schedule") {
  Training<double> repeated(alfi::Context(alfi::Backend::cuda), drawn<double>(100, 1));
  Training<double> each(alfi::Context(alfi::Backend::cuda), drawn<double>(100, 1));
  alfi::Replay replay(repeated.where);
  for (std::uint64_t pass = 0; pass < 4; ++pass) {
    const std::vector<double> gradient = drawn<double>(100, pass);
    repeated.gradient.copy_in(gradient.data());
    each.gradient.copy_in(gradient.data());
    replay.begin();
    replay.run([&] { repeated.update(eventful()); });
    each.update(eventful());
    CHECK(repeated.moved() == each.moved());
    CHECK(repeated.state().step == static_cast<std::int64_t>(pass) + 1);
    const double wanted = eventful().learning_rate.at(static_cast<Index>(pass));
    CHECK(std::abs(repeated.state().scales.learning_rate / wanted - 1) <= 1e-15);  // a GPU's cosine: a few last bits
  }
}

TEST_CASE_TEMPLATE("adam: the first step is the learning rate against the gradient's sign", T, float, double) {
  Model<T> model(2, T(1));
  kernels::AdamOptions options;
  options.learning_rate = kernels::LearningRate::constant(0.25);
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

// The level's vector code does the scalar definition's operations, each rounded by itself; ends of vectors included.
TEST_CASE_TEMPLATE("adam: bit by bit the scalar definition", T, float, double) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{16}, std::size_t{131}}) {
    CAPTURE(size);
    Model<T> model(size);
    model.parameters = drawn<T>(static_cast<Index>(size), 1);
    Model<T> wanted = model;
    for (std::uint64_t step = 0; step < 4; ++step) {
      std::vector<T> gradient = drawn<T>(static_cast<Index>(size), 2 + step, step == 2 ? 1e30 : 1);
      model.update(gradient, eventful());
      const kernels::AdamUpdate<T> update(gradient.data(), wanted.parameters.data(), wanted.first.data(),
                                          wanted.second.data(), eventful());
      for (std::size_t i = 0; i < size; ++i) update(model.state.scales, static_cast<Index>(i));
      CHECK(model.parameters == wanted.parameters);
      CHECK(model.first == wanted.first);
      CHECK(model.second == wanted.second);
    }
  }
}

TEST_CASE("adam: weight decay is decoupled") {
  Model<double> model(1, 4.0);
  kernels::AdamOptions options;
  options.learning_rate = kernels::LearningRate::constant(0.5);
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
    const std::vector<T> moved = model.parameters;
    model.state.stop = 1;
    model.update(gradient, options);
    CHECK(model.parameters == moved);
    CHECK(model.state.step == 2);
    CHECK(model.state.skipped == 1);
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
