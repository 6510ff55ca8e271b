#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "alfi/core/error.hpp"
#include "alfi/simulators/catalogue.hpp"
#include "alfi/simulators/functor.cuh"
#include "alfi/simulators/poisson.hpp"
#include "emulated/gpu.hpp"
#include "support/simulated.hpp"

/// Simulators on a GPU: the samples, and the fused way from draws to encodings, against the steps one by one.

namespace kernels = alfi::kernels;
using alfi::Context;
using alfi::Index;
using alfi::ProductPrecision;
using alfi_test::Run;

namespace {

/// Normal(theta, 1), of which about three in ten fail.
struct Unreliable {
  struct Prepared {
    float theta;
  };
  ALFI_HD Prepared prepare(const float* theta) const { return {theta[0]}; }
  ALFI_HD alfi::Status operator()(const Prepared& p, alfi::Stream& random, float* x) const {
    x[0] = x[1] = p.theta + random.normal();
    return random.uniform() < 0.3f ? alfi::Status::failed : alfi::Status::ok;
  }
};

/// The same, but three in ten have an entry that is no number.
struct Unfinished {
  struct Prepared {
    float theta;
  };
  ALFI_HD Prepared prepare(const float* theta) const { return {theta[0]}; }
  ALFI_HD alfi::Status operator()(const Prepared& p, alfi::Stream& random, float* x) const {
    x[0] = p.theta + random.normal();
    x[1] = random.uniform() < 0.3f ? std::numeric_limits<float>::quiet_NaN() : x[0];
    return alfi::Status::ok;
  }
};

alfi::SimulatorInfo pair_info() {
  alfi::SimulatorInfo info;
  info.name = "pair";
  info.parameters = {{"theta", "", "", alfi::Prior::normal(0, 1)}};
  info.observation.names = {"a", "b"};
  info.observation.units = {"", ""};
  return info;
}

std::vector<alfi::Simulator> all_simulators() {
  std::vector<alfi::Simulator> all;
  for (const std::string& name : alfi::builtin_simulators()) all.push_back(alfi::make_builtin_simulator(name));
  all.push_back(alfi::make_simulator_gpu(pair_info(), Unreliable{}));
  all.push_back(alfi::make_simulator_gpu(pair_info(), Unfinished{}));
  return all;
}

struct Size {
  Index problems, proposals, observations;
  std::vector<std::int32_t> counts;
};
const Size kSizes[] = {{0, 3, 5, {}}, {2, 3, 0, {}}, {3, 4, 20, {}}, {2, 1, 70, {}}, {3, 2, 7, {0, 7, 3}}};

/// A request in the run's context, theta from the prior.
alfi::SimulateRequest request_of(Run<float>& run, const alfi::Simulator& simulator, const Size& size) {
  std::vector<double> theta;
  alfi::Stream random(alfi::step_key(1, alfi::Purpose::prior, 0), {});
  for (Index i = 0; i < size.problems * size.proposals; ++i) {
    for (const double x : alfi_test::prior_draw(simulator, random)) theta.push_back(x);
  }
  alfi::SimulateRequest request;
  request.problems = size.problems, request.proposals = size.proposals, request.observations = size.observations;
  request.theta = run.given(size.problems * size.proposals, simulator.parameters(), theta);
  request.counts = run.data<std::int32_t>(size.counts);
  request.key = alfi::step_key(5, alfi::Purpose::simulated, 3);
  request.first_problem = 11;
  request.iteration = 2;
  return request;
}

struct Samples {
  std::vector<float> x;
  std::vector<std::uint8_t> status;
};
Samples simulate(const Context& context, const alfi::Simulator& simulator, const Size& size) {
  Run<float> run(context);
  alfi::SimulateRequest request = request_of(run, simulator, size);
  const Index calls = size.problems * size.proposals * size.observations;
  Samples samples{std::vector<float>(static_cast<std::size_t>(calls * simulator.size()), -77.0f),
                  std::vector<std::uint8_t>(static_cast<std::size_t>(calls), 99)};
  alfi::Buffer<float> x(context, calls * simulator.size());
  alfi::Buffer<std::uint8_t> status(context, calls);
  x.copy_in(samples.x.data()), status.copy_in(samples.status.data());
  request.out = x.matrix(calls, simulator.size());
  request.status = status.view();
  simulator.simulate(context, request);
  x.copy_out(samples.x.data()), status.copy_out(samples.status.data());
  return samples;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

/// Encoder and features, alike in every run.
struct Encoding {
  kernels::EncoderWeights<float> weights;
  kernels::EncoderGradients<float> gradients;
  kernels::FeatureScale<float> scale;
  alfi::MatView<float> encoding, d_encoding;

  Encoding(Run<float>& run, const alfi::Simulator& simulator, const Size& size, kernels::Activation last)
      : scale{run.input(size.problems, simulator.size(), -1, 1), run.input(size.problems, simulator.size(), 1, 2),
              last == kernels::Activation::tanh} {
    const Index width[4] = {simulator.size(), 17, 13, 5};
    weights.last = last;
    for (int l = 0; l < 3; ++l) {
      weights.layer[l] = {run.input(width[l + 1], width[l], -1, 1), run.input(1, width[l + 1], -1, 1).flat()};
      gradients.layer[l] = {run.accumulated(width[l + 1], width[l]), run.accumulated(1, width[l + 1]).flat()};
    }
    d_encoding = run.input(size.problems * size.proposals, width[3], -1, 1);
    encoding = run.output(size.problems * size.proposals, width[3]);
  }
};

std::vector<std::vector<float>> fused(const Context& context, const alfi::Simulator& simulator, const Size& size,
                                      kernels::Activation last, std::vector<std::int32_t>& valid) {
  Run<float> run(context);
  const Encoding e(run, simulator, size, last);
  alfi::EncodeRequest request{request_of(run, simulator, size), e.scale, e.weights, {}, e.encoding, {}};
  const Index sets = size.problems * size.proposals;
  alfi::Buffer<std::int32_t> counted(context, sets);
  alfi::Buffer<float> saved(context,
                            alfi::Simulator::encode_saved_size(context, sets, size.observations, request.encoder));
  request.valid = counted.view(), request.saved = saved.view();
  simulator.encode(context, request);
  simulator.encode_adjoint(context, {request, e.d_encoding, e.gradients});
  valid.assign(static_cast<std::size_t>(sets), -1);
  counted.copy_out(valid.data());
  return run.results();
}

/// Status 1 where it is not 0, where an entry is not finite, and where no observation was made.
std::vector<std::uint8_t> mask_of(const Samples& samples, Index columns) {
  std::vector<std::uint8_t> mask;
  for (std::size_t i = 0; i < samples.status.size(); ++i) {
    bool ok = samples.status[i] == 0;
    for (std::size_t d = 0; d < static_cast<std::size_t>(columns); ++d) {
      ok = ok && std::isfinite(samples.x[i * static_cast<std::size_t>(columns) + d]);
    }
    mask.push_back(ok ? 0 : 1);
  }
  return mask;
}

std::vector<std::vector<float>> in_steps(const Context& context, const alfi::Simulator& simulator, const Size& size,
                                         kernels::Activation last, std::vector<std::int32_t>& valid) {
  const Samples samples = simulate(context, simulator, size);
  const std::vector<std::uint8_t> mask = mask_of(samples, simulator.size());
  Run<float> run(context);
  const Encoding e(run, simulator, size, last);
  const Index sets = size.problems * size.proposals, calls = sets * size.observations;
  valid.assign(static_cast<std::size_t>(sets), 0);
  for (Index i = 0; i < calls; ++i) {
    valid[static_cast<std::size_t>(i / size.observations)] += mask[static_cast<std::size_t>(i)] == 0;
  }
  const alfi::MatView<const float> x{run.data<float>(samples.x).data, calls, simulator.size()};
  const kernels::SetPool pool{sets, size.observations, {}, run.data<std::uint8_t>(mask)};
  alfi::Buffer<float> features(context, calls * simulator.size());
  const alfi::MatView<float> f = features.matrix(calls, simulator.size());
  kernels::observation_features<float>(context, x, e.scale, pool.status, size.observations, {}, f);
  alfi::Buffer<float> saved(context, kernels::set_encoder_saved_size<float>(context, pool, e.weights));
  kernels::set_encoder<float>(context, f, pool, e.weights, saved.view(), e.encoding);
  kernels::set_encoder_adjoint<float>(context, f, pool, e.weights, saved.view(), e.d_encoding, {}, e.gradients);
  return run.results();
}

}  // namespace

TEST_CASE("simulators: a GPU's samples are a CPU's") {
  const Context cpu, gpu(alfi::Backend::cuda);
  for (const alfi::Simulator& simulator : all_simulators()) {
    CAPTURE(simulator.info().name);
    CHECK(simulator.offers_gpu());
    for (const Size& size : kSizes) {
      const Samples wanted = simulate(cpu, simulator, size), got = simulate(gpu, simulator, size);
      CHECK(got.status == wanted.status);
      CHECK(same_bits(got.x, wanted.x));  // the same words, functions and compiler
    }
  }
}

// 335 000 calls: blocks of 256, of which every proposal has a part of one or of two.
TEST_CASE("simulators: what is drawn on the GPU in turns, a block's lanes side by side, is what is drawn one by one") {
  const Context cpu, gpu(alfi::Backend::cuda);
  const alfi::Simulator poisson = alfi::make_builtin_simulator("poisson");
  Size size{1000, 5, 67, {}};
  for (Index b = 0; b < size.problems; ++b) size.counts.push_back(static_cast<std::int32_t>(b % 3 == 0 ? b % 68 : 67));
  const Samples wanted = simulate(cpu, poisson, size);
  for (const int lanes : {0, 1, 3, 33}) {
    CAPTURE(lanes);
    alfi_test::emulation() = {lanes, lanes == 33 ? alfi_test::LaneOrder::shuffled : alfi_test::LaneOrder::forward};
    const Samples got = simulate(gpu, poisson, size);
    CHECK(got.status == wanted.status);
    CHECK(same_bits(got.x, wanted.x));
  }
  alfi_test::emulation() = {};

  Run<float> run(gpu);
  alfi::FeaturesRequest request;
  request.simulate = request_of(run, poisson, size);
  request.scale = {run.input(size.problems, 1, 90, 110), run.input(size.problems, 1, 90, 110), true};
  const Index calls = size.problems * size.proposals * size.observations;
  request.x = run.output(calls, 1);
  alfi::Buffer<std::uint8_t> status(gpu, calls);
  request.status = status.view();
  const alfi::PoissonSimulator functor;
  alfi::FunctorOnGpu<alfi::PoissonSimulator>::draw_features(&functor, gpu, request);
  std::vector<std::uint8_t> got(static_cast<std::size_t>(calls));
  status.copy_out(got.data());
  const std::vector<std::uint8_t> mask = mask_of(wanted, 1);
  CHECK(got == mask);
  const alfi::MatView<const float> x{run.data<float>(wanted.x).data, calls, 1};
  kernels::observation_features<float>(gpu, x, request.scale, run.data<std::uint8_t>(mask),
                                       size.proposals * size.observations, {}, run.output(calls, 1));
  const auto results = run.results();
  CHECK(same_bits(results[0], results[1]));
}

TEST_CASE("simulators: encoding on the fly on the GPU is encoding what was simulated") {
  const Context gpu(alfi::Backend::cuda);
  for (const alfi::Simulator& simulator : all_simulators()) {
    CAPTURE(simulator.info().name);
    for (const Size& size : kSizes) {
      for (const kernels::Activation last : {kernels::Activation::tanh, kernels::Activation::none}) {
        std::vector<std::int32_t> valid, wanted_valid;
        const auto wanted = in_steps(gpu, simulator, size, last, wanted_valid);
        for (const alfi_test::Emulation& how : alfi_test::emulations(true)) {
          alfi_test::emulation() = how;
          CHECK(fused(gpu, simulator, size, last, valid) == wanted);  // the same sums in the same order
          CHECK(valid == wanted_valid);
        }
        alfi_test::emulation() = {};
      }
    }
  }
}

TEST_CASE("simulators: encoding on the fly on the GPU's tensor cores, or where weights do not fit into shared memory") {
  const alfi::Simulator simulator = alfi::make_simulator_gpu(pair_info(), Unreliable{});
  const std::size_t limit = alfi_test::emulated_machine().shared_limit;
  for (const ProductPrecision products : {ProductPrecision::tf32, ProductPrecision::tf32x3}) {
    std::vector<std::int32_t> valid, wanted_valid;
    const Context gpu(alfi::Backend::cuda, products), full(alfi::Backend::cuda);
    const Context same = products == ProductPrecision::tf32 ? gpu : full;  // three parts: computed in full
    CHECK(fused(gpu, simulator, kSizes[2], kernels::Activation::tanh, valid) ==
          in_steps(same, simulator, kSizes[2], kernels::Activation::tanh, wanted_valid));
    CHECK(valid == wanted_valid);
  }
  std::vector<std::int32_t> valid, wanted_valid;
  const auto wanted =
      in_steps(Context(alfi::Backend::cuda), simulator, kSizes[2], kernels::Activation::tanh, wanted_valid);
  alfi_test::emulated_machine().shared_limit = 4100;
  const Context little(alfi::Backend::cuda);
  alfi_test::emulated_machine().shared_limit = limit;
  const auto got = fused(little, simulator, kSizes[2], kernels::Activation::tanh, valid);
  REQUIRE(got.size() == wanted.size());
  // Smaller tiles add up weight gradients differently: 240 terms, each below 10.
  for (std::size_t a = 0; a < got.size(); ++a) {
    for (std::size_t i = 0; i < got[a].size(); ++i) CHECK(std::fabs(got[a][i] - wanted[a][i]) <= 240 * 240 * 10 * 6e-8);
  }
  CHECK(valid == wanted_valid);
}

TEST_CASE("simulators: what is not offered or does not fit is refused") {
  const Context cpu, gpu(alfi::Backend::cuda);
  const alfi::Simulator plain = alfi::make_simulator(pair_info(), Unreliable{});
  CHECK_FALSE(plain.offers_gpu());
  CHECK_THROWS_AS(simulate(gpu, plain, kSizes[2]), alfi::NotAvailableError);
  std::vector<std::int32_t> valid;
  const alfi::Simulator simulator = alfi::make_simulator_gpu(pair_info(), Unreliable{});
  CHECK_THROWS_AS(fused(cpu, simulator, kSizes[2], kernels::Activation::tanh, valid), alfi::NotAvailableError);
  Run<float> run(gpu);
  const Encoding e(run, simulator, kSizes[2], kernels::Activation::tanh);
  alfi::EncodeRequest request{request_of(run, simulator, kSizes[2]), e.scale, e.weights, {}, e.encoding, {}};
  CHECK_THROWS_AS(simulator.encode(gpu, request), alfi::ShapeError);  // nothing to save in
}
