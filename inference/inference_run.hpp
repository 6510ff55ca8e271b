#pragma once
#include <string>
#include <vector>

#include "alfi/inference/model.hpp"
#include "alfi/inference/refine.hpp"

/// An inference, step by step: what Machine::infer, infer_many and Inferrer share. Errors name Machine::infer.

namespace alfi {
inline namespace v0 {

inline constexpr Index kMostCalls = Index{1} << 26;  ///< of one iteration of a problem

std::vector<std::string> parameter_names(const Simulator& simulator);
std::vector<Prior> parameter_priors(const Simulator& simulator);
/// Throws InputError unless least <= got <= most.
void require_infer_range(const char* what, Index got, Index least, Index most);

/// How much is simulated, by the options or else the configuration. Throws InputError for what is out of range.
Plan inference_plan(const Machine::State& state, const InferOptions& options);

/// Throws ShapeError, InputError or NumericError unless simulator and observations [B*n_max,D] fit the machine.
void require_inference(const Machine::State& state, const Simulator& simulator, MatView<const float> observations,
                       VecView<const std::int32_t> counts);
/// Of one problem. Throws InputError where there are none.
std::int32_t observed_count(Observations observations);
/// Appends a warning where the machine was not trained on so many.
void warn_of_count(const ProblemConfiguration& trained, Index count, std::vector<std::string>& warnings);

/// Most of a shard.
struct Sizes {
  Index problems = 0, observed = 0;
};
ShardSetting inference_setting(const Machine::State& state, const Simulator& simulator, const InferOptions& options,
                               const Plan& plan, const Sizes& sizes);

/// Where that context reads the weights: the state's own, or a copy in its memory.
template <class Real>
const Real* inference_weights(const Machine::State& state, const Context& context, Buffer<Real>& copied);

/// What is the same for all problems of a run.
template <class Real>
struct Chunk {
  const Machine::State* state;
  const InferOptions* options;
  Plan plan;
  const Real* weights;
};

/// Memory to work in: psi_0 is one Gaussian, what follows may be mixtures.
struct Answers {
  std::vector<MixtureState> first, later;
};

/// The problems that were given to the shard. results: one for each; posteriors that their trajectories hold are
/// replaced, warnings and calls added to.
template <class Real>
void infer_chunk(const Chunk<Real>& chunk, Shard<Real>& shard, Answers& answers, Inference* results);

/// What options or configuration ask of a refinement, of 0 simulations where they ask for none; the seed is the
/// caller's to set. Throws InputError where it cannot be.
RefineSetting refine_setting(const Machine::State& state, const Simulator& simulator, const InferOptions& options);

/// The local refinement that options or configuration ask for, of answers that their last iteration was reached for:
/// where it holds it becomes the posterior; the trajectory gets the posterior once more. pool: a problem a thread, or
/// of one problem its rows; null: one of the options' threads. Throws InputError where it cannot be.
void refine_answers(const Machine::State& state, const Simulator& simulator, MatView<const float> observations,
                    VecView<const std::int32_t> counts, const InferOptions& options, std::uint64_t seed,
                    ThreadPool* pool, Inference* results);

}  // namespace v0
}  // namespace alfi
