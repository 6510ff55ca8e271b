#include "alfi/autodiff/layer_pair.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "alfi/autodiff/meta_loss.hpp"
#include "alfi/core/error.hpp"
#include "emulated/gpu.hpp"
#include "support/gradient.hpp"

namespace ad = alfi::autodiff;
namespace kernels = alfi::kernels;
using alfi::Context;
using alfi::Index;
using alfi_test::Run;
using alfi_test::Variables;

namespace {

struct Sizes {
  Index rows, hidden, outputs;
};

/// Which parts a pair is given; those of `repeated` and `twice` are put together before.
enum class Parts { one, three, with_data, repeated, twice };

template <class T>
ad::Var<T> leaf(Run<T>& run, ad::Tape<T>& tape, Index rows, Index cols) {
  return tape.leaf(run.input(rows, cols, -1, 1), run.accumulated(rows, cols));
}
template <class T>
ad::Linear<T> layer(Run<T>& run, ad::Tape<T>& tape, Index outputs, Index inputs, bool bias) {
  // Sums stay below 1, so that tanh bends and no rounding grows from layer to layer.
  const double size = 1 / static_cast<double>(inputs + 1);
  const ad::Var<T> weight = tape.leaf(run.input(outputs, inputs, -size, size), run.accumulated(outputs, inputs));
  return {weight, bias ? leaf(run, tape, 1, outputs) : ad::Var<T>{}};
}

/// Value and gradients of everything for sum of (y - target)^2.
template <class T>
void run_pair(Run<T>& run, const Sizes& s, Parts parts, ad::Activation first, ad::Activation second, bool bias) {
  ad::Tape<T> tape(run.context());
  const ad::Var<T> a = leaf(run, tape, s.rows, 3);
  const ad::Var<T> b = parts == Parts::with_data ? tape.data(run.input(s.rows, 5, -1, 1)) : leaf(run, tape, s.rows, 5);
  const ad::Var<T> c = leaf(run, tape, parts == Parts::repeated ? (s.rows > 0 ? 1 : 0) : s.rows, 4);
  const Index inputs = parts == Parts::one ? 5 : parts == Parts::twice ? 15 : 12;
  const ad::Linear<T> w = layer(run, tape, s.hidden, inputs, bias), u = layer(run, tape, s.outputs, s.hidden, bias);
  const auto of = [&](std::initializer_list<ad::Var<T>> joined) {
    return ad::layer_pair(tape, s.rows, joined, w, first, u, second);
  };
  const ad::Var<T> y = parts == Parts::one     ? of({ad::Var<T>{}, b})
                       : parts == Parts::twice ? of({a, b, c, a})
                                               : of({a, b, c});
  run.context().copy(run.output(s.rows, s.outputs).data, y.value.data,
                     static_cast<std::size_t>(y.value.size()) * sizeof(T));
  const ad::Var<T> errors = ad::mean_error<T>(tape, ad::LossKind::squared, y, run.input(s.rows, s.outputs, -1, 1));
  tape.backward(ad::limited_mean(tape, errors, {0, 0}, 1));
}

/// Sums of R terms below 2, of which each has gone through both layers' sums of at most 1, and what was there before.
template <class T>
void compare(const Sizes& s, Parts parts, ad::Activation first, ad::Activation second, bool bias) {
  const double longest = static_cast<double>(std::max({s.rows, s.hidden, s.outputs, Index{15}}) + 1);
  alfi_test::compare_backends<T>(alfi_test::ulps(8 * longest * longest),
                                 [&](Run<T>& run) { run_pair(run, s, parts, first, second, bias); });
}

}  // namespace

TEST_CASE_TEMPLATE("layer_pair: the GPU's is the CPU's, whatever the parts", T, float, double) {
  using A = ad::Activation;
  int turn = 0;
  for (const Sizes& s :
       {Sizes{0, 3, 2}, Sizes{1, 1, 1}, Sizes{15, 4, 7}, Sizes{16, 40, 30}, Sizes{33, 30, 1}, Sizes{257, 9, 5}}) {
    for (const Parts parts : {Parts::one, Parts::three, Parts::with_data, Parts::repeated, Parts::twice}) {
      CAPTURE(s.rows);
      CAPTURE(static_cast<int>(parts));
      compare<T>(s, parts, turn % 2 == 0 ? A::tanh : A::none, turn % 3 == 0 ? A::tanh : A::none, turn % 4 != 0);
      ++turn;
    }
  }
}

TEST_CASE("layer_pair: one launch on the GPU where there is room, else layer after layer, with the same answer") {
  const auto pair = [](Index inputs, Index hidden) {
    kernels::LayerPair<float> p{};
    p.layer[0].weight = {nullptr, hidden, inputs};
    p.layer[1].weight = {nullptr, 10, hidden};
    return p;
  };
  const Context gpu(alfi::Backend::cuda);
  CHECK(kernels::has_layer_pair(gpu, pair(43, 30)));
  CHECK(!kernels::has_layer_pair(gpu, pair(200, 200)));
  CHECK(!kernels::has_layer_pair(Context(), pair(43, 30)));
  compare<float>({33, 300, 130}, Parts::three, ad::Activation::tanh, ad::Activation::none, true);
#if !defined(ALFI_TEST_DEVICE)
  const auto launches = [&](Parts parts) {
    Run<float> run(gpu);
    const Index before = alfi_test::emulated(*gpu.device()).enqueued();
    run_pair(run, {33, 20, 10}, parts, ad::Activation::tanh, ad::Activation::tanh, true);
    return alfi_test::emulated(*gpu.device()).enqueued() - before;
  };
  CHECK(launches(Parts::three) == launches(Parts::one));
  CHECK(launches(Parts::repeated) == launches(Parts::three) + 2);  // put together before, and taken apart
#endif
}

TEST_CASE("layer_pair: ReLUs pass the gradients of their open rows, on the GPU too") {
  // Not among random numbers, where one near zero may be open here and closed there.
  alfi_test::compare_backends<float>(alfi_test::ulps(0), [](Run<float>& run) {
    ad::Tape<float> tape(run.context());
    const auto given = [&](Index rows, Index cols, const std::vector<double>& values) {
      return tape.leaf(run.given(rows, cols, values), run.accumulated(rows, cols));
    };
    const ad::Var<float> x = given(2, 2, {1, 2, -1, 0.5});
    const ad::Linear<float> w{given(2, 2, {1, -1, 2, 0}), given(1, 2, {0.5, 0})};
    const ad::Linear<float> u{given(2, 2, {1, 1, -1, -0.25}), given(1, 2, {0, 0})};
    const auto relu = ad::Activation::relu;
    const ad::Var<float> y = ad::layer_pair(tape, 2, {x}, w, relu, u, relu);
    run.context().copy(run.output(2, 2).data, y.value.data, 4 * sizeof(float));
    tape.backward(ad::mean(tape, y));
  });
}

TEST_CASE("layer_pair: right gradients on the CPU") {
  alfi_test::check_operation_gradient(
      [](ad::Tape<double>& tape, const Variables& v) {
        return Variables{ad::layer_pair(tape, 6, {v[0], v[1]}, {v[2], v[3]}, ad::Activation::tanh, {v[4], {}})};
      },
      {alfi_test::random_input("x", 6, 2), alfi_test::random_input("repeated", 3, 3),
       alfi_test::random_input("first", 4, 5), alfi_test::random_input("bias", 1, 4),
       alfi_test::random_input("second", 2, 4)});
}

TEST_CASE("layer_pair: shapes that disagree are named, on both backends") {
  for (const Context& context : {Context(), Context(alfi::Backend::cuda)}) {
    Run<float> run(context);
    ad::Tape<float> tape(context);
    const ad::Var<float> x = tape.data(run.input(2, 3, -1, 1));
    const ad::Linear<float> w{tape.data(run.input(4, 2, -1, 1)), {}}, u{tape.data(run.input(2, 4, -1, 1)), {}};
    CHECK_THROWS_AS(ad::layer_pair(tape, 2, {x}, w, ad::Activation::relu, u), alfi::ShapeError);
    CHECK_THROWS_AS(ad::layer_pair(tape, 3, {x}, w, ad::Activation::relu, u), alfi::ShapeError);
  }
}
