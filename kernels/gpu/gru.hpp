#pragma once
#include "alfi/kernels/gpu/recurrent.hpp"
#include "alfi/kernels/gpu/row_block.hpp"

/// A GRU's step on a GPU as one launch, a block taking its rows through both products (formulas:
/// kernels/recurrent.hpp). Gates [B,4H]: z, r, n, r h; the adjoint turns the first three into their gradients before
/// the nonlinearities.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Sizes and weights, and a block's places for them.
template <class T>
struct GruJob {
  using Rows = RowBlock<T>;
  static constexpr int kGates = 3;
  Index rows;
  int state, inputs;
  const T *input, *hidden, *bias;

  ALFI_HD Index blocks() const { return (rows + Rows::kRows - 1) / Rows::kRows; }
  ALFI_HD Index input_size() const { return Rows::weights(kGates * state, inputs); }
  ALFI_HD Index hidden_size() const { return Rows::weights(kGates * state, state); }
  /// With so many activations of the state's size, and of the inputs'.
  std::size_t bytes(Index states, Index of_inputs) const {
    const auto rounded = [](Index size) { return rounded_shared(size * static_cast<Index>(sizeof(T))); };
    return static_cast<std::size_t>(rounded(input_size()) + rounded(hidden_size()) +
                                    states * rounded(Rows::activations(state)) +
                                    of_inputs * rounded(Rows::activations(inputs)));
  }
  ALFI_HD void load_weights(const Lane& lane, T* to_input, T* to_hidden) const {
    Rows::load_weights(lane, input, bias, kGates * state, inputs, to_input);
    Rows::load_weights(lane, hidden, nullptr, kGates * state, state, to_hidden);
  }
};

template <class T>
struct GruForward {
  static constexpr const char* kName = "gru_step";
  static constexpr int kLanes = 256;
  using Rows = RowBlock<T>;
  GruJob<T> job;
  const T *x, *h;
  T *gates, *h_next;

  ALFI_HD Index blocks() const { return job.blocks(); }
  std::size_t shared_bytes() const { return job.bytes(3, 1); }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const Index first = block.index() * Rows::kRows;
    const int state = job.state, inputs = job.inputs;
    T* const input = block.template shared<T>(job.input_size());
    T* const hidden = block.template shared<T>(job.hidden_size());
    T* const in = block.template shared<T>(Rows::activations(inputs));
    T* const old = block.template shared<T>(Rows::activations(state));
    T* const update = block.template shared<T>(Rows::activations(state));
    T* const kept = block.template shared<T>(Rows::activations(state));
    block.phase([&](const Lane& lane) {
      job.load_weights(lane, input, hidden);
      Rows::load_rows(lane, x, inputs, first, job.rows, inputs, in);
      Rows::load_rows(lane, h, state, first, job.rows, state, old);
      finish_copies();
    });
    block.phase([&](const Lane& lane) {
      Rows::units(lane, 2 * state, [&](int n, int m) {
        T sum[Rows::kPack];
        products(sum, n, m, input, hidden, in, old);
        const bool resets = n >= state;
        const int s = resets ? n - state : n, place = s * Rows::kStride + m;
        T product[Rows::kPack];
        ALFI_UNROLL
        for (int r = 0; r < Rows::kPack; ++r) {
          sum[r] = sigmoid(sum[r]);
          product[r] = sum[r] * old[place + r];
          (resets ? kept : update)[place + r] = resets ? product[r] : sum[r];
        }
        Rows::rows_of_unit(first, job.rows, m, [&](Index row, int r) {
          gates[row * 4 * state + n] = sum[r];
          if (resets) gates[row * 4 * state + 3 * state + s] = product[r];
        });
      });
    });
    block.phase([&](const Lane& lane) {
      Rows::units(lane, state, [&](int s, int m) {
        T sum[Rows::kPack], next[Rows::kPack];
        products(sum, 2 * state + s, m, input, hidden, in, kept);
        const int place = s * Rows::kStride + m;
        ALFI_UNROLL
        for (int r = 0; r < Rows::kPack; ++r) {
          sum[r] = std::tanh(sum[r]);
          next[r] = old[place + r] + update[place + r] * (sum[r] - old[place + r]);
        }
        Rows::rows_of_unit(first, job.rows, m, [&](Index row, int r) {
          gates[row * 4 * state + 2 * state + s] = sum[r];
          h_next[row * state + s] = next[r];
        });
      });
    });
  }

 private:
  /// Gate n before its nonlinearity.
  ALFI_HD void products(T (&sum)[Rows::kPack], int n, int m, const T* input, const T* hidden, const T* in,
                        const T* memory) const {
    const T* const own = input + n * weight_stride_of(job.inputs);
    ALFI_UNROLL
    for (int r = 0; r < Rows::kPack; ++r) sum[r] = own[job.inputs];
    Rows::add_forward(sum, own, in, m, job.inputs);
    Rows::add_forward(sum, hidden + n * weight_stride_of(job.state), memory, m, job.state);
  }
};

template <class T>
struct GruAdjoint {
  static constexpr const char* kName = "gru_step_adjoint";
  static constexpr int kLanes = 256;
  using Rows = RowBlock<T>;
  GruJob<T> job;
  const T *h, *d_h_next;
  T *gates, *d_x, *d_h;  ///< d_x, d_h: null where not wanted

  ALFI_HD Index blocks() const { return job.blocks(); }
  std::size_t shared_bytes() const { return job.bytes(4, 0); }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const Index first = block.index() * Rows::kRows;
    const int state = job.state;
    T* const input = block.template shared<T>(job.input_size());
    T* const hidden = block.template shared<T>(job.hidden_size());
    T* const d = block.template shared<T>(3 * Rows::activations(state));  // of z, r, n
    T* const d_old = block.template shared<T>(Rows::activations(state));
    T* const d_candidate = d + 2 * state * Rows::kStride;
    block.phase([&](const Lane& lane) {
      job.load_weights(lane, input, hidden);
      Rows::entries(lane, Rows::kRows, state, [&](int m, int s) {
        const int place = s * Rows::kStride + m;
        T of_update = T(0), of_candidate = T(0), of_old = T(0);
        if (first + m < job.rows) {
          T* const gate = gates + (first + m) * 4 * state + s;
          const Index i = (first + m) * state + s;
          const T update = gate[0], candidate = gate[2 * state], of_next = d_h_next[i];
          gate[0] = of_update = of_next * (candidate - h[i]) * (update * (T(1) - update));
          gate[2 * state] = of_candidate = of_next * update * (T(1) - candidate * candidate);
          of_old = of_next * (T(1) - update);
        }
        d[place] = of_update;
        d_candidate[place] = of_candidate;
        d_old[place] = of_old;
      });
      finish_copies();
    });
    const int stride = weight_stride_of(state);
    block.phase([&](const Lane& lane) {
      Rows::units(lane, state, [&](int s, int m) {
        T sum[Rows::kPack] = {};  // of r h
        Rows::add_adjoint(sum, hidden + 2 * state * stride, stride, s, d_candidate, m, state);
        const int place = s * Rows::kStride + m;
        T of_reset[Rows::kPack] = {}, old[Rows::kPack] = {};
        const auto reset_of = [&](Index row) -> T& { return gates[row * 4 * state + state + s]; };
        Rows::rows_of_unit(first, job.rows, m, [&](Index row, int r) {
          of_reset[r] = reset_of(row);
          old[r] = h[row * state + s];
        });
        Rows::rows_of_unit(first, job.rows, m, [&](Index row, int r) {
          const T reset = of_reset[r];
          reset_of(row) = of_reset[r] = sum[r] * old[r] * (reset * (T(1) - reset));
          d_old[place + r] += sum[r] * reset;
        });
        ALFI_UNROLL
        for (int r = 0; r < Rows::kPack; ++r) d[state * Rows::kStride + place + r] = of_reset[r];
      });
    });
    block.phase([&](const Lane& lane) {
      if (d_h != nullptr) {
        Rows::units(lane, state, [&](int s, int m) {
          T sum[Rows::kPack];
          ALFI_UNROLL
          for (int r = 0; r < Rows::kPack; ++r) sum[r] = d_old[s * Rows::kStride + m + r];
          Rows::add_adjoint(sum, hidden, stride, s, d, m, 2 * state);
          Rows::add_to_rows(first, job.rows, m, sum, [&](Index row) -> T& { return d_h[row * state + s]; });
        });
      }
      if (d_x == nullptr) return;
      Rows::units(lane, job.inputs, [&](int i, int m) {
        T sum[Rows::kPack] = {};
        Rows::add_adjoint(sum, input, weight_stride_of(job.inputs), i, d, m, 3 * state);
        Rows::add_to_rows(first, job.rows, m, sum, [&](Index row) -> T& { return d_x[row * job.inputs + i]; });
      });
    });
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
