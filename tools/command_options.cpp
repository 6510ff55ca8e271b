#include "command_options.hpp"

#include <memory>
#include <utility>

#include "alfi/inference/configuration_fields.hpp"
#include "alfi/inference/refine.hpp"
#include "launch.hpp"
#include "options.hpp"

namespace alfi::tools {
namespace {

/// Help that begins as the messages of wrong use do.
class Formatter : public CLI::Formatter {
 public:
  explicit Formatter(std::string usage) : usage_(std::move(usage)) {
    column_width(26);
    label("REQUIRED", "");
  }
  std::string make_usage(const CLI::App*, std::string) const override { return usage_ + "\n"; }

 private:
  std::string usage_;
};

}  // namespace

CommandOptions::CommandOptions(Launch& launch) : launch_(launch) {
  app_.set_version_flag("--version", "alfi " ALFI_VERSION);
  app_.require_subcommand(1);
  app_.formatter(std::make_shared<Formatter>(usage_));
  app_.add_flag_callback(
      "--man", [] { throw CLI::CallForAllHelp(); }, "Print the manual page (alfi --man | man -l -) and exit");
  app_.footer(
      "A first run, and a look at it:\n"
      "  alfi train configs/poisson.toml --output model\n"
      "  alfi simulate poisson --theta 1.35 --count 500 --output counts.csv\n"
      "  alfi infer model counts.csv\n"
      "  alfi report model --observations counts.csv\n\n"
      "MODEL is the directory that train wrote, or the model file in it. alfi SUBCOMMAND --help says more.\n"
      "Exit status: 0 done, 1 failed, 2 wrong use or bad input, 3 stopped early with a checkpoint.");
  add_simulators();
  add_simulate();
  add_train();
  add_infer();
  add_evaluate();
  add_report();
  add_check();
  add_compare();
  add_info();
}

CLI::App* CommandOptions::add(const std::string& name, const std::string& about, const std::string& arguments,
                              std::function<int()> run) {
  const std::string usage = "usage: alfi " + name + arguments;
  CLI::App* app = app_.add_subcommand(name, about);
  app->formatter(std::make_shared<Formatter>(usage));
  subcommands_.push_back({app, usage, std::move(run), name == "train"});
  return app;
}

void CommandOptions::option(CLI::App* app, const std::string& name, const std::string& value, const std::string& about,
                            const Read& read) {
  app->add_option_function<std::string>(name, read, about)->type_name(value);
}

void CommandOptions::integer(CLI::App* app, const std::string& name, Index low, Index high, Index& out,
                             const std::string& about) {
  option(app, name, "N", about,
         [name, low, high, &out](const std::string& text) { out = integer_option(name, text, low, high); });
}

void CommandOptions::add_common(CLI::App* app, CommonArguments& common, const std::string& seed,
                                const std::string& device_about) {
  common.threads = launch_.processors();
  option(app, "--seed", "N", seed, [&](const std::string& text) { common.seed = seed_option("--seed", text); });
  option(app, "--device", "D", device_about,
         [&](const std::string& text) { common.device = device_option("--device", text); });
  option(app, "--threads", "N", "threads; 0, the default: one for each processor", [&](const std::string& text) {
    const Index threads = integer_option("--threads", text, 0, 1024);
    common.threads = threads > 0 ? static_cast<int>(threads) : launch_.processors();
  });
  app->add_flag("--quiet", common.quiet, "no progress and no remarks: results and errors only");
  app->add_option("--json", common.json, "write the result as JSON too; -: to standard output, instead of the text")
      ->type_name("FILE");
}

void CommandOptions::add_refinement(CLI::App* app, EffortArguments& effort) {
  const Index none = fewest_refine_simulations(0);
  option(app, "--refine", "N",
         "simulations of a last refinement, if not those of the model, each as many calls as there are observations: "
         "at least " +
             std::to_string(none) + " and " + std::to_string(fewest_refine_simulations(1) - none) +
             " more for each parameter, at most " + std::to_string(kMostRefined) + "; 0: none",
         [&](const std::string& text) {
           const Index calls = integer_option("--refine", text, 0, kMostRefined);
           effort.refine = calls > 0 ? calls : -1;
         });
  app->add_option(
         "--likelihood", effort.likelihood,
         "of that refinement: local, a Gaussian near by; learned, for any noise and several modes, of a series "
         "or vector of up to 16 numbers: networks trained for the one answer, seconds to minutes, from "
         "--refine 10000 or more (fewer: with a warning); auto, whichever explains simulations better, the local "
         "one tried by a fifth of them: --refine 12500 or more")
      ->type_name("KIND")
      ->check(CLI::IsMember({"local", "learned", "auto"}));
}

void CommandOptions::add_effort(CLI::App* app, EffortArguments& effort, bool bank) {
  integer(app, "--iterations", 1, 1000, effort.iterations, "iterations T, if not those of the model");
  integer(app, "--thetas", 1, 4096, effort.thetas, "proposals K of an iteration");
  integer(app, "--observations", 1, 1000000, effort.observations, "simulated observations M of a proposal");
  add_refinement(app, effort);
  if (!bank) return;
  app->add_option("--bank", effort.bank, "choose from these stored simulations instead of calling the simulator")
      ->type_name("FILE");
}

void CommandOptions::add_program(CLI::App* app, ProgramArguments& program) {
  app->add_option("--simulator-command", program.command,
                  "the program that simulates, where the model's simulator is one: run this")
      ->type_name("COMMAND");
  app->add_flag("--trust-model", program.trust, "run the program that the model file names");
}

}  // namespace alfi::tools
