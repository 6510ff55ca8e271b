#include "encoders.hpp"

/// set_encoder/<widths>/<last layer>/<sets>x<rows of a set>/<products>[/forward]: over a buffer, forward and adjoint.

namespace bench {
namespace {

namespace kernels = alfi::kernels;

struct EncoderProblem {
  EncoderProblem(Arrays& arrays, const Sets& s, bool both_)
      : context(arrays.context()),
        both(both_),
        x(arrays.drawn(s.sets * s.rows, 1, 2.0f)),
        d_encoding(arrays.drawn(s.sets, s.widths.encoding)),
        encoding(arrays.result(s.sets, s.widths.encoding)),
        encoder(arrays, s.widths, both) {
    pool.sets = s.sets;
    pool.n_max = s.rows;
    saved = arrays.zeros(1, kernels::set_encoder_saved_size(context, pool, encoder.weights)).flat();
  }
  void run() {
    kernels::set_encoder<float>(context, x, pool, encoder.weights, saved, encoding);
    if (!both) return;
    kernels::set_encoder_adjoint<float>(context, x, pool, encoder.weights, saved, d_encoding, {}, encoder.d);
  }
  alfi::Context context;
  bool both;
  alfi::MatView<float> x, d_encoding, encoding;
  DrawnEncoder encoder;
  alfi::VecView<float> saved;
  kernels::SetPool pool;
};

Measured encode(const Session& session, const Sets& s, const Products& products, bool both) {
  const auto make = [&](Arrays& arrays) { return EncoderProblem(arrays, s, both); };
  const alfi::Context gpu = session.gpu.with_products(products.precision);
  Measured m = check_and_time(session, gpu, make, allowed_of_encoder(products));
  const double rows = static_cast<double>(s.sets * s.rows);
  m.least = {encoder_flop(s, both), products.encoder_rate(session.roofs), 4 * rows * (both ? 2 : 1)};
  m.items = rows;
  m.item = "row";
  return m;
}

}  // namespace

void add_encoders(std::vector<Benchmark>& all) {
  const auto add = [&](const Sets& s, const Products& products, bool both) {
    all.push_back({"set_encoder/" + name_of(s) + "/" + products.name + (both ? "" : "/forward"),
                   [=](const Session& session) { return encode(session, s, products, both); }});
  };
  for (const Products& products : {kFloat, kTf32, kTf32x3}) {
    for (const Widths& widths : {kPublished, kPooledFirst}) {
      add({widths, 4096 * 20, 20}, products, true);
      add({widths, 4096 * 20, 20}, products, false);
    }
    add({kPublished, 32 * 20, 20}, products, true);
    for (const Index rows : {16, 90, 512}) add({kDefault, 384, rows}, products, true);
  }
}

}  // namespace bench
