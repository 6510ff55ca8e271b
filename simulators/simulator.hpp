#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "alfi/core/context.hpp"
#include "alfi/core/parallel.hpp"
#include "alfi/core/random.hpp"
#include "alfi/core/view.hpp"
#include "alfi/kernels/features.hpp"
#include "alfi/kernels/set_encoder.hpp"
#include "alfi/simulators/prior.hpp"
#include "alfi/simulators/support.hpp"

/// What the rest of the library knows of a simulator: a description, a table of function pointers, and, where the
/// likelihood is known, what follows from it exactly.

namespace alfi {
inline namespace v0 {

struct Parameter {
  std::string name;
  std::string unit;         ///< "" where it has none
  std::string description;  ///< for `alfi simulators`
  Prior prior;
};

/// What one call of a simulator makes: a sample of size() numbers. Of a set, N independent samples are observed, each a
/// row of a CSV file; a series is one sample of `length` rows, row after row; a vector is a series of one row.
struct ObservationShape {
  std::vector<std::string> names;  ///< of a row's entries (the columns of a CSV file)
  std::vector<std::string> units;  ///< of each of them
  std::vector<Support> supports;   ///< of each of them; or none: any number
  bool is_set = true;
  Index length = 1;                        ///< rows of a series; 1 for a set and for a vector
  std::string index_column;                ///< "year", where a series has one; checked, not learned
  double index_first = 0, index_step = 1;  ///< what a simulated series has in it: first, first + step, ...
  Index columns() const { return static_cast<Index>(names.size()); }
  Index size() const { return length * columns(); }
  /// Whether entry d of a sample can be x, which is finite.
  bool holds(Index d, float x) const { return supports.empty() || support(d).holds(x); }
  const Support& support(Index d) const { return supports[static_cast<std::size_t>(d % columns())]; }
};

/// "20 observations", "a series of 21 rows", "a vector of 8 numbers": one problem's, for people.
std::string observed_text(const ObservationShape& shape, Index observed);

struct SimulatorInfo {
  std::string name;
  std::string summary;  ///< one line
  std::string source;   ///< literature
  std::vector<Parameter> parameters;
  ObservationShape observation;
};

/// What one observation call answers, and the byte stored for it.
enum class Status : std::uint8_t { ok = 0, failed = 1, too_long = 2 };

/// A rectangle of calls: theta [B*K,P] in its own units; observations [B*K*M,D] and status [B*K*M] are written.
/// All arrays are in the memory of the context that the request is made in.
/// Of problem b only the first counts[b] observations of each proposal are made (counts empty: all M); the rest are
/// left as they are.
/// Random: sample (b, k, m) uses Stream(key, {name of problem b, iteration, k, m}, attempt).
struct SimulateRequest {
  Index problems = 0, proposals = 1, observations = 0;  ///< B, K, M
  MatView<const float> theta;
  VecView<const std::int32_t> counts;
  MatView<float> out;
  VecView<std::uint8_t> status;
  Key key;
  const Key* key_place = nullptr;      ///< where given, the key is read there: work that is replayed has changing keys
  std::uint32_t first_problem = 0;     ///< the name of problem b is first_problem + b,
  VecView<const std::uint32_t> names;  ///< or, where given [B], names[b]
  std::uint32_t iteration = 0;
  /// A sample that failed or is not finite is made again, at most so often in all, with the words of Stream's next
  /// attempt; retried, where given, counts the failures that were.
  std::uint32_t attempts = 1;
  std::int64_t* retried = nullptr;

  ALFI_HD Key stream_key() const { return key_place != nullptr ? *key_place : key; }
  ALFI_HD std::uint32_t name(Index b) const {
    return names.empty() ? first_problem + static_cast<std::uint32_t>(b) : names[b];
  }
  /// Observations to make of each proposal of problem b.
  ALFI_HD Index count(Index b) const { return counts.empty() ? observations : counts[b]; }
  /// The draws of observation m of proposal `row` of all.
  ALFI_HD Stream stream(Index row, Index m, std::uint32_t attempt) const {
    return Stream(stream_key(), sample_name(row, m), attempt);
  }
  ALFI_HD SampleName sample_name(Index row, Index m) const { return sample_name(row, row / proposals, m); }
  /// The same, problem = row / proposals.
  ALFI_HD SampleName sample_name(Index row, Index problem, Index m) const {
    return {name(problem), iteration, static_cast<std::uint32_t>(row - problem * proposals),
            static_cast<std::uint32_t>(m)};
  }
};

/// Observations drawn and made features of (kernels/features.hpp) in one go.
struct FeaturesRequest {
  SimulateRequest simulate;            ///< out and status are not used
  kernels::FeatureScale<float> scale;  ///< location, scale [B,D]
  MatView<float> x;                    ///< [B*K*M,D] written, 0 where status is not
  VecView<std::uint8_t> status;  ///< [B*K*M] written: 1 where an observation does not exist, failed or is not finite
};

/// Observations simulated, made features of, and encoded (kernels/set_encoder.hpp) on a GPU. Each proposal's
/// observations are one set. What failed or is not finite does not count.
struct EncodeRequest {
  SimulateRequest simulate;            ///< out and status are not used
  kernels::FeatureScale<float> scale;  ///< location, scale [B,D]
  kernels::EncoderWeights<float> encoder;
  VecView<float> saved;         ///< [Simulator::encode_saved_size]
  MatView<float> encoding;      ///< [B*K,E]
  VecView<std::int32_t> valid;  ///< [B*K] written: observations that count; or empty: not wanted
};
struct EncodeAdjointRequest {
  EncodeRequest forward;            ///< as it was for the forward pass; `saved` as that left it
  MatView<const float> d_encoding;  ///< [B*K,E]
  kernels::EncoderGradients<float> d_encoder;
};

class RowExchange;  // simulators/rows.hpp

/// Who makes rows.
struct RowWorkers {
  ThreadPool* pool = nullptr;       ///< null: the caller's thread alone
  RowExchange* exchange = nullptr;  ///< null: this process alone
};

/// Entries are null where not offered. `self` is the simulator's own state.
struct SimulatorTable {
  void (*simulate)(const void* self, const Context& context, const SimulateRequest& request) = nullptr;
  void (*simulate_together)(const void* self, const std::vector<SimulateRequest>& requests,
                            const RowWorkers& workers) = nullptr;
  void (*simulate_gpu)(const void* self, const Context& context, const SimulateRequest& request) = nullptr;
  void (*draw_features_gpu)(const void* self, const Context& context, const FeaturesRequest& request) = nullptr;
};

/// Real observations [N,D]; a series or a vector is one row.
using Observations = MatView<const float>;

/// What a known likelihood gives; each member may be empty.
struct ExactAnswers {
  /// log p(observations | theta), theta [P]; -infinity where impossible.
  std::function<double(const double* theta, Observations)> log_likelihood;
  /// argmax of the likelihood inside the prior's support, theta [P]. False where there is none.
  std::function<bool(Observations, double* theta)> maximum_likelihood;
  /// Normalized log posterior density, in theta's units, as a function of theta [P], for given observations.
  /// Building it may be costly (quadrature), evaluating it is cheap.
  std::function<std::function<double(const double* theta)>(Observations)> posterior_log_density;
};

/// A value: copies share the simulator's (immutable) state.
class Simulator {
 public:
  Simulator() = default;
  /// Throws InputError for priors that are none, or supports that are neither none nor one for each name.
  Simulator(SimulatorInfo info, std::shared_ptr<const void> state, SimulatorTable table, ExactAnswers exact = {});

  const SimulatorInfo& info() const { return *info_; }
  const ExactAnswers& exact() const { return *exact_; }
  Index parameters() const { return static_cast<Index>(info_->parameters.size()); }  ///< P
  Index size() const { return info_->observation.size(); }                           ///< D, numbers of one sample

  /// Throws: ShapeError where the request's arrays do not fit; NotAvailableError where the context's backend is not
  /// offered. A sample's failure is a status, never an exception.
  void simulate(const Context& context, const SimulateRequest& request) const;

  /// Whether simulate_together() is there: a simulator that answers rows (simulators/rows.hpp), which is best asked for
  /// many at once.
  bool answers_rows() const { return table_.simulate_together != nullptr; }
  /// All of these requests, on a CPU, each as simulate() does; where rows may come from several threads, from the
  /// pool's (null: the caller's alone). The same results. Throws like simulate().
  /// exchange: with the requests of other processes, each of which calls this, too, with its own, or with none.
  void simulate_together(const std::vector<SimulateRequest>& requests, ThreadPool* pool,
                         RowExchange* exchange = nullptr) const;

  /// Whether simulate(), encode() and encode_adjoint() work in a GPU's context.
  bool offers_gpu() const;
  /// Throws like simulate(); a CPU does not offer these two. Gradients accumulate (+=).
  void encode(const Context& context, const EncodeRequest& request) const;
  void encode_adjoint(const Context& context, const EncodeAdjointRequest& request) const;
  /// How many numbers encode() keeps for its adjoint: sets = B*K, each of M observations.
  static Index encode_saved_size(const Context& context, Index sets, Index observations,
                                 const kernels::EncoderWeights<float>& encoder);

 private:
  [[noreturn]] void refuse_gpu(const char* function) const;
  void check(const char* function, const SimulateRequest& request) const;
  void check_counts(const char* function, const SimulateRequest& request) const;
  void check_encode(const char* function, const Context& context, const EncodeRequest& request) const;
  std::shared_ptr<const SimulatorInfo> info_;
  std::shared_ptr<const void> state_;
  std::shared_ptr<const ExactAnswers> exact_;
  SimulatorTable table_;
};

}  // namespace v0
}  // namespace alfi
