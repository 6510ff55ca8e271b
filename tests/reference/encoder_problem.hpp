#pragma once
#include <limits>

#include "reference/set_encoder.hpp"

/// What the tests of the set encoder compute.

namespace reference {

struct EncoderCase {
  Index sets, n_max, inputs, hidden1, hidden2, outputs;
  bool counts, status;
};
/// Everything of one case. Rows that are not valid hold NaN.
template <class T>
struct EncoderProblem {
  EncoderProblem(const EncoderCase& c, Activation last, std::uint64_t seed = 1) {
    Dyadic dyadic(seed);
    pool.sets = c.sets;
    pool.n_max = c.n_max;
    for (Index g = 0; c.counts && g < c.sets; ++g)
      pool.counts.push_back(static_cast<std::int32_t>(g * 7 % (c.n_max + 1)));
    for (Index r = 0; c.status && r < c.sets * c.n_max; ++r) pool.status.push_back(dyadic.next() > 0.5 ? 3 : 0);
    x = dyadic.matrix<T>(c.sets * c.n_max, c.inputs);
    for (Index g = 0; g < c.sets; ++g) {
      for (Index i = 0; i < c.n_max; ++i) {
        if (pool.valid(g, i)) continue;
        for (Index d = 0; d < c.inputs; ++d) x(g * c.n_max + i, d) = std::numeric_limits<T>::quiet_NaN();
      }
    }
    encoder.last = last;
    encoder.layer[0] = Layer<T>(c.hidden1, c.inputs, dyadic);
    encoder.layer[1] = Layer<T>(c.hidden2, c.hidden1, dyadic);
    encoder.layer[2] = Layer<T>(c.outputs, c.hidden2, dyadic, true, 1.0 / 64);  // so that tanh is not flat
    d_encoding = dyadic.matrix<T>(c.sets, c.outputs);
  }

  Pool pool;
  Matrix<T> x, d_encoding;
  Encoder<T> encoder;
};

/// With these, values are the sums of the magnitudes of their terms.
template <class T>
Encoder<double> bound_weights(const Encoder<T>& encoder) {
  Encoder<double> result(encoder);
  for (Layer<double>& layer : result.layer) layer = magnitude(layer);
  result.last = Activation::none;
  return result;
}

}  // namespace reference
