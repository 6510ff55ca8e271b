#include <filesystem>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "commands.hpp"
#include "csv.hpp"
#include "failure.hpp"
#include "history.hpp"
#include "json.hpp"
#include "options.hpp"
#include "output.hpp"
#include "program.hpp"
#include "progress.hpp"
#include "report/page.hpp"
#include "waiting.hpp"

namespace alfi::tools {
namespace {

namespace fs = std::filesystem;

report::GatherOptions gather_options(const ReportArguments& arguments, Progress& progress, Waiting& waiting) {
  report::GatherOptions options;
  options.problems = arguments.problems;
  options.infer = infer_options(arguments.effort, arguments.common);
  options.infer.context = context_of(arguments.common.device);
  options.progress = [&](const std::string& what, Index done) {
    waiting.end();
    if (progress.due()) {
      progress.show(what + ": " + std::to_string(done) + "/" + std::to_string(arguments.problems) + " problems");
    }
    return true;
  };
  return options;
}

void read_example(const ReportArguments& arguments, const SimulatorInfo& info, report::GatherOptions& options) {
  if (arguments.observations.empty()) return;
  const ObservationTable table = read_problem(arguments.observations, info.observation);
  options.example_name = fs::path(arguments.observations).filename().string();
  options.example = table.values;
  warn(table.warnings, arguments.common.quiet);
}

}  // namespace

int report(const ReportArguments& arguments) {
  if (!fs::is_directory(arguments.directory)) {
    throw InputError(arguments.directory + ": is no directory, expected one that alfi train wrote");
  }
  const LoadedMachine loaded = load_machine(arguments.directory, arguments.program, arguments.common.threads);
  const Simulator& simulator = loaded.machine.simulator();
  Progress progress(arguments.common.quiet);
  Waiting waiting(loaded.simulator, arguments.common.quiet);
  report::GatherOptions options = gather_options(arguments, progress, waiting);
  read_example(arguments, simulator.info(), options);
  const std::string output = arguments.output.empty() ? arguments.directory + "/report" : arguments.output;
  make_directory(output);
  require_writable("--json", arguments.common.json);
  report::Findings findings = report::gather(loaded.machine, simulator, options);
  const std::string history = arguments.directory + "/history.csv";
  if (fs::exists(history)) findings.history = read_history(history);
  progress.finish();
  tell_failures(loaded.simulator, arguments.common.quiet);
  const std::vector<report::Section> sections = report::sections(findings);
  std::size_t figures = 0;
  for (const report::Section& section : sections) {
    for (const report::Figure& figure : section.figures) {
      write_text(output + "/" + figure.name + ".svg", figure.svg.file_text());
      write_text(output + "/" + figure.name + ".csv", figure.csv);
      ++figures;
    }
  }
  write_text(output + "/report.html", report::page(findings, sections));
  if (!arguments.common.json.empty()) {
    write_text(arguments.common.json,
               evaluation_json(simulator.info(), findings.after, options.infer.seed, progress.seconds()));
  }
  if (arguments.common.json != "-") {
    print(output + "/report.html, and " + std::to_string(figures) + " figures beside it\n");
  }
  return kDone;
}

}  // namespace alfi::tools
