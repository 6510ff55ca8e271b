#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/c2st.hpp"
#include "alfi/inference/configured_simulator.hpp"
#include "alfi/inference/trainer.hpp"
#include "alfi/simulators/sbibm/bernoulli_glm.hpp"
#include "csv.hpp"
#include "options.hpp"
#include "output.hpp"
#include "progress.hpp"
#include "published.hpp"
#include "toml.hpp"

/// sbibm: trains machines on chosen tasks, infers chosen observations, and holds the answers against the benchmark's
/// reference posteriors and published figures. A budget is all simulator calls behind one posterior: those of the
/// training, and those that the observation's own inference makes.

namespace {

using alfi::Index;
using alfi_sbibm::Published;
using namespace alfi::tools;
using Json = nlohmann::ordered_json;

struct Arguments {
  std::string data, configs, output, tasks = "lotka_volterra";
  std::vector<std::string> set;
  double budget = 0;
  Index first = 1, observations = 5, samples = 10000, seeds = 1;
  int threads = 1;
};

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) all.push_back(word);
  return all;
}

/// Calls that the configuration makes for one observation.
Index calls_of_inference(const alfi::Configuration& c, const alfi::Simulator& simulator) {
  const alfi::Configuration r = alfi::resolve(c, simulator.info().observation);
  const Index thetas = r.infer.thetas > 0 ? r.infer.thetas : r.train.thetas;
  return (r.infer.iterations > 0 ? r.infer.iterations : r.train.iterations) * thetas + r.infer.refine;
}

/// Posterior samples [N,P] of the reference.
std::vector<double> reference_samples(const std::string& path, Index parameters, Index most) {
  alfi::ObservationShape shape;
  for (Index p = 1; p <= parameters; ++p) shape.names.push_back("parameter_" + std::to_string(p));
  shape.units.resize(shape.names.size());
  const ObservationTable table = read_observations(path, shape);
  const Index rows = std::min(most, table.rows);
  return {table.values.begin(), table.values.begin() + rows * parameters};
}

alfi::Machine train(const alfi::Configuration& c, const alfi::Simulator& simulator, int threads, Progress& progress) {
  alfi::Trainer trainer(c, simulator, threads);
  const alfi::TrainConfiguration& plan = trainer.configuration().train;
  while (trainer.step() < plan.steps) {
    const alfi::StepReport report = trainer.advance();
    if (report.step == plan.steps || report.step % plan.checkpoint_every == 0) trainer.validate_and_keep_best();
    if (progress.due()) {
      progress.show(simulator.info().name + ": step " + std::to_string(report.step) + "/" + std::to_string(plan.steps) +
                    "  validation " + alfi::number_text(trainer.best_validation(), 4));
    }
  }
  return trainer.machine();
}

class Task {
 public:
  Task(const Arguments& a, const std::string& name, const Published& published)
      : a_(a),
        name_(name),
        published_(published),
        configuration_(read_configuration(a.configs + "/" + name + ".toml")) {
    for (const std::string& setting : a.set) apply_setting(configuration_, setting);
    configured_ = alfi::make_configured_simulator(configuration_.simulator, a.threads);
    if (a.budget <= 0) return;
    const Index inference = calls_of_inference(configuration_, configured_.simulator);
    configuration_.train.budget = static_cast<Index>(a.budget) - inference;
    if (configuration_.train.budget < 1) {
      throw alfi::InputError("--budget: got " + alfi::number_text(a.budget) + ", expected more than the " +
                             std::to_string(inference) + " calls that an inference makes");
    }
  }

  void run(std::uint64_t seed, std::vector<Row>& table, Json& results) {
    const Progress clock(true);
    Progress progress(false);
    configuration_.train.seed = seed;
    const alfi::Machine machine = train(configuration_, configured_.simulator, a_.threads, progress);
    progress.finish();
    const double training = clock.seconds();
    double sum = 0, published = 0;
    bool all_published = true;
    for (Index o = a_.first; o <= a_.observations; ++o) {
      Json row = judge(machine, seed, o);
      row["training_calls"] = machine.training_calls();
      row["training_seconds"] = training;
      sum += row["c2st"].get<double>();
      const bool known = row.contains("best_published");
      published += known ? row["best_published"]["c2st"].get<double>() : 0;
      all_published = all_published && known;
      table.push_back(
          {name_, std::to_string(seed), std::to_string(o), text(row["c2st"], 4), text(row["negative_log_density"], 4),
           std::to_string(machine.training_calls()), row["observation_calls"].dump(), text(training, 3),
           text(row["inference_seconds"], 2),
           known ? text(row["best_published"]["c2st"], 4) + " " + row["best_published"]["algorithm"].get<std::string>()
                 : "-"});
      complain(name_ + " " + std::to_string(o) + ": C2ST " + table.back()[3]);
      results.push_back(row);
    }
    const double count = static_cast<double>(a_.observations - a_.first + 1);
    table.push_back({name_, std::to_string(seed), "mean", text(sum / count, 4), "", "", "", "", "",
                     all_published ? text(published / count, 4) : "-"});
  }

 private:
  static std::string text(double value, int digits) { return alfi::number_text(value, digits); }

  /// Whose parameters here are independent coordinates of the benchmark's: densities are of those.
  bool is_glm() const { return name_.rfind("bernoulli_glm", 0) == 0; }

  Json judge(const alfi::Machine& machine, std::uint64_t seed, Index observation) const {
    const alfi::Simulator& simulator = configured_.simulator;
    const Index parameters = simulator.parameters();
    const std::string folder = a_.data + "/" + name_ + "/obs_" + std::to_string(observation);
    const ObservationTable observed = read_observations(folder + "/observation.csv", simulator.info().observation);
    const std::vector<double> reference = reference_samples(folder + "/reference_samples.csv", parameters, a_.samples);
    const Index count = static_cast<Index>(reference.size()) / parameters;
    const Progress clock(true);
    alfi::InferOptions options;
    options.seed = seed;
    options.threads = a_.threads;
    const alfi::Inference inference = machine.infer(simulator, observed.view(), options);
    const double seconds = clock.seconds();
    std::vector<double> drawn = inference.posterior.draw(count, seed);
    std::function<double(const double*)> exact;
    if (simulator.exact().posterior_log_density) exact = simulator.exact().posterior_log_density(observed.view());
    double density = 0, exact_density = 0;
    for (Index i = 0; i < count; ++i) {
      std::vector<double> theta(reference.begin() + i * parameters, reference.begin() + (i + 1) * parameters);
      if (is_glm()) alfi::sbibm::bernoulli_glm_z(theta.data(), theta.data());
      density -= inference.posterior.log_density(theta) / static_cast<double>(count);
      if (exact) exact_density -= exact(theta.data()) / static_cast<double>(count);
      double* const own = drawn.data() + i * parameters;
      if (is_glm()) alfi::sbibm::bernoulli_glm_theta(own, own);
    }
    alfi::ThreadPool pool(a_.threads);
    alfi::C2stOptions judge;
    judge.pool = &pool;
    Json row{{"task", name_},
             {"seed", seed},
             {"observation", observation},
             {"samples", count},
             {"c2st", alfi::c2st({reference.data(), count, parameters}, {drawn.data(), count, parameters}, judge)},
             {"negative_log_density", density},
             {"observation_calls", inference.simulator_calls},
             {"inference_seconds", seconds},
             {"warnings", inference.warnings}};
    if (exact) row["exact_negative_log_density"] = exact_density;
    const auto known = published_.at(name_, static_cast<Index>(a_.budget), observation);
    if (known.empty()) return row;
    const auto best =
        std::min_element(known.begin(), known.end(), [](const auto& x, const auto& y) { return x.second < y.second; });
    row["published"] = known;
    row["best_published"] = Json{{"algorithm", best->first}, {"c2st", best->second}};
    return row;
  }

  const Arguments& a_;
  std::string name_;
  const Published& published_;
  alfi::Configuration configuration_;
  alfi::ConfiguredSimulator configured_;
};

int run(const Arguments& a) {
  const Published published(a.data + "/published_c2st_by_observation.csv");
  std::vector<Row> table{{"task", "seed", "observation", "C2ST", "-log density", "training calls", "observation calls",
                          "training s", "inference s", "best published"}};
  Json results = Json::array();
  for (const std::string& name : words(a.tasks)) {
    Task task(a, name, published);
    for (Index seed = 1; seed <= a.seeds; ++seed) task.run(static_cast<std::uint64_t>(seed), table, results);
  }
  print("\n" + table_text(table, 1));
  if (a.samples < 10000)
    print("C2ST of " + std::to_string(a.samples) + " samples, not the benchmark's 10000: flatter\n");
  if (!a.output.empty()) write_text(a.output, results.dump(1) + "\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments a;
  CLI::App app{"sbibm's tasks by alfi: C2ST against the reference posteriors, beside the published figures"};
  app.add_option("--data", a.data, "folder of the benchmark's observations, reference samples and figures")->required();
  app.add_option("--configs", a.configs, "folder of TASK.toml")->required();
  app.add_option("--tasks", a.tasks, "names, separated by commas");
  app.add_option("--budget", a.budget,
                 "simulator calls behind one posterior, all counted; 0: as many as the steps make");
  app.add_option("--first", a.first, "the first observation")->check(CLI::Range(1, 10));
  app.add_option("--observations", a.observations, "observations up to this")->check(CLI::Range(1, 10));
  app.add_option("--samples", a.samples, "of each kind, for C2ST")->check(CLI::Range(100, 10000));
  app.add_option("--seeds", a.seeds, "trainings, with train.seed 1 to this")->check(CLI::Range(1, 100));
  app.add_option("--threads", a.threads, "threads")->check(CLI::Range(1, 1024));
  app.add_option("--set", a.set, "change a key of every configuration")->allow_extra_args(false);
  app.add_option("--output", a.output, "JSON file to write");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(a);
  } catch (const std::exception& error) {
    complain(std::string("alfi_sbibm: ") + error.what());
    return 1;
  }
}
