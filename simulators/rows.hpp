#pragma once
#include <memory>

#include "alfi/simulators/simulator.hpp"

/// Simulators that run on the host and answer rows of theta, any number at once: a caller's function, a program, a
/// served model. What a functor cannot be.

namespace alfi {
inline namespace v0 {

/// R samples to make. Row-major.
struct RowsRequest {
  MatView<const double> theta;         ///< [R,P] in its own units, inside the prior's support
  VecView<const std::uint64_t> seeds;  ///< [R] one for each row, from what the sample is for: the randomness to use
  MatView<double> out;                 ///< [R,D] to write; what failed is left as it is
  VecView<std::uint8_t> status;        ///< [R] a Status each; all are Status::ok before
};

class RowSimulator {
 public:
  virtual ~RowSimulator() = default;
  /// Makes all rows, in any order; called from several threads at once. A sample's failure is a status; an exception
  /// says that nothing can be simulated any more, and ends the training or inference.
  virtual void simulate(const RowsRequest& request) const = 0;

  /// Whether one call should have all rows that there are, because it spreads them over workers of its own; else they
  /// come in pieces, from as many threads as there are.
  virtual bool spreads() const { return false; }
};

/// Processes that make their rows together, so that none waits while another still has many: what one asks, any may
/// make. Every process calls simulate(), equally often.
class RowExchange {
 public:
  virtual ~RowExchange() = default;
  /// Makes all rows of all processes, and answers whether there were any. Every process has the same simulator; mine
  /// has its P and D even where it has no rows. Throws on every process what the simulator threw on one of them.
  virtual bool simulate(const RowSimulator& simulator, const RowsRequest& mine, ThreadPool* pool) = 0;
};

/// Rows that use their seeds give the same results whatever the threads, ranks and batches.
Simulator make_row_simulator(SimulatorInfo info, std::shared_ptr<const RowSimulator> rows, ExactAnswers exact = {});

}  // namespace v0
}  // namespace alfi
