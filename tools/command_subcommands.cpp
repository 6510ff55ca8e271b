#include "alfi/core/text.hpp"
#include "alfi/inference/baselines/compare.hpp"
#include "command_options.hpp"
#include "options.hpp"

namespace alfi::tools {
namespace {

constexpr Index kMostCalls = 1000000000;  // of a training
constexpr Index kMost = 10000000;         // of observations, draws and problems: what is surely mistyped is refused
constexpr Index kMostChecked = 20000;     // problems that calibration is judged by: bands want squares of them

}  // namespace

void CommandOptions::add_simulators() {
  CLI::App* app = add("simulators", "List the built-in simulators, or describe some: priors, units, observations",
                      " [NAME..]", [this] { return simulators(simulators_); });
  app->add_option("NAME", simulators_.names, "of simulators to describe")->type_name("");
}

void CommandOptions::add_simulate() {
  CLI::App* app = add("simulate", "Simulate observations for one theta, as CSV",
                      " NAME (--theta A,B,.. | --bank FILE) [--count N] [--output FILE] [options]",
                      [this] { return simulate(simulate_); });
  app->add_option("NAME", simulate_.simulator,
                  "the simulator: a name of alfi simulators, a configuration (.toml) or a model")
      ->required()
      ->type_name("");
  app->add_option_function<std::string>(
         "--theta", [this](const std::string& text) { simulate_.theta = numbers_option("--theta", text); },
         "its parameters, in the order of alfi simulators NAME")
      ->type_name("A,B,..");
  app->add_option("--bank", simulate_.bank,
                  "instead of observations at one theta: simulate draws of the prior into this file, or add to it")
      ->type_name("FILE");
  app->add_option_function<std::string>(
         "--observed",
         [this](const std::string& text) { simulate_.observed = integer_option("--observed", text, 1, kMost); },
         "with --bank: observations of each draw (by default as the bank has; of a new one 1)")
      ->type_name("N");
  app->add_option_function<std::string>(
         "--count", [this](const std::string& text) { simulate_.count = integer_option("--count", text, 1, kMost); },
         "how many observations (of a series or vector 1 by default); with --bank: how many draws in all")
      ->type_name("N");
  app->add_option("--output", simulate_.output, "CSV file to write; -, the default: standard output")
      ->type_name("FILE");
  app->add_option("--set", simulate_.set, "an option of the simulator, simulator.parameters.KEY=VALUE; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  add_program(app, simulate_.program);
  add_common(app, simulate_.common, "seed of the draws (default 1)", "auto (the processor), cpu or cuda");
}

void CommandOptions::add_train() {
  CLI::App* app = add("train", "Meta-train a machine as a configuration says",
                      " CONFIG.toml --output DIR [--resume] [--max-time 30m] [--set KEY=VALUE].. [options]",
                      [this] { return train(train_, launch_); });
  app->add_option("CONFIG.toml", train_.configuration, "the configuration")->type_name("");
  app->add_option("--output", train_.output, "directory to write: model, checkpoint, history, config.toml, run.json")
      ->type_name("DIR");
  option(app, "--budget", "N", "simulator calls of the whole training, such as 1e6 (train.budget)",
         [this](const std::string& text) { train_.budget = integer_option("--budget", text, 1, kMostCalls); });
  app->add_flag("--resume", train_.resume, "go on from the checkpoint in DIR, or start where there is none");
  app->add_flag("--dump-defaults", train_.dump_defaults, "print every key of a configuration with its default");
  option(app, "--max-time", "TIME", "stop with a checkpoint after 90s, 30m, 2h (exit status 3)",
         [this](const std::string& text) { train_.max_time = duration_option("--max-time", text); });
  app->add_option("--set", train_.set, "change a key, such as train.steps=2000; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app->add_option("--simulator-command", train_.simulator_command,
                  "the program that simulates (simulator.command of the configuration)")
      ->type_name("COMMAND");
  add_common(app, train_.common, "train.seed of the configuration");
  app->footer(
      "An interrupt, a termination signal, SIGUSR1, --max-time or a file DIR/stop end a training early: it\n"
      "leaves a checkpoint, and --resume goes on to the same bits as if it had never stopped.");
}

void CommandOptions::add_infer() {
  CLI::App* app = add("infer", "Infer the parameters behind observations",
                      " MODEL OBSERVATIONS.csv [--draws N --output FILE] [--json FILE] [options]",
                      [this] { return infer(infer_); });
  app->add_option("MODEL", infer_.model, "directory that train wrote, or the file in it")->required()->type_name("");
  app->add_option("OBSERVATIONS.csv", infer_.observations, "CSV with a header; # lines are skipped; -: standard input")
      ->required()
      ->type_name("");
  integer(app, "--draws", 1, kMost, infer_.draws, "draws of the posterior to write");
  app->add_option("--derive", infer_.derive, "a quantity to report too, such as R0=beta/gamma; may be repeated")
      ->type_name("NAME=EXPRESSION")
      ->allow_extra_args(false);
  app->add_option("--output", infer_.output, "where to write them, in CmdStan's CSV layout")->type_name("FILE");
  app->add_option("--netcdf", infer_.netcdf,
                  "where to write them, or them too, as NetCDF that ArviZ opens (InferenceData), in a build with it")
      ->type_name("FILE");
  add_effort(app, infer_.effort);
  add_program(app, infer_.program);
  add_common(app, infer_.common, "seed of the simulations and draws (default 1)");
}

void CommandOptions::add_evaluate() {
  CLI::App* app =
      add("evaluate", "Measure a machine on problems whose truth is known",
          " MODEL [--problems 500] [--observed N] [--json FILE] [options]", [this] { return evaluate(evaluate_); });
  app->add_option("MODEL", evaluate_.model, "directory that train wrote, or the file in it")->required()->type_name("");
  integer(app, "--problems", 2, kMost, evaluate_.problems, "problems, drawn from the prior (default 500)");
  integer(app, "--observed", 1, 1000000, evaluate_.observed,
          "observations of each; by default as many as in training, log-uniform");
  add_effort(app, evaluate_.effort);
  add_program(app, evaluate_.program);
  add_common(app, evaluate_.common, "seed of the problems (default 1)");
}

void CommandOptions::add_report() {
  CLI::App* app = add("report", "Show a training and its machine: one HTML page, and its figures as SVG and CSV",
                      " DIR [--observations FILE] [--problems 500] [--output FOLDER] [options]",
                      [this] { return report(report_); });
  app->add_option("DIR", report_.directory, "directory that train wrote")->required()->type_name("");
  app->add_option("--observations", report_.observations,
                  "show the inference of these, a CSV file as for infer, in place of a test problem's")
      ->type_name("FILE");
  integer(app, "--problems", 20, kMostChecked, report_.problems,
          "test problems, each answered by the trained and by the untrained machine (default 500)");
  add_refinement(app, report_.effort);  // its --observations is a file
  app->add_option("--output", report_.output, "folder to write (default DIR/report): report.html, *.svg, *.csv")
      ->type_name("FOLDER");
  add_program(app, report_.program);
  add_common(app, report_.common, "seed of the problems (default 1)");
}

void CommandOptions::add_check() {
  CLI::App* app =
      add("check", "Say whether a machine's answers can be believed: calibration, or the fit to observations",
          " MODEL [OBSERVATIONS.csv] [--problems 1000] [--output DIR] [--json FILE] [options]",
          [this] { return check(check_); });
  app->add_option("MODEL", check_.model, "directory that train wrote, or the file in it")->required()->type_name("");
  app->add_option("OBSERVATIONS.csv", check_.observations,
                  "hold these against the predictive of their answer, instead of checking calibration")
      ->type_name("");
  integer(app, "--problems", 20, kMostChecked, check_.problems, "problems, drawn from the prior (default 1000)");
  integer(app, "--observed", 1, 1000000, check_.observed,
          "observations of each; by default as many as in training, log-uniform");
  integer(app, "--replicates", 20, 1000000, check_.replicates,
          "with OBSERVATIONS.csv: draws of the answer to simulate (default 1000)");
  app->add_option("--output", check_.output,
                  "directory for check.svg, the calibration in a picture, and check.csv, its numbers")
      ->type_name("DIR");
  add_effort(app, check_.effort, false);
  add_program(app, check_.program);
  add_common(app, check_.common, "seed of the problems (default 1)");
  app->footer(
      "Exit status: 1 where answers are not calibrated, or the observations do not fit (p below 0.01; from 0.01 to "
      "0.05 "
      "it is called doubtful).");
}

void CommandOptions::add_compare() {
  CLI::App* app = add("compare", "Hold a machine against its rivals: the same problems, the same number of calls",
                      " CONFIG.toml|MODEL [--budget 1e5] [--problems 20] [--methods a,b] [--output FOLDER] [options]",
                      [this] { return compare(compare_); });
  app->add_option("CONFIG.toml", compare_.subject,
                  "a configuration, whose machine is trained by the budget, or a MODEL that there is")
      ->required()
      ->type_name("");
  option(app, "--budget", "N",
         "simulator calls of each method, such as 1e5 (default): of its training and one answer, or for each problem",
         [this](const std::string& text) { compare_.budget = integer_option("--budget", text, 1, kMostCalls); });
  integer(app, "--problems", 2, 100000, compare_.problems, "problems, drawn from the prior (default 20)");
  integer(app, "--observed", 1, 1000000, compare_.observed,
          "observations of each; by default the fewest of the configuration");
  app->add_option("--observations", compare_.observations,
                  "compare the answers to these, a CSV file as for infer, in place of problems of known truth")
      ->type_name("FILE");
  app->add_option("--methods", compare_.methods,
                  list_text(comparable_methods()) + ", separated by commas; by default all that can be had")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAMES");
  integer(app, "--draws", 20, 100000, compare_.draws, "draws of each answer, by which it is judged (default 1000)");
  integer(app, "--classify", 0, 10000, compare_.c2st,
          "draws that a classifier is to tell from the exact posterior's, where there is one (default 500); 0: none");
  app->add_option("--output", compare_.output, "folder to write: compare.json, compare.csv, compare.svg")
      ->type_name("FOLDER");
  app->add_option("--set", compare_.set, "change a key of CONFIG.toml, such as train.steps=500; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  add_program(app, compare_.program);
  add_common(app, compare_.common, "seed of the problems and of what is random in the methods (default 1)");
}

void CommandOptions::add_info() {
  CLI::App* app = add("info", "Say what a model file holds", " MODEL", [this] { return info(info_); });
  app->add_option("MODEL", info_.model, "directory that train wrote, or the file in it")->required()->type_name("");
}

}  // namespace alfi::tools
