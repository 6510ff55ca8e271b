#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "alfi/core/error.hpp"
#include "alfi/kernels/gpu/find_pieces.hpp"
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/gpu/set_encoder_job.hpp"
#include "alfi/kernels/prepared_encoder.hpp"
#include "emulated/gpu.hpp"
#include "reference/encoder_problem.hpp"

using namespace reference;  // NOLINT: matrices and oracles of the tests
namespace kernels = alfi::kernels;
using alfi::ProductPrecision;

namespace {

// Few sets in chunks, many in one block, sets that begin and end within tiles; the last is too wide for a chain.
const EncoderCase kCases[] = {
    {1, 1, 1, 1, 1, 1, false, false},    {2, 3, 1, 2, 3, 7, false, false},    {0, 5, 2, 3, 4, 5, false, false},
    {3, 0, 2, 3, 4, 5, false, false},    {3, 7, 5, 17, 9, 13, true, false},   {40, 20, 1, 50, 50, 20, false, true},
    {1, 300, 2, 11, 13, 5, false, true}, {3, 300, 3, 33, 7, 9, true, false},  {40, 7, 13, 5, 31, 3, true, true},
    {3, 70, 29, 8, 16, 1, true, true},   {40, 1, 3, 9, 7, 35, false, true},   {1, 20, 1, 50, 50, 20, false, false},
    {40, 70, 1, 7, 5, 3, true, false},   {2000, 2, 1, 3, 5, 2, false, false}, {3, 40, 2, 60, 57, 5, true, true},
};

template <class T>
std::vector<double> numbers(const Matrix<T>& m) {
  return {m.data.begin(), m.data.end()};
}

/// How often a case is passed over, and whether these passes share what they can.
struct Passes {
  int count = 1;
  bool shared = false;
};

/// Forward and adjoint of one case in the run's context. The results: the layers' gradients (weight, bias), d_x where
/// wanted, the encoding. drawn: what gradients are added to is, else 0.
template <class T>
void encode(alfi_test::Run<T>& run, const EncoderProblem<double>& problem, bool d_x_wanted, bool drawn = true,
            const Passes& passes = {}) {
  const auto added_to = [&](Index rows, Index cols) {
    return drawn ? run.accumulated(rows, cols) : run.zeros(rows, cols);
  };
  const auto given = [&](const Matrix<double>& m) { return run.given(m.rows, m.cols, numbers(m)); };
  kernels::SetPool pool;
  pool.sets = problem.pool.sets;
  pool.n_max = problem.pool.n_max;
  pool.counts = run.template data<std::int32_t>(problem.pool.counts);
  pool.status = run.template data<std::uint8_t>(problem.pool.status);
  kernels::EncoderWeights<T> weights;
  kernels::EncoderGradients<T> gradients;
  weights.last = problem.encoder.last;
  for (int l = 0; l < 3; ++l) {
    const Layer<double>& layer = problem.encoder.layer[l];
    weights.layer[l] = {given(layer.weight), given(layer.bias).flat()};
    gradients.layer[l] = {added_to(layer.weight.rows, layer.weight.cols), added_to(1, layer.bias.cols).flat()};
  }
  const auto x = given(problem.x), d_encoding = given(problem.d_encoding);
  const auto d_x = d_x_wanted ? added_to(x.rows, x.cols) : alfi::MatView<T>{};
  const auto encoding = run.output(pool.sets, problem.d_encoding.cols);
  const auto memory = [&](Index size) {
    return run.given(1, size, std::vector<double>(static_cast<std::size_t>(size), -77)).flat();
  };
  if (passes.shared) {
    const kernels::EncoderPasses largest{pool.sets, pool.n_max};
    weights.prepared = kernels::prepare_encoder<T>(
        run.context(), largest, weights, memory(kernels::prepared_encoder_size<T>(run.context(), largest, weights)));
  }
  std::vector<alfi::VecView<T>> saved;
  for (int pass = 0; pass < passes.count; ++pass) {
    saved.push_back(memory(kernels::set_encoder_saved_size<T>(run.context(), pool, weights)));
    kernels::set_encoder<T>(run.context(), x, pool, weights, saved.back(), encoding);
  }
  for (const alfi::VecView<T>& kept : saved) {
    kernels::set_encoder_adjoint<T>(run.context(), x, pool, weights, kept, d_encoding, d_x, gradients);
  }
  if (passes.shared) kernels::finish_encoder_adjoint<T>(run.context(), weights, gradients);
}

/// The largest sum of the magnitudes of a result's terms, and that of a row's.
struct Magnitudes {
  double result = 1, row = 0;
};
Magnitudes magnitudes(const EncoderProblem<double>& problem) {
  const Encoder<double> bound = bound_weights(problem.encoder);
  const Matrix<double> x = magnitude(problem.x), sums = set_encoder(x, problem.pool, bound);
  Magnitudes largest;
  for (const double sum : sums.data) largest.row = std::max(largest.row, sum * static_cast<double>(problem.pool.n_max));
  Matrix<double> d_x(x.rows, x.cols);
  Encoder<double> d = problem.encoder.like();
  set_encoder_adjoint(x, problem.pool, bound, magnitude(problem.d_encoding), d_x, d, true);
  const auto see = [&](const Matrix<double>& m) {
    for (const double value : m.data) largest.result = std::max(largest.result, value);
  };
  see(sums), see(d_x);
  for (const Layer<double>& layer : d.layer) see(layer.weight), see(layer.bias);
  return largest;
}

/// Both sides' first two layers are exact (dyadic, also with 11 bits), so that ReLUs decide alike. Sums of n terms are
/// off by n eps / 2 times the sum of magnitudes on each side: rows and widths, tanh's 4 ulp and a few roundings. A
/// product of split factors adds 2^-21 = 4 eps, one of rounded factors 2^-10 = 8192 eps, at up to three products on the
/// way to a result. Through 1 - y^2 the error of y, relative to a row's sum, enters twice over.
/// In float factors are split unless they are rounded, or the layers too wide for a chain.
template <class T>
alfi_test::Tolerance tolerance(const EncoderCase& c, const EncoderProblem<double>& problem, ProductPrecision products) {
  const double product = sizeof(T) == sizeof(double) ? 0 : products == ProductPrecision::tf32 ? 8192 : 4;
  const double terms = static_cast<double>(c.hidden1 + c.hidden2 + c.outputs + c.sets * c.n_max + 16);
  const Magnitudes largest = magnitudes(problem);
  const double bent = problem.encoder.last == Activation::tanh ? largest.row : 0;
  return {terms + 3 * product + 2 * (static_cast<double>(c.hidden2 + 10) + product) * bent, largest.result};
}

template <class T>
void compare(const EncoderProblem<double>& problem, const alfi_test::Tolerance& tolerance, bool d_x_wanted,
             ProductPrecision products) {
  alfi_test::compare_backends<T>(
      tolerance, [&](alfi_test::Run<T>& run) { encode(run, problem, d_x_wanted); }, products);
}
template <class T>
void compare(const EncoderCase& c, Activation last, bool d_x_wanted, ProductPrecision products) {
  CAPTURE(c.sets);
  CAPTURE(c.n_max);
  CAPTURE(c.inputs);
  CAPTURE(static_cast<int>(last));
  const EncoderProblem<double> problem(c, last);
  compare<T>(problem, tolerance<T>(c, problem, products), d_x_wanted, products);
}

#if !defined(ALFI_TEST_DEVICE)
/// Devices opened meanwhile have that much shared memory for a block.
struct SharedLimit {
  explicit SharedLimit(std::size_t bytes) { alfi_test::emulated_machine().shared_limit = bytes; }
  ~SharedLimit() { alfi_test::emulated_machine().shared_limit = before; }
  std::size_t before = alfi_test::emulated_machine().shared_limit;
};
#endif

}  // namespace

TEST_CASE_TEMPLATE("set_encoder: the GPU computes what the CPU does", T, float, double) {
  for (const EncoderCase& c : kCases) {
    for (const Activation last : {Activation::tanh, Activation::none}) {
      compare<T>(c, last, c.inputs > 1, ProductPrecision::full);
    }
  }
}

TEST_CASE("set_encoder: the GPU's tensor cores compute what the CPU does") {
  for (const EncoderCase& c : kCases) {
    if (c.sets * c.n_max > 800) continue;
    compare<float>(c, Activation::tanh, true, ProductPrecision::tf32x3);
    compare<float>(c, Activation::none, false, ProductPrecision::tf32);
  }
}

#if !defined(ALFI_TEST_DEVICE)
TEST_CASE("set_encoder: a GPU's little shared memory means smaller tiles, then weights that are read where they lie") {
  const EncoderCase cases[] = {{5, 70, 2, 40, 40, 24, true, true}, {40, 7, 3, 39, 41, 23, true, false}};
  for (const std::size_t limit : {64 * 1024, 36 * 1024, 17 * 1024}) {
    const SharedLimit little(limit);
    CAPTURE(limit);
    for (const EncoderCase& c : cases) {
      compare<float>(c, Activation::tanh, true, ProductPrecision::full);
      if (limit > 17 * 1024) compare<double>(c, Activation::none, true, ProductPrecision::full);
      compare<float>(c, Activation::tanh, true, ProductPrecision::tf32x3);
    }
  }
  const SharedLimit none(1024);
  const alfi::Context gpu(alfi::Backend::cuda);
  alfi_test::Run<float> run(gpu);
  CHECK_THROWS_AS(encode(run, EncoderProblem<double>(cases[0], Activation::tanh), false), alfi::DeviceError);
}
#endif

namespace {

/// What encode() gives on the GPU, gradients from 0.
std::vector<std::vector<float>> on_gpu(const EncoderProblem<double>& problem, ProductPrecision products,
                                       const Passes& passes = {}) {
  const alfi::Context gpu(alfi::Backend::cuda, products);
  return alfi_test::results_on<float>(gpu,
                                      [&](alfi_test::Run<float>& run) { encode(run, problem, true, false, passes); });
}
std::vector<float> times(std::vector<float> values, double factor) {
  for (float& value : values) value = static_cast<float>(value * factor);
  return values;
}
void scale(Matrix<double>& m, double factor) {
  for (double& value : m.data) value *= factor;
}
constexpr ProductPrecision kTensorCores[] = {ProductPrecision::full, ProductPrecision::tf32};

}  // namespace

// Tensor cores multiply halves, which reach from 6e-8 to 65504.
TEST_CASE("set_encoder: the GPU's results scale with what is given, to the bit") {
  for (const EncoderCase& c : {EncoderCase{3, 20, 1, 50, 50, 20, false, true}, {5, 7, 13, 31, 32, 30, true, false}}) {
    for (const ProductPrecision products : kTensorCores) {
      for (const Activation last : {Activation::tanh, Activation::none}) {
        const EncoderProblem<double> problem(c, last);
        const auto base = on_gpu(problem, products);
        REQUIRE(base.size() == 8);
        for (const double factor : {0x1p-60, 0x1p-20, 0x1p40}) {
          CAPTURE(factor);
          EncoderProblem<double> tiny = problem;
          scale(tiny.d_encoding, factor);
          const auto got = on_gpu(tiny, products);
          for (std::size_t a = 0; a < 7; ++a) CHECK(got[a] == times(base[a], factor));
          CHECK(got[7] == base[7]);
        }
        if (last == Activation::tanh) continue;
        for (const double factor : {0x1p-12, 0x1p30}) {
          CAPTURE(factor);
          EncoderProblem<double> large = problem;
          scale(large.x, factor);
          for (Layer<double>& layer : large.encoder.layer) scale(layer.bias, factor);
          const auto got = on_gpu(large, products);
          for (const std::size_t a : {0, 2, 4, 7}) CHECK(got[a] == times(base[a], factor));
          for (const std::size_t a : {1, 3, 5, 6}) CHECK(got[a] == base[a]);
        }
      }
    }
  }
}

TEST_CASE("set_encoder: no set's encoding on a GPU depends on the others, gradients of nothing are 0") {
  const EncoderCase c{7, 20, 1, 50, 50, 20, false, false};
  for (const ProductPrecision products : kTensorCores) {
    EncoderProblem<double> problem(c, Activation::tanh);
    const auto base = on_gpu(problem, products).back();
    for (const double other : {1e4, -3e9, 1e30, std::numeric_limits<double>::quiet_NaN()}) {
      CAPTURE(other);
      EncoderProblem<double> changed = problem;
      changed.x(5, 0) = other;
      const auto got = on_gpu(changed, products).back();
      for (std::size_t i = 0; i < got.size(); ++i) {
        if (i >= 20) CHECK(got[i] == base[i]);
        if (i < 20) CHECK(std::isnan(got[i]) == std::isnan(other));
      }
    }
    scale(problem.d_encoding, 0);
    const auto got = on_gpu(problem, products);
    for (std::size_t a = 0; a < 7; ++a) CHECK(got[a] == std::vector<float>(got[a].size()));
  }
}

TEST_CASE("set_encoder: passes on a GPU that share the weights' form give the bits of those that do not") {
  for (const EncoderCase& c : kCases) {
    if (c.sets * c.n_max > 800) continue;
    CAPTURE(c.sets);
    CAPTURE(c.inputs);
    for (const ProductPrecision products : kTensorCores) {
      for (const Activation last : {Activation::tanh, Activation::none}) {
        const EncoderProblem<double> problem(c, last);
        CHECK(on_gpu(problem, products, {2, true}) == on_gpu(problem, products, {2, false}));
      }
    }
  }
}

// An input among others that is 1000 times theirs costs none of their part in the gradients.
TEST_CASE("set_encoder: one large input leaves the GPU's gradients as exact") {
  const EncoderCase c{7, 20, 2, 33, 20, 12, false, false};
  EncoderProblem<double> problem(c, Activation::none);
  problem.x(5, 1) = 4096;
  compare<float>(problem, tolerance<float>(c, problem, ProductPrecision::tf32x3), true, ProductPrecision::tf32x3);
}

namespace {

/// As many rows as are encoded by pieces, where there is one input. Numbers are not dyadic, so that ReLUs close
/// anywhere.
EncoderProblem<double> many_rows(const EncoderCase& c, Activation last, double reach = 3) {
  EncoderProblem<double> problem(c, last);
  std::mt19937_64 bits(11);
  const auto draw = [&](Matrix<double>& m, double size) {
    std::uniform_real_distribution<double> uniform(-size, size);
    for (double& value : m.data) value = std::isnan(value) ? value : static_cast<float>(uniform(bits));
  };
  draw(problem.x, reach);
  for (Layer<double>& layer : problem.encoder.layer) {
    draw(layer.weight, 2 / std::sqrt(static_cast<double>(layer.weight.cols)));
    draw(layer.bias, 1);
  }
  draw(problem.d_encoding, 1);
  return problem;
}

/// Their weights in the run's context.
kernels::EncoderWeights<float> weights_of(alfi_test::Run<float>& run, const Encoder<double>& encoder) {
  kernels::EncoderWeights<float> weights;
  weights.last = encoder.last;
  for (int l = 0; l < 3; ++l) {
    const Layer<double>& layer = encoder.layer[l];
    weights.layer[l] = {run.given(layer.weight.rows, layer.weight.cols, numbers(layer.weight)),
                        run.given(1, layer.bias.cols, numbers(layer.bias)).flat()};
  }
  return weights;
}

/// How many pieces they have; 0 where they are not encoded by pieces.
int pieces_of(const EncoderProblem<double>& problem) {
  const alfi::Context gpu(alfi::Backend::cuda);
  kernels::PieceTable at;
  bool used = false;
  const auto tables = alfi_test::results_on<float>(gpu, [&](alfi_test::Run<float>& run) {
    const auto weights = weights_of(run, problem.encoder);
    const auto layout = kernels::EncoderLayout::of(weights);
    used = kernels::plan_encoder<float>(gpu, problem.pool.sets, problem.pool.n_max, layout, false).pieces;
    at = kernels::PieceTable::of(layout);
    kernels::cuda::run_blocks(*gpu.device(), kernels::FindPieces{at, weights, run.output(1, at.size).data});
  });
  int count = 0;
  for (int p = 0; p < at.firsts(); ++p) count += at.counts(tables[0].data())[p];
  return used ? count : 0;
}

/// The largest error of each array, over the largest number of the array in double.
std::vector<double> errors(const std::vector<std::vector<float>>& got, const std::vector<std::vector<double>>& exact) {
  std::vector<double> all;
  for (std::size_t a = 0; a < exact.size(); ++a) {
    double worst = 0, largest = 0;
    for (std::size_t i = 0; i < exact[a].size(); ++i) {
      const double error = std::fabs(got[a][i] - exact[a][i]);
      if (!(error <= worst)) worst = error;
      largest = std::fmax(largest, std::fabs(exact[a][i]));
    }
    all.push_back(largest > 0 ? worst / largest : worst);
  }
  return all;
}

/// No result may be wrong by more than 4 times what the CPU's floats are, or a few roundings, of a pass alone and of
/// two that share the pieces.
void check_as_exact_as_cpu(const EncoderProblem<double>& problem, bool d_x_wanted = false) {
  REQUIRE(pieces_of(problem) > 0);
  for (const Passes& passes : {Passes{1, false}, Passes{2, true}}) {
    CAPTURE(passes.count);
    const auto body = [&](auto& run) { encode(run, problem, d_x_wanted, false, passes); };
    const auto exact = alfi_test::results_on<double>(alfi::Context(), body);
    const auto cpu = errors(alfi_test::results_on<float>(alfi::Context(), body), exact);
    const auto gpu = errors(alfi_test::results_on<float>(alfi::Context(alfi::Backend::cuda), body), exact);
    for (std::size_t a = 0; a < exact.size(); ++a) {
      CAPTURE(a);
      CAPTURE(cpu[a]);
      CAPTURE(gpu[a]);
      CHECK(gpu[a] <= 4 * cpu[a] + 1e-6);
    }
  }
}

}  // namespace

// By pieces: sets of a published size, of one row, in chunks; counts and rows that are not valid.
TEST_CASE("set_encoder: many rows of one input are as exact on the GPU as on the CPU") {
  const EncoderCase cases[] = {
      {6600, 20, 1, 50, 50, 20, false, true}, {132000, 1, 1, 3, 5, 7, false, false},
      {330, 400, 1, 17, 9, 13, true, true},   {3400, 39, 1, 64, 64, 64, true, false},
      {6600, 20, 1, 1, 1, 1, false, false},
  };
  for (const EncoderCase& c : cases) {
    for (const Activation last : {Activation::tanh, Activation::none}) {
      CAPTURE(c.sets);
      CAPTURE(c.hidden1);
      CAPTURE(static_cast<int>(last));
      check_as_exact_as_cpu(many_rows(c, last));
    }
  }
}

TEST_CASE("set_encoder: many rows of one input give the GPU the same bits however its lanes are ordered") {
  const EncoderCase c{6600, 20, 1, 7, 6, 5, true, true};
  for (const Activation last : {Activation::tanh, Activation::none}) {
    const EncoderProblem<double> problem = many_rows(c, last);
    compare<float>(problem, tolerance<float>(c, problem, ProductPrecision::full), false, ProductPrecision::full);
  }
}

// Where the inputs' gradient is wanted the adjoint goes by the layers, and leaves the shared sums alone.
TEST_CASE("set_encoder: many rows of one input have their own gradient on the GPU as exactly as on the CPU") {
  check_as_exact_as_cpu(many_rows({6600, 20, 1, 17, 9, 7, false, true}, Activation::tanh), true);
}

// A tanh is wrong by 2^-11 of itself, its slope by 2^-10; errors of terms of either sign add up as the terms do.
TEST_CASE("set_encoder: many rows of one input on a GPU are as exact in tf32 as its factors") {
  const EncoderProblem<double> problem = many_rows({6600, 20, 1, 50, 50, 20, false, true}, Activation::tanh);
  REQUIRE(pieces_of(problem) > 0);
  const auto body = [&](auto& run) { encode(run, problem, false, false); };
  const auto exact = alfi_test::results_on<double>(alfi::Context(), body);
  const alfi::Context gpu(alfi::Backend::cuda, ProductPrecision::tf32);
  const auto wrong = errors(alfi_test::results_on<float>(gpu, body), exact);
  for (std::size_t a = 0; a < exact.size(); ++a) {
    CAPTURE(a);
    CHECK(wrong[a] <= (a + 1 == exact.size() ? 0x1p-10 : 0x1p-7));
    CHECK(wrong[a] >= 0x1p-20);  // float's would be less
  }
}

// More pieces than a block takes at once, or than have room in its shared memory.
TEST_CASE("set_encoder: pieces on the GPU that are many, rows that are all in one, bends that meet") {
  const EncoderCase c{6600, 20, 1, 60, 60, 8, false, false};
  EncoderProblem<double> problem = many_rows(c, Activation::tanh, 1);
  // A saw for each of the second layer's units, around 0.
  const double tooth = 1.0 / 30, slope = 8;
  for (Index j = 0; j < c.hidden2; ++j) {
    problem.encoder.layer[1].bias(0, j) = -slope * tooth * (0.25 + static_cast<double>(j) / 128);
    for (Index i = 0; i < c.hidden1; ++i) {
      problem.encoder.layer[0].weight(i, 0) = 1;
      problem.encoder.layer[0].bias(0, i) = 1 - tooth * static_cast<double>(i);
      problem.encoder.layer[1].weight(j, i) = i == 0 ? slope : i % 2 == 0 ? 2 * slope : -2 * slope;
    }
  }
  SUBCASE("many") { CHECK(pieces_of(problem) > 3000); }
  SUBCASE("all in one") {
    for (double& x : problem.x.data) x = 0.2503f;
  }
  SUBCASE("far away") {
    for (double& x : problem.x.data) x *= 100;
  }
  SUBCASE("bends that meet") {
    for (Index i = 0; i < c.hidden1; ++i) problem.encoder.layer[0].bias(0, i) = 0.25 * static_cast<double>(i % 3);
    for (Index i = 0; i < c.hidden1; i += 4) problem.encoder.layer[0].weight(i, 0) = 0;
  }
  check_as_exact_as_cpu(problem);
}

// Where a ReLU is given 0 its gradient is 0, whichever side of it the numbers next to that are.
TEST_CASE("set_encoder: many rows of one input on the GPU that lie where ReLUs begin") {
  const EncoderCase c{13200, 10, 1, 9, 6, 5, false, false};
  for (const Activation last : {Activation::tanh, Activation::none}) {
    const EncoderProblem<double> problem(c, last);  // dyadic numbers
    check_as_exact_as_cpu(problem);
  }
}

TEST_CASE("set_encoder: among many rows of one input on the GPU, those that are not finite spoil their own set alone") {
  const EncoderCase c{6600, 20, 1, 20, 20, 6, false, false};
  EncoderProblem<double> problem = many_rows(c, Activation::tanh);
  const auto base = on_gpu(problem, ProductPrecision::full).back();
  problem.x(5, 0) = std::numeric_limits<double>::quiet_NaN();
  problem.x(25, 0) = 1e30;
  const auto got = on_gpu(problem, ProductPrecision::full).back();
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (i < 6) CHECK(std::isnan(got[i]));
    if (i >= 6 && i < 12) CHECK(std::fabs(got[i]) <= 1);
    if (i >= 12) CHECK(got[i] == base[i]);
  }
  problem.encoder.layer[1].weight(3, 2) = std::numeric_limits<double>::quiet_NaN();
  const auto spoilt = on_gpu(problem, ProductPrecision::full).back();
  CHECK(std::isnan(spoilt[100]));
}

TEST_CASE("set_encoder: the split of the work") {
  for (const Index sets : {1, 3, 40, 500, 3000, 81920}) {
    for (const Index n_max : {1, 7, 20, 63, 64, 65, 1000}) {
      const kernels::SetPlan plan = kernels::SetPlan::of(sets, n_max);
      CAPTURE(sets);
      CAPTURE(n_max);
      CHECK(plan.chunks * plan.chunk_rows >= n_max);
      CHECK((plan.chunks - 1) * plan.chunk_rows < n_max);  // none is empty
      CHECK(plan.blocks() <= 264);
      CHECK(plan.blocks() * plan.per_block >= plan.segments());
      if (sets * n_max >= 132 * 128) CHECK(plan.blocks() >= 132);
    }
  }
}
