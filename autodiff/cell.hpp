#pragma once
#include "alfi/autodiff/tape.hpp"
#include "alfi/kernels/recurrent.hpp"

/// Recurrent cells on the tape: one step, and a sequence by repetition.

namespace alfi {
inline namespace v0 {
namespace autodiff {

/// input [G*H,I], hidden [G*H,H], bias [1,G*H]; G = 4 (LSTM) or 3 (GRU).
template <class Real>
struct Cell {
  Var<Real> input, hidden, bias;

  bool tracked() const { return input.tracked(); }
  kernels::CellWeights<Real> values() const { return {input.value, hidden.value, bias.value.flat()}; }
  kernels::CellGradients<Real> gradients() const {
    return {input.gradient(), hidden.gradient(), bias.gradient().flat()};
  }
};

/// What a cell remembers: h [B,H], and c [B,H] for the LSTM.
template <class Real>
struct Memory {
  Var<Real> h, c;
};

template <class Real>
Memory<Real> lstm_step(Tape<Real>& tape, Var<Real> x, const Memory<Real>& memory, const Cell<Real>& cell) {
  const Index rows = memory.h.rows(), state = memory.h.cols();
  const bool tracked = x.tracked() || memory.h.tracked() || memory.c.tracked() || cell.tracked();
  const Memory<Real> next{tape.output(rows, state, tracked), tape.output(rows, state, tracked)};
  const MatView<Real> gates{tape.scratch(rows * 4 * state).data, rows, 4 * state};
  kernels::lstm_step<Real>(tape.context(), x.value, memory.h.value, memory.c.value, cell.values(), gates, next.h.value,
                           next.c.value);
  if (tracked) {
    const Index size = kernels::lstm_scratch_size(tape.context(), rows, state, x.cols());
    const VecView<Real> scratch = tape.scratch(size);
    tape.record([x, memory, cell, gates, next, scratch](const Context& context) {
      kernels::lstm_step_adjoint<Real>(context, x.value, memory.h.value, memory.c.value, cell.values(), gates,
                                       next.c.value, next.h.gradient(), next.c.gradient(), x.gradient(),
                                       memory.h.gradient(), memory.c.gradient(), cell.gradients(), scratch);
    });
  }
  return next;
}

template <class Real>
Memory<Real> gru_step(Tape<Real>& tape, Var<Real> x, const Memory<Real>& memory, const Cell<Real>& cell) {
  const Index rows = memory.h.rows(), state = memory.h.cols();
  const bool tracked = x.tracked() || memory.h.tracked() || cell.tracked();
  const Memory<Real> next{tape.output(rows, state, tracked), {}};
  const MatView<Real> gates{tape.scratch(rows * 4 * state).data, rows, 4 * state};
  kernels::gru_step<Real>(tape.context(), x.value, memory.h.value, cell.values(), gates, next.h.value);
  if (tracked) {
    const Index size = kernels::gru_scratch_size(tape.context(), rows, state, x.cols());
    const VecView<Real> scratch = tape.scratch(size);
    tape.record([x, memory, cell, gates, next, scratch](const Context& context) {
      kernels::gru_step_adjoint<Real>(context, x.value, memory.h.value, cell.values(), gates, next.h.gradient(),
                                      x.gradient(), memory.h.gradient(), cell.gradients(), scratch);
    });
  }
  return next;
}

/// The LSTM over the steps of x (each [B,I]), back-propagation through time: the memory after every step, in order.
template <class Real>
std::vector<Memory<Real>> lstm_sequence(Tape<Real>& tape, const std::vector<Var<Real>>& x, Memory<Real> memory,
                                        const Cell<Real>& cell) {
  std::vector<Memory<Real>> steps;
  for (const Var<Real>& step : x) {
    memory = lstm_step(tape, step, memory, cell);
    steps.push_back(memory);
  }
  return steps;
}

}  // namespace autodiff
}  // namespace v0
}  // namespace alfi
