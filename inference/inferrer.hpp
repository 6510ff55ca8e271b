#pragma once
#include <memory>

#include "alfi/inference/machine.hpp"

/// Inference after inference in memory that is kept, for a code that asks again and again while it runs.

namespace alfi {
inline namespace v0 {

class Inferrer {
 public:
  /// For problems of at most so many observations, by this machine and simulator, of which it keeps copies; a bank must
  /// outlive it. options.threads are held, for a simulator that answers rows. Throws like Machine::infer.
  Inferrer(const Machine& machine, const Simulator& simulator, Index most_observed, const InferOptions& options = {});
  ~Inferrer();
  Inferrer(Inferrer&&) noexcept;
  Inferrer& operator=(Inferrer&&) noexcept;

  /// What Machine::infer answers with these options and that seed, bit for bit; valid until the next call. After the
  /// first call nothing is allocated, but by a simulator that does, for warnings and for a refinement. One thread at a
  /// time. Throws like Machine::infer, and ShapeError for more observations than were said.
  const Inference& infer(Observations observations, std::uint64_t seed);
  const Inference& infer(Observations observations);  ///< with the options' seed

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace v0
}  // namespace alfi
