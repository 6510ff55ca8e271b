#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "alfi/core/portable.hpp"
#include "alfi/simulators/catalogue.hpp"

/// Everything a training may be told, with its defaults: plain values, no file format (tools/ reads TOML into this).

namespace alfi {
inline namespace v0 {

struct SimulatorConfiguration {
  std::string name;          ///< required
  SimulatorOptions options;  ///< simulator.parameters.*, of one that is built in

  /// A program and its arguments (simulators/program.hpp); empty: the simulator is built in or the caller's own, and
  /// all that follows stays as it is.
  std::vector<std::string> command;
  std::string mode = "worker";  ///< worker | run
  Index workers = 0;            ///< processes at a time; 0: one for each thread
  Index window = 64;            ///< calls that a worker has at a time
  double timeout = 0;           ///< seconds; 0: none
  Index retries = 1;
  std::string log;        ///< a file for lines of standard error; "": none
  std::string directory;  ///< for the files of runs; "": TMPDIR, or /tmp

  std::vector<Parameter> theta;          ///< [[simulator.theta]]: the parameters, in the order of the requests
  std::vector<std::string> observation;  ///< names of a row's entries
  std::vector<std::string> observation_units;
  std::vector<std::string> observation_support;  ///< of each: any | count | LOW..HIGH (simulators/support.hpp)
  Index length = 0;                              ///< rows of a series; 1: a vector; 0: sets are observed
  std::string index;                             ///< of a series: the column that counts its rows
  double index_first = 0, index_step = 1;
};

struct ProblemConfiguration {
  Index observed_min = 0;  ///< real observations of a training problem, log-uniform between the two;
  Index observed_max = 0;  ///< 0: 20 and 1000 of a set, the one series or vector of a simulator that makes such
};

struct ProposalConfiguration {
  std::string family = "full";  ///< diagonal | full
  std::string head = "none";    ///< none | mixture: the answer is one of full Gaussians, made beside the proposal
  Index components = 4;         ///< of the mixture
  std::string start = "prior";  ///< prior | guess | draw
  double initial_sd = 0.1;      ///< of a drawn start, in the machine's coordinates
};

struct NetworkConfiguration {
  std::string cell = "lstm";               ///< lstm | gru
  std::string encoder_kind = "auto";       ///< auto | set | vector | sequence (inference/architecture.hpp)
  std::vector<Index> encoder{32, 32, 24};  ///< hidden, hidden, encoding; of a sequence: hidden, LSTM, encoding
  std::string encoder_output = "linear";   ///< linear | tanh
  std::string pool = "mean";               ///< mean | mean+max
  bool moments = false;                    ///< of sets: their pooled second moments beside the encoding
  std::string features = "relative";       ///< relative | global
  std::vector<Index> aggregator{50, 50, 32};
  std::vector<Index> machine{100, 100};  ///< before the cell
  Index state = 48;
  double bound = 0;                   ///< furthest a move goes (absolute update: 0.25 published); 0: 5 and 3, relative
  std::string bound_kind = "smooth";  ///< smooth | clamp
  std::string update = "relative";    ///< relative | absolute
  std::string spread = "plain";       ///< plain | logarithmic: how the cell reads the proposal's triangle
  bool regression_step = true;
  Index summaries = 16;
  std::string coordinates = "normal";  ///< normal | legacy (z-scored by the prior)
};

struct TrainConfiguration {
  Index steps = 2000;
  Index problems = 32;          ///< B, of a meta-batch
  Index shard = 4;              ///< problems per shard, a power of two
  Index dataset = 0;            ///< problems of a fixed meta-dataset; 0: fresh problems every step
  Index thetas = 12;            ///< K
  Index observations = 0;       ///< M of the last iteration; 0: 512 of a set, else 1
  Index observations_min = 16;  ///< M of the first, growing geometrically; 0, or above observations: M in all
  Index iterations = 5;         ///< T; 0: the first guess is the answer, which is neural posterior estimation
  double learning_rate = 2e-3;
  std::string schedule = "cosine";  ///< cosine | constant
  double clip_norm = 1;             ///< largest norm of the gradient; 0: not clipped
  double weight_decay = 0;
  double average = 0.99;         ///< of the running average of the weights; 0: none
  std::string loss = "density";  ///< density | squared | absolute
  /// exponential | exponential_published | constant | last | observed_improvement
  std::string weights = "exponential";
  double beta = 3;
  std::string gradient = "detached";  ///< reparameterized | detached; matters with absolute updates only
  bool through_time = false;
  std::string precision = "float";   ///< float | double | tf32 (a GPU's products; float on a CPU)
  std::string nan_policy = "error";  ///< error | drop | resample: what a failed simulator call is
  double max_failed = 0.5;           ///< largest share of failed simulator calls in a step, unless "error"
  std::string bank;                  ///< file of stored simulations to train from; "": the simulator
  Index budget = 0;                  ///< simulator calls of the whole training: stored first, then trained from as from
                                     ///< a bank; 0: as many as the steps make
  Index standardize = 1000;          ///< draws of the prior that show what its predictive looks like, before training
  Index validation_problems = 256;
  Index checkpoint_every = 200;
  std::uint64_t seed = 1;
};

/// At inference and evaluation; 0: as trained.
struct InferConfiguration {
  Index iterations = 0;    ///< T
  Index thetas = 0;        ///< K
  Index observations = 0;  ///< M of the last iteration; that of the first is train.observations_min
  Index refine = 0;        ///< simulations of a local refinement after the last (inference/refine.hpp); 0: none
  std::string likelihood = "local";  ///< of the refinement: "local", "learned" or "auto"
};

struct Configuration {
  SimulatorConfiguration simulator;
  ProblemConfiguration problem;
  ProposalConfiguration proposal;
  NetworkConfiguration network;
  TrainConfiguration train;
  InferConfiguration infer;
};

/// Throws InputError "train.steps: got 0, expected at least 1" for the first value that cannot be used.
void validate(const Configuration& configuration);

/// The configuration with what it leaves to the simulator (0, "auto") filled in for samples of this shape.
/// Throws InputError as validate(), and where the two do not go together.
/// stored: samples that a bank holds of each draw; 0: there is none.
Configuration resolve(const Configuration& configuration, const ObservationShape& shape, Index stored = 0);

/// Every key as text, "train.steps" -> "3000", lossless and the same in every locale: what a model file holds.
std::map<std::string, std::string> to_entries(const Configuration& configuration);

/// The way back; a key that is absent keeps its default. Does not validate().
/// Throws InputError that begins with the key: unknown (with a suggestion), or text that is no such value.
Configuration from_entries(const std::map<std::string, std::string>& entries);

}  // namespace v0
}  // namespace alfi
