#include "alfi/kernels/features.hpp"
#include "alfi/simulators/catalogue.hpp"
#include "encoders.hpp"

/// simulate_encode/poisson/<widths>/<last layer>/<sets>x<observations>/<products>[/forward]: counts drawn, made
/// features of and encoded, forward and adjoint. Checked against the CPU. The floor is the encoder's alone.

namespace bench {
namespace {

namespace kernels = alfi::kernels;

struct FusedProblem {
  FusedProblem(Arrays& arrays, const Sets& s, bool both_)
      : context(arrays.context()),
        both(both_),
        simulator(alfi::make_builtin_simulator("poisson")),
        d_encoding(arrays.drawn(s.sets, s.widths.encoding)),
        encoder(arrays, s.widths, both),
        status(context, s.sets * s.rows) {
    pool.sets = s.sets;
    pool.n_max = s.rows;
    request.simulate.problems = s.sets / kProposals;
    request.simulate.proposals = kProposals;
    request.simulate.observations = s.rows;
    request.simulate.theta = arrays.drawn(s.sets, 1, 0.2f, 7.0f);  // the prior
    request.simulate.key = alfi::step_key(1, alfi::Purpose::user, 0);
    const Index problems = request.simulate.problems;
    request.scale = {arrays.drawn(problems, 1, 90.0f, 110.0f), arrays.drawn(problems, 1, 90.0f, 110.0f), true};
    request.encoder = encoder.weights;
    request.encoding = arrays.result(s.sets, s.widths.encoding);
    const bool gpu = context.backend() == alfi::Backend::cuda;
    const Index saved = gpu ? alfi::Simulator::encode_saved_size(context, s.sets, s.rows, encoder.weights)
                            : kernels::set_encoder_saved_size(context, pool, encoder.weights);
    request.saved = arrays.zeros(1, saved).flat();
    if (gpu) return;
    x = arrays.zeros(s.sets * s.rows, 1);
    request.simulate.out = arrays.zeros(s.sets * s.rows, 1);
    request.simulate.status = status.view();
  }
  void run() { context.backend() == alfi::Backend::cuda ? fused() : one_by_one(); }
  void fused() {
    simulator.encode(context, request);
    if (both) simulator.encode_adjoint(context, {request, d_encoding, encoder.d});
  }
  void one_by_one() {
    simulator.simulate(context, request.simulate);
    kernels::observation_features<float>(context, request.simulate.out, request.scale, {}, pool.n_max, {}, x);
    kernels::set_encoder<float>(context, x, pool, encoder.weights, request.saved, request.encoding);
    if (!both) return;
    kernels::set_encoder_adjoint<float>(context, x, pool, encoder.weights, request.saved, d_encoding, {}, encoder.d);
  }

  static constexpr Index kProposals = 20;
  alfi::Context context;
  bool both;
  alfi::Simulator simulator;
  alfi::MatView<float> d_encoding, x;
  DrawnEncoder encoder;
  alfi::Buffer<std::uint8_t> status;
  kernels::SetPool pool;
  alfi::EncodeRequest request;
};

Measured encode(const Session& session, const Sets& s, const Products& products, bool both) {
  const auto make = [&](Arrays& arrays) { return FusedProblem(arrays, s, both); };
  const alfi::Context gpu = session.gpu.with_products(products.precision);
  Measured m = check_and_time(session, gpu, make, allowed_of_encoder(products));
  m.least = {encoder_flop(s, both), products.encoder_rate(session.roofs), 0};
  m.items = static_cast<double>(s.sets * s.rows);
  m.item = "draw";
  return m;
}

}  // namespace

void add_fused(std::vector<Benchmark>& all) {
  const auto add = [&](const Sets& s, const Products& products, bool both) {
    all.push_back({"simulate_encode/poisson/" + name_of(s) + "/" + products.name + (both ? "" : "/forward"),
                   [=](const Session& session) { return encode(session, s, products, both); }});
  };
  for (const Products& products : {kFloat, kTf32}) {  // float is computed as tf32x3
    for (const Widths& widths : {kPublished, kPooledFirst}) {
      add({widths, 4096 * 20, 20}, products, true);
      add({widths, 4096 * 20, 20}, products, false);
    }
    add({kPublished, 32 * 20, 20}, products, true);
    for (const Index rows : {16, 90, 512}) add({kDefault, 380, rows}, products, true);
  }
}

}  // namespace bench
