#include "alfi/inference/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/configuration_fields.hpp"
#include "alfi/inference/meta_step.hpp"
#include "alfi/inference/model.hpp"
#include "alfi/inference/refine.hpp"
#include "alfi/inference/training_weights.hpp"
#include "alfi/kernels/cpu/table.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kStandardizeObserved = 50;
constexpr Index kFewestRows = 100;  // of a budget: a tenth of them validates

Index parse_index(const TensorFile& file, const std::string& path, const std::string& key) {
  const std::string& text = metadata(file, path, key);
  Index value = 0;
  if (parse_number(text, value) && value >= 0) return value;
  throw InputError(path + ": metadata " + key + " is \"" + text + "\", expected a whole number");
}

constexpr const char* kStepsKey = "train.steps";

/// Names the first key in which two configurations differ. A training of constant rate may become longer: its steps so
/// far are those of the longer one.
void require_same(const Configuration& got, const Configuration& wanted, Index step, const std::string& path) {
  const auto ours = to_entries(wanted), theirs = to_entries(got);
  const bool longer = wanted.train.schedule == "constant" && wanted.train.steps >= step;
  for (const auto& [key, value] : ours) {
    const auto found = theirs.find(key);
    if ((found != theirs.end() && found->second == value) || is_running_key(key)) continue;
    if (key == kStepsKey && longer) continue;
    std::string why = ": resume with the same configuration";
    if (key == kStepsKey && wanted.train.schedule != "constant") {
      why += "; train.schedule = \"" + wanted.train.schedule +
             "\" lets the learning rate fall over all steps, and has made these steps for that many (a training with "
             "\"constant\" may become longer)";
    }
    throw InputError(path + ": was made with " + key + " = " + (found == theirs.end() ? "(none)" : found->second) +
                     ", got " + value + why);
  }
}

/// What the last bits of a training depend on: the processor's level, or the GPU's.
std::string level_of(const Context& context) {
  if (context.device() == nullptr) return kernels::cpu_level();
  const DeviceProperties& device = context.device()->properties();
  return "sm_" + std::to_string(10 * device.major + device.minor);
}

std::shared_ptr<const Bank> bank_of(const Configuration& c, const Simulator& simulator, int threads,
                                    const Context& context) {
  if (c.train.bank.empty() && c.train.budget == 0) return nullptr;
  if (context.backend() != Backend::cpu) {
    throw NotAvailableError(std::string(c.train.bank.empty() ? "train.budget" : "train.bank") +
                            ": got a GPU, expected a CPU");
  }
  if (c.train.bank.empty()) return make_budget_bank(c, simulator, threads);
  return std::make_shared<const Bank>(bank_from_file(read_tensor_file(c.train.bank), c.train.bank, simulator));
}

/// Ranks that differ in what the bits depend on would wait for each other, or train different machines.
void require_alike(const std::vector<std::string>& all) {
  for (std::size_t rank = 1; rank < all.size(); ++rank) {
    if (all[rank] == all[0]) continue;
    const auto level_in = [&](std::size_t r) { return all[r].substr(0, all[r].find('\n')); };
    const std::string got = "Trainer: rank " + std::to_string(rank) + " has ";
    if (level_in(rank) == level_in(0)) throw InputError(got + "another configuration than rank 0, expected the same");
    throw InputError(got + "the processor level " + level_in(rank) + ", expected rank 0's " + level_in(0) +
                     ": the environment variable ALFI_CPU_ARCH sets one that all have");
  }
}

/// A machine that says of itself another simulator than it was trained with would be believed.
void require_named(const Configuration& c, const SimulatorInfo& info) {
  if (c.simulator.name == info.name) return;
  throw InputError("simulator.name: got \"" + c.simulator.name + "\", expected \"" + info.name +
                   "\", the simulator that is given with the configuration");
}

std::shared_ptr<Machine::State> make_state(const Configuration& asked, const Simulator& simulator, int threads,
                                           const Context& context, Ranks& ranks, std::shared_ptr<const Bank> bank,
                                           Index* calls) {
  const ObservationShape& shape = simulator.info().observation;
  if (!bank && asked.train.budget > 0 && ranks.size() > 1) {
    throw NotAvailableError("train.budget: got " + std::to_string(ranks.size()) +
                            " ranks, expected its simulations to be made by one of them and given to all");
  }
  if (!bank) bank = bank_of(asked, simulator, threads, context);
  const Configuration configuration = resolve(asked, shape, bank ? bank->observed : 0);
  Architecture architecture(configuration, simulator.parameters(), shape);
  if (architecture.regression && configuration.train.thetas < simulator.parameters() + 3) {
    throw InputError("train.thetas: got " + std::to_string(configuration.train.thetas) + ", expected at least " +
                     std::to_string(simulator.parameters() + 3) +
                     " (parameters + 3) with network.regression_step = true");
  }
  const Index refine = configuration.infer.refine;
  if (refine > 0) require_refine_simulations("infer.refine", refine, simulator.parameters());
  const Index observed = std::min(kStandardizeObserved, configuration.problem.observed_max);
  const Index draws = configuration.train.standardize;
  *calls = bank ? bank->calls() : draws * standardize_calls(shape, observed);
  ThreadPool pool(threads);
  return std::make_shared<Machine::State>(
      Machine::State{configuration,
                     simulator,
                     std::move(architecture),
                     bank ? standardize(*bank, simulator.info(), draws, observed)
                          : standardize(simulator, configuration.train.seed, draws, observed, &pool, &ranks),
                     {},
                     0,
                     bank,
                     level_of(context)});
}

}  // namespace

/// What does not depend on the precision of the weights.
struct Trainer::State {
  OneRank alone;
  Ranks* ranks = &alone;
  std::shared_ptr<Machine::State> model;
  Index calls = 0, step = 0;
  double best = std::numeric_limits<double>::infinity();
  std::unique_ptr<MetaStepper> stepper;
};

std::shared_ptr<const Bank> make_budget_bank(const Configuration& configuration, const Simulator& simulator,
                                             int threads) {
  const Configuration c = resolve(configuration, simulator.info().observation);
  const Index observed = std::max(c.problem.observed_max, c.train.observations);
  const Index rows = c.train.budget / observed, least = std::max(kFewestRows, c.train.thetas + 2);
  if (rows < least) {
    std::string why = ", one call each";
    if (simulator.info().observation.is_set) {
      const Index fit = c.train.budget / least;
      why = " with " + counted(observed, "observation") + " each, the larger of problem.observed_max, " +
            std::to_string(c.problem.observed_max) + ", and train.observations, " +
            std::to_string(c.train.observations);
      if (fit > 0) why += "; this budget pays " + std::to_string(fit) + " each: set both to that or less";
    }
    throw InputError("train.budget: got " + std::to_string(c.train.budget) + ", expected at least " +
                     std::to_string(least * observed) + ": " + std::to_string(least) + " draws of the prior" + why);
  }
  ThreadPool pool(threads);
  Bank bank;
  extend_bank(bank, simulator, rows, observed, c.train.seed, &pool);
  return std::make_shared<const Bank>(std::move(bank));
}

Trainer::Trainer(const Configuration& configuration, const Simulator& simulator, int threads, const Context& context,
                 Ranks* ranks, std::shared_ptr<const Bank> bank)
    : state_(new State) {
  if (ranks != nullptr) state_->ranks = ranks;
  const std::vector<std::string> all =
      gather_results(*state_->ranks, [&] { return level_of(context) + "\n" + configuration_text(configuration); });
  agree(*state_->ranks, [&] {
    require_alike(all);
    require_named(configuration, simulator.info());
  });
  state_->model =
      make_state(configuration, simulator, threads, context, *state_->ranks, std::move(bank), &state_->calls);
  agree(*state_->ranks, [&] { state_->stepper = make_meta_stepper(*state_->model, threads, context, *state_->ranks); });
}

Trainer::~Trainer() = default;

const Configuration& Trainer::configuration() const { return state_->model->configuration; }
Index Trainer::step() const { return state_->step; }
Index Trainer::weight_count() const { return state_->model->architecture.weights; }
Index Trainer::planned_bytes() const { return state_->stepper->planned_bytes(); }
Index Trainer::simulator_calls() const { return state_->calls; }
double Trainer::best_validation() const { return state_->best; }

StepReport Trainer::advance() {
  State& s = *state_;
  StepReport report;
  report.learning_rate = learning_rate_of(s.model->configuration.train).at(s.step);
  MetaStepResult result;
  try {
    result = s.stepper->advance(s.step);
  } catch (const NumericError& error) {
    s.ranks->set_failed_together();
    throw NumericError("step " + std::to_string(s.step + 1) + ": " + error.what());
  }
  s.calls += result.calls;
  ++s.step;
  report.step = s.step;
  report.simulator_calls = s.calls;
  report.loss = result.loss;
  report.rmse = result.rmse;
  report.gradient_norm = result.gradient_norm;
  report.failed = result.failed;
  return report;
}

double Trainer::validate_and_keep_best() {
  Index calls = 0;
  double loss = 0;
  try {
    loss = state_->stepper->validation_loss(&calls);
  } catch (const NumericError& error) {
    state_->ranks->set_failed_together();
    throw NumericError("validation after step " + std::to_string(state_->step) + ": " + error.what());
  }
  state_->calls += calls;
  if (std::isfinite(loss) && (!std::isfinite(state_->best) || loss < state_->best)) {
    state_->best = loss;
    state_->stepper->keep_best();
  }
  return loss;
}

Machine Trainer::machine() const {
  auto copy = std::make_shared<Machine::State>(*state_->model);
  state_->stepper->best_weights(copy->weights, std::isfinite(state_->best));
  copy->training_calls = state_->calls;
  copy->configuration.train.bank.clear();  // a model file says nothing of where it was made
  copy->bank.reset();
  return Machine(std::move(copy));
}

TensorFile Trainer::checkpoint() const {
  const State& s = *state_;
  TensorFile file;
  file.metadata["format_version"] = kFormatVersion;
  file.metadata["kind"] = "checkpoint";
  file.metadata["configuration"] = configuration_text(s.model->configuration);
  file.metadata["cpu_level"] = s.model->cpu_level;
  file.metadata["step"] = std::to_string(s.step);
  file.metadata["simulator_calls"] = std::to_string(s.calls);
  file.tensors["best_validation"] = make_tensor<double>({1}, &s.best);
  put_normalization(file, s.model->normalization);
  s.stepper->save(file);
  return file;
}

void Trainer::resume(const TensorFile& file, const std::string& path) {
  State& s = *state_;
  const std::string& version = metadata(file, path, "format_version");
  if (version != kFormatVersion) {
    throw InputError(path + ": format_version is \"" + version + "\", expected \"" + kFormatVersion + "\"");
  }
  const Index step = parse_index(file, path, "step"), calls = parse_index(file, path, "simulator_calls");
  require_same(configuration_from_text(metadata(file, path, "configuration"), path), s.model->configuration, step,
               path);
  double best = 0;
  copy_tensor<double>(file, path, "best_validation", {1}, &best);
  Normalization normalization = get_normalization(file, path, s.model->simulator.info().observation);
  s.stepper->load(file, path, step);
  s.model->normalization = std::move(normalization);
  s.stepper->load_normalization();
  s.step = step;
  s.calls = calls;
  s.best = best;
}

}  // namespace v0
}  // namespace alfi
