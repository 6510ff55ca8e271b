#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "alfi/inference/configuration.hpp"
#include "alfi/inference/posterior.hpp"
#include "alfi/inference/safetensors.hpp"
#include "alfi/simulators/simulator.hpp"

/// A meta-trained recurrent machine, ready to infer.

namespace alfi {
inline namespace v0 {

struct Bank;

struct InferOptions {
  Index iterations = 0;    ///< T; 0: as the model's configuration says ([infer], else [train])
  Index thetas = 0;        ///< K
  Index observations = 0;  ///< M of the last iteration
  /// Simulations of a local refinement after the last iteration (inference/refine.hpp): calls, of a set of N N each; 0:
  /// as the configuration says; -1: none.
  Index refine = 0;
  std::string likelihood;  ///< of the refinement: "local", "learned", "auto"; "": as the configuration says
  std::uint64_t seed = 1;
  int threads = 1;
  Context context;  ///< where it runs; a GPU carries many problems at once
  /// Stored simulations to choose from in the simulator's place, which is not called: on a CPU. Must outlive the call.
  const Bank* bank = nullptr;
  Index first_problem = 0;  ///< number of infer_many's first problem: batches of one run have streams of their own
  /// Called after each iteration with its number (1..T); answer false to stop there.
  std::function<bool(Index iteration)> progress;
};

struct Inference {
  Posterior posterior;                ///< after the last iteration
  std::vector<Posterior> trajectory;  ///< psi_0 .. psi_T, and the refined answer where there is one
  bool refined = false;               ///< there is one: the last of the trajectory is no iteration's
  std::string likelihood;             ///< by which it was refined, "local" or "learned"; "": not, or it was left out
  Index simulator_calls = 0;
  std::vector<std::string> warnings;  ///< outside the trained range; unlike the answer's own predictive

  Index iterations() const { return static_cast<Index>(trajectory.size()) - (refined ? 2 : 1); }  ///< T, as made
};

/// MODEL is the file, or the directory that holds model.safetensors.
std::string model_file(const std::string& model);

/// The configuration that a model file holds. Throws InputError "PATH: ...".
Configuration configuration_in(const TensorFile& file, const std::string& path);

class Machine {
 public:
  /// Throws InputError "PATH: ..." for anything that is not a sound model file of this format version, and for one
  /// whose simulator is a program: what a file says is not run unasked. configuration_in() and
  /// make_configured_simulator() (inference/configured_simulator.hpp) make that simulator for the second form, once you
  /// trust the file.
  static Machine load(const std::string& path);
  static Machine from_file(const TensorFile& file, const std::string& path);
  /// A machine trained on a simulator of your own, which the file cannot hold. Throws InputError where its priors are
  /// not those of the training.
  static Machine load(const std::string& path, const Simulator& simulator);
  static Machine from_file(const TensorFile& file, const std::string& path, const Simulator& simulator);
  TensorFile to_file() const;
  /// Writes that file, which load() reads: the old one or the new one is there, never half of one. Throws Error.
  void save(const std::string& path) const;

  const Configuration& configuration() const;
  Index weight_count() const;
  Index training_calls() const;  ///< simulator calls the training made
  /// The built-in simulator that it was trained for.
  const Simulator& simulator() const;

  /// Throws: ShapeError where observations do not fit the simulator; NumericError where they are not finite; InputError
  /// where they are none that it makes (ObservationShape::supports).
  /// Random: streams of derived_seed(options.seed, Purpose::infer). Const and re-entrant.
  Inference infer(const Simulator& simulator, Observations observations, const InferOptions& options = {}) const;

  /// Many problems at once: observations [B*n_max,D], the first counts[b] of each block exist. Results in order.
  std::vector<Inference> infer_many(const Simulator& simulator, MatView<const float> observations,
                                    VecView<const std::int32_t> counts, const InferOptions& options) const;

  struct State;
  explicit Machine(std::shared_ptr<const State> state) : state_(std::move(state)) {}

 private:
  friend class Inferrer;
  std::shared_ptr<const State> state_;
};

}  // namespace v0
}  // namespace alfi
