#include "command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <memory>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/baselines/compare.hpp"
#include "alfi/inference/configuration_fields.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "launch.hpp"
#include "man.hpp"
#include "option_words.hpp"
#include "options.hpp"
#include "output.hpp"

namespace alfi::tools {
namespace {

constexpr Index kMostCalls = 1000000000;  // of a training
constexpr Index kMost = 10000000;         // of observations, draws and problems: what is surely mistyped is refused
constexpr Index kMostChecked = 20000;     // problems that calibration is judged by: bands want squares of them

/// One subcommand: its usage, and what to do once the options are read.
struct Subcommand {
  CLI::App* app;
  std::string usage;
  std::function<int()> run;
  bool together = false;  ///< all processes that were launched do it, not the first alone
};

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

/// The whole command line; text is read as numbers by options.hpp alone, so that no locale matters.
class CommandLine {
 public:
  explicit CommandLine(Launch& launch) : launch_(launch) {
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

  int run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
      const bool works = launch_.ranks().rank() == 0 || selected()->together;
      return works ? run_selected() : kDone;
    } catch (const CLI::CallForAllHelp&) {
      print(man_page(app_, [this](const std::string& name) { return usage_of(name); }));
    } catch (const CLI::CallForHelp&) {
      print(app_.help());
    } catch (const CLI::CallForVersion&) {
      print("alfi " ALFI_VERSION "\n");
    } catch (const CLI::ExtrasError& error) {
      return wrong_use(selected() ? stray_text(*selected()->app) : error.what(), argc, argv);
    } catch (const CLI::ParseError& error) {
      return wrong_use(error.what(), argc, argv);
    } catch (const UsageError& error) {
      return wrong_use(error.what(), argc, argv);
    }
    return kDone;
  }

 private:
  /// What the library says of its functions' arguments is said of the options that set them.
  int run_selected() const {
    const Subcommand& subcommand = *selected();
    const auto said = [&](const Error& error) {
      return in_options(error.what(), subcommand.app->get_name(),
                        [&](const std::string& argument) { return option_of(*subcommand.app, argument); });
    };
    try {
      return subcommand.run();
    } catch (const InputError& error) {
      throw InputError(said(error));
    } catch (const Error& error) {
      throw Error(said(error));
    }
  }

  /// An option of that name; where it was not given, the key of the configuration that stands for it, if there is one,
  /// and the option.
  static std::string option_of(const CLI::App& app, const std::string& argument) {
    std::string name = argument == "method" ? "methods" : argument == "c2st_draws" ? "classify" : argument;
    std::replace(name.begin(), name.end(), '_', '-');
    const CLI::Option* option = app.get_option_no_throw("--" + name);
    if (option == nullptr) return "";
    const std::vector<std::string> keys = configuration_keys();
    const std::string key = "infer." + argument;
    const bool configured = option->count() == 0 && std::find(keys.begin(), keys.end(), key) != keys.end();
    return configured ? key + " (--" + name + ")" : "--" + name;
  }

  std::string usage_of(const std::string& name) const {
    for (const Subcommand& subcommand : subcommands_) {
      if (subcommand.app->get_name() == name) return subcommand.usage;
    }
    return "";
  }

  const Subcommand* selected() const {
    for (const Subcommand& subcommand : subcommands_) {
      if (subcommand.app->parsed()) return &subcommand;
    }
    return nullptr;
  }

  /// What was given that nothing was expected for, in its order.
  static std::string stray_text(const CLI::App& app) {
    std::vector<std::string> options;
    for (const CLI::Option* option : app.get_options()) options.push_back(option->get_name(false, true));
    std::string text;
    bool number = false;
    for (const std::string& stray : app.remaining()) {
      double value = 0;
      number = number || parse_number(stray, value);
      text += (text.empty() ? "got \"" : ", \"") + stray + "\"" + (stray[0] == '-' ? suggestion(stray, options) : "");
    }
    return text + ", expected nothing like it" +
           (number ? "; numbers of one option go together, with commas between them: 1.5,3" : "");
  }

  int wrong_use(std::string message, int argc, char** argv) const {
    const Subcommand* subcommand = selected();
    if (!subcommand && argc > 1) {
      std::vector<std::string> names;
      for (const Subcommand& known : subcommands_) names.push_back(known.app->get_name());
      message = "got \"" + std::string(argv[1]) + "\", expected " + list_text(names) + suggestion(argv[1], names);
    }
    complain("alfi: " + message);
    complain(subcommand ? subcommand->usage : usage_);
    return kBadInput;
  }

  CLI::App* add(const std::string& name, const std::string& about, const std::string& arguments,
                std::function<int()> run) {
    const std::string usage = "usage: alfi " + name + arguments;
    CLI::App* app = app_.add_subcommand(name, about);
    app->formatter(std::make_shared<Formatter>(usage));
    subcommands_.push_back({app, usage, std::move(run), name == "train"});
    return app;
  }

  /// An option whose text goes through read as soon as it is met.
  void option(CLI::App* app, const std::string& name, const std::string& value, const std::string& about,
              const std::function<void(const std::string&)>& read) {
    app->add_option_function<std::string>(name, read, about)->type_name(value);
  }
  void integer(CLI::App* app, const std::string& name, Index low, Index high, Index& out, const std::string& about) {
    option(app, name, "N", about,
           [name, low, high, &out](const std::string& text) { out = integer_option(name, text, low, high); });
  }

  void add_common(CLI::App* app, CommonArguments& common, const std::string& seed,
                  const std::string& device_about = "auto (a GPU where there is one), cpu or cuda") {
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

  void add_refinement(CLI::App* app, EffortArguments& effort) {
    option(app, "--refine", "N",
           "simulations of a last local refinement, each as many calls as there are observations; 0: none",
           [&](const std::string& text) {
             const Index calls = integer_option("--refine", text, 0, kMostRefined);
             effort.refine = calls > 0 ? calls : -1;
           });
    app->add_option("--likelihood", effort.likelihood,
                    "of that refinement: local, a Gaussian near by; learned, a network that takes up to a minute, "
                    "for any noise and several modes; auto, whichever explains simulations better")
        ->type_name("KIND")
        ->check(CLI::IsMember({"local", "learned", "auto"}));
  }

  /// Without bank: where the simulator must be called.
  void add_effort(CLI::App* app, EffortArguments& effort, bool bank = true) {
    integer(app, "--iterations", 1, 1000, effort.iterations, "iterations T, if not those of the model");
    integer(app, "--thetas", 1, 4096, effort.thetas, "proposals K of an iteration");
    integer(app, "--observations", 1, 1000000, effort.observations, "simulated observations M of a proposal");
    add_refinement(app, effort);
    if (!bank) return;
    app->add_option("--bank", effort.bank, "choose from these stored simulations instead of calling the simulator")
        ->type_name("FILE");
  }

  void add_program(CLI::App* app, ProgramArguments& program) {
    app->add_option("--simulator-command", program.command,
                    "the program that simulates, where the model's simulator is one: run this")
        ->type_name("COMMAND");
    app->add_flag("--trust-model", program.trust, "run the program that the model file names");
  }

  void add_simulators() {
    CLI::App* app = add("simulators", "List the built-in simulators, or describe some: priors, units, observations",
                        " [NAME..]", [this] { return simulators(simulators_); });
    app->add_option("NAME", simulators_.names, "of simulators to describe")->type_name("");
  }

  void add_simulate() {
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
    app->add_option("--set", simulate_.set,
                    "an option of the simulator, simulator.parameters.KEY=VALUE; may be repeated")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    add_program(app, simulate_.program);
    add_common(app, simulate_.common, "seed of the draws (default 1)", "auto (the processor), cpu or cuda");
  }

  void add_train() {
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

  void add_infer() {
    CLI::App* app = add("infer", "Infer the parameters behind observations",
                        " MODEL OBSERVATIONS.csv [--draws N --output FILE] [--json FILE] [options]",
                        [this] { return infer(infer_); });
    app->add_option("MODEL", infer_.model, "directory that train wrote, or the file in it")->required()->type_name("");
    app->add_option("OBSERVATIONS.csv", infer_.observations,
                    "CSV with a header; # lines are skipped; -: standard input")
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

  void add_evaluate() {
    CLI::App* app =
        add("evaluate", "Measure a machine on problems whose truth is known",
            " MODEL [--problems 500] [--observed N] [--json FILE] [options]", [this] { return evaluate(evaluate_); });
    app->add_option("MODEL", evaluate_.model, "directory that train wrote, or the file in it")
        ->required()
        ->type_name("");
    integer(app, "--problems", 2, kMost, evaluate_.problems, "problems, drawn from the prior (default 500)");
    integer(app, "--observed", 1, 1000000, evaluate_.observed,
            "observations of each; by default as many as in training, log-uniform");
    add_effort(app, evaluate_.effort);
    add_program(app, evaluate_.program);
    add_common(app, evaluate_.common, "seed of the problems (default 1)");
  }

  void add_report() {
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

  void add_check() {
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
    app->footer("Exit status: 1 where answers are not calibrated, or the observations do not fit (p < 0.01).");
  }

  void add_compare() {
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

  void add_info() {
    CLI::App* app = add("info", "Say what a model file holds", " MODEL", [this] { return info(info_); });
    app->add_option("MODEL", info_.model, "directory that train wrote, or the file in it")->required()->type_name("");
  }

  Launch& launch_;
  const std::string usage_ =
      "usage: alfi simulators | simulate | train | infer | evaluate | check | compare | report | info [options]";
  CLI::App app_{"Likelihood-free inference by recurrent machines: train one on simulations, then infer.", "alfi"};
  std::vector<Subcommand> subcommands_;
  SimulatorsArguments simulators_;
  SimulateArguments simulate_;
  TrainArguments train_;
  InferArguments infer_;
  EvaluateArguments evaluate_;
  ReportArguments report_;
  CheckArguments check_;
  CompareArguments compare_;
  InfoArguments info_;
};

}  // namespace

int run_command_line(int argc, char** argv, Launch& launch) { return CommandLine(launch).run(argc, argv); }

}  // namespace alfi::tools
