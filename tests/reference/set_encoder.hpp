#pragma once
#include "alfi/kernels/set_encoder.hpp"
#include "reference/linear.hpp"

/// The set encoder by the definition: one row at a time.

namespace reference {

struct Pool {
  Index sets = 0, n_max = 0;
  std::vector<std::int32_t> counts;
  std::vector<std::uint8_t> status;

  alfi::kernels::SetPool view() const {
    alfi::kernels::SetPool pool;
    pool.sets = sets;
    pool.n_max = n_max;
    pool.counts = {counts.data(), static_cast<Index>(counts.size())};
    pool.status = {status.data(), static_cast<Index>(status.size())};
    return pool;
  }
  bool valid(Index set, Index i) const {
    if (!counts.empty() && i >= counts[static_cast<std::size_t>(set)]) return false;
    return status.empty() || status[static_cast<std::size_t>(set * n_max + i)] == 0;
  }
  Index valid_count(Index set) const {
    Index count = 0;
    for (Index i = 0; i < n_max; ++i) count += valid(set, i) ? 1 : 0;
    return count;
  }
};

template <class T>
struct Encoder {
  Layer<T> layer[3];
  Activation last = Activation::tanh;

  Encoder() = default;
  template <class U>
  explicit Encoder(const Encoder<U>& other)
      : layer{Layer<T>(other.layer[0]), Layer<T>(other.layer[1]), Layer<T>(other.layer[2])}, last(other.last) {}

  Encoder like() const {
    Encoder zeros;
    for (int l = 0; l < 3; ++l) zeros.layer[l] = layer[l].like();
    return zeros;
  }
  Activation activation(int l) const { return l < 2 ? Activation::relu : last; }
  alfi::kernels::EncoderWeights<T> view() const { return {{layer[0].view(), layer[1].view(), layer[2].view()}, last}; }
  alfi::kernels::EncoderGradients<T> gradients() {
    return {{layer[0].gradients(), layer[1].gradients(), layer[2].gradients()}};
  }
};

template <class T>
Matrix<T> row_of(const Matrix<T>& m, Index r) {
  Matrix<T> row(1, m.cols);
  for (Index c = 0; c < m.cols; ++c) row(0, c) = m(r, c);
  return row;
}

template <class T>
Matrix<T> set_encoder(const Matrix<T>& x, const Pool& pool, const Encoder<T>& encoder) {
  Matrix<T> encoding(pool.sets, encoder.layer[2].weight.rows);
  for (Index g = 0; g < pool.sets; ++g) {
    const T count = static_cast<T>(pool.valid_count(g));
    for (Index i = 0; i < pool.n_max; ++i) {
      if (!pool.valid(g, i)) continue;
      Matrix<T> row = row_of(x, g * pool.n_max + i);
      for (int l = 0; l < 3; ++l) row = linear(row, encoder.layer[l], encoder.activation(l));
      for (Index e = 0; e < encoding.cols; ++e) encoding(g, e) += row(0, e) / count;
    }
  }
  return encoding;
}

/// d_x and d are added to. With bound, every ReLU is taken as open and every tanh as steepest: on magnitudes that gives
/// the sum of the magnitudes of all terms of a gradient.
template <class T>
void set_encoder_adjoint(const Matrix<T>& x, const Pool& pool, const Encoder<T>& encoder, const Matrix<T>& d_encoding,
                         Matrix<T>& d_x, Encoder<T>& d, bool bound = false) {
  for (Index g = 0; g < pool.sets; ++g) {
    const T count = static_cast<T>(pool.valid_count(g));
    for (Index i = 0; i < pool.n_max; ++i) {
      if (!pool.valid(g, i)) continue;
      const Index r = g * pool.n_max + i;
      const auto activation = [&](int l) { return bound ? Activation::none : encoder.activation(l); };
      Matrix<T> activations[4] = {row_of(x, r), {}, {}, {}};
      for (int l = 0; l < 3; ++l) activations[l + 1] = linear(activations[l], encoder.layer[l], activation(l));
      Matrix<T> d_row = row_of(d_encoding, g);
      for (T& value : d_row.data) value /= count;
      for (int l = 2; l >= 0; --l) {
        Matrix<T> d_input(1, activations[l].cols);
        linear_adjoint(activations[l], encoder.layer[l], activation(l), activations[l + 1], d_row, d_input, d.layer[l]);
        d_row = d_input;
      }
      for (Index c = 0; c < x.cols; ++c) d_x(r, c) += d_row(0, c);
    }
  }
}

}  // namespace reference
