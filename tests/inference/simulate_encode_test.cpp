#include "alfi/inference/simulate_encode.hpp"

#include <doctest/doctest.h>

#include "alfi/core/buffer.hpp"
#include "alfi/simulators/catalogue.hpp"
#include "emulated/gpu.hpp"

namespace ad = alfi::autodiff;
namespace kernels = alfi::kernels;
using alfi::Index;
using alfi_test::Run;

namespace {

constexpr Index kWidths[4] = {1, 7, 5, 1};

/// One set of 30 gaussian draws, and an encoder of one output.
struct Problem {
  alfi::SimulateRequest request;
  kernels::FeatureScale<float> scale;
  alfi::MatView<float> weight[3], bias[3];

  explicit Problem(Run<float>& run) : scale{run.given(1, 1, {0.5}), run.given(1, 1, {2}), true} {
    request.problems = 1, request.observations = 30;
    request.theta = run.given(1, 2, {1, 0});
    request.key = alfi::step_key(3, alfi::Purpose::simulated, 1);
    for (int l = 0; l < 3; ++l) {
      weight[l] = run.input(kWidths[l + 1], kWidths[l], -1, 1);
      bias[l] = run.input(1, kWidths[l + 1], -1, 1);
    }
  }
};

}  // namespace

TEST_CASE("simulate_encode: value and gradient are the kernels'") {
  const alfi::Context gpu(alfi::Backend::cuda);
  const alfi::Simulator simulator = alfi::make_builtin_simulator("gaussian");

  Run<float> taped(gpu);
  const Problem problem(taped);
  ad::Tape<float> tape(gpu);
  ad::Encoder<float> encoder;
  for (int l = 0; l < 3; ++l) {
    encoder.layer[l] = {tape.leaf(problem.weight[l], taped.accumulated(kWidths[l + 1], kWidths[l])),
                        tape.leaf(problem.bias[l], taped.accumulated(1, kWidths[l + 1]))};
  }
  alfi::Buffer<std::int32_t> valid(gpu, 1);
  const auto y = simulate_encode(tape, simulator, problem.request, problem.scale, encoder, valid.view());
  tape.backward(y);
  std::int32_t count = 0;
  valid.copy_out(&count);
  CHECK(count == 30);
  float value = 0;
  gpu.copy_out(&value, y.value.data, sizeof(value));

  Run<float> direct(gpu);
  const Problem same(direct);
  alfi::EncodeRequest request{same.request, same.scale, {}, {}, {}, {}};
  alfi::EncodeAdjointRequest adjoint;
  for (int l = 0; l < 3; ++l) {
    request.encoder.layer[l] = {same.weight[l], same.bias[l].flat()};
    adjoint.d_encoder.layer[l] = {direct.accumulated(kWidths[l + 1], kWidths[l]),
                                  direct.accumulated(1, kWidths[l + 1]).flat()};
  }
  alfi::Buffer<float> saved(gpu, alfi::Simulator::encode_saved_size(gpu, 1, 30, request.encoder)), encoding(gpu, 1);
  request.saved = saved.view(), request.encoding = encoding.matrix(1, 1);
  simulator.encode(gpu, request);
  adjoint.forward = request;
  adjoint.d_encoding = direct.given(1, 1, {1});
  simulator.encode_adjoint(gpu, adjoint);
  float wanted = 0;
  encoding.copy_out(&wanted);
  CHECK(value == wanted);
  CHECK(taped.results() == direct.results());
}
