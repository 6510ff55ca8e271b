#pragma once
#include "alfi/kernels/set_encoder.hpp"
#include "arrays.hpp"

/// Set encoders of one input, as the benchmarks over a buffer and over a simulator time them.

namespace bench {

struct Widths {
  Index hidden, encoding;
  alfi::kernels::Activation last;
};
inline constexpr Widths kPublished{50, 20, alfi::kernels::Activation::tanh};
inline constexpr Widths kPooledFirst{50, 20, alfi::kernels::Activation::none};
inline constexpr Widths kDefault{32, 24, alfi::kernels::Activation::none};

struct Sets {
  Widths widths;
  Index sets, rows;
};

/// "1-50-50-20/tanh/81920x20"
inline std::string name_of(const Sets& s) {
  const std::string hidden = std::to_string(s.widths.hidden);
  return "1-" + hidden + "-" + hidden + "-" + std::to_string(s.widths.encoding) +
         (s.widths.last == alfi::kernels::Activation::tanh ? "/tanh/" : "/linear/") + std::to_string(s.sets) + "x" +
         std::to_string(s.rows);
}

/// Weights, and results for their gradients where an adjoint is wanted.
struct DrawnEncoder {
  DrawnEncoder(Arrays& arrays, const Widths& w, bool both) {
    weights.last = w.last;
    const Index widths[] = {1, w.hidden, w.hidden, w.encoding};
    for (int l = 0; l < 3; ++l) {
      weights.layer[l] = {arrays.drawn(widths[l + 1], widths[l], l == 0 ? 1.0f : 0.2f),
                          arrays.drawn(1, widths[l + 1]).flat()};
      if (both) d.layer[l] = {arrays.result(widths[l + 1], widths[l]), arrays.result(1, widths[l + 1]).flat()};
    }
  }
  alfi::kernels::EncoderWeights<float> weights;
  alfi::kernels::EncoderGradients<float> d;
};

/// Weight gradients are sums over all rows: the CPU adds up to 7000 tiles one after the other, each addition off by
/// 6e-8 of a sum of both signs: 4e-4. TF32 is wrong by 1e-3 in each of three layers, forward and backward, and decides
/// a ReLU otherwise in some rows of a thousand, half of whose part of a sum is then missing.
inline double allowed_of_encoder(const Products& products) {
  return products.precision == kTf32.precision ? 3e-2 : 1e-3;
}

/// Forward, weight gradients, and the gradients of both hidden layers, as the CPU's benchmark counts them; what is
/// computed again is not.
inline double encoder_flop(const Sets& s, bool both) {
  const double h = static_cast<double>(s.widths.hidden), first = h, second = h * h;
  const bool pooled_first = s.widths.last == alfi::kernels::Activation::none;
  const double third = pooled_first ? 0 : h * static_cast<double>(s.widths.encoding), forward = first + second + third;
  return 2 * static_cast<double>(s.sets * s.rows) * (both ? 2 * forward + second + third : forward);
}

}  // namespace bench
