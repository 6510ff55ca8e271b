#include "man.hpp"

#include <CLI/CLI.hpp>

#include "alfi/core/version.h"

namespace alfi::tools {
namespace {

/// Text as roff wants it: a minus is one, and no line begins with a request.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '-') {
      out += "\\-";
    } else if (c == '\\') {
      out += "\\e";
    } else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) {
      out += std::string("\\&") + c;
    } else {
      out += c;
    }
  }
  return out;
}

std::string item(const std::string& term, const std::string& value, const std::string& about) {
  return ".TP\n\\fB" + roff(term) + "\\fR" + (value.empty() ? "" : " \\fI" + roff(value) + "\\fR") + "\n" +
         roff(about) + "\n";
}

std::string without_usage(const std::string& usage) {
  const std::string begin = "usage: ";
  return usage.rfind(begin, 0) == 0 ? usage.substr(begin.size()) : usage;
}

std::string subcommand_text(const CLI::App& app, const std::string& usage) {
  std::string text = ".SS " + app.get_name() + "\n" + roff(app.get_description()) + ".\n.PP\n.nf\n\\fB" +
                     roff(without_usage(usage)) + "\\fR\n.fi\n";
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_name(false, true) == "-h,--help") continue;
    const std::string name = option->get_positional() ? option->get_name(true) : option->get_name(false, true);
    text += item(name, option->get_positional() ? "" : option->get_type_name(), option->get_description());
  }
  return text;
}

const char* const kEnd = R"(.SH FILES
A training writes into its directory
.IR model.safetensors ,
.IR config.toml ,
.IR history.csv ,
.I run.json
and
.IR checkpoint.safetensors .
Observations are CSV files with a header; configurations are TOML.
.SH ENVIRONMENT
.TP
.B ALFI_CPU_ARCH
Level of the vector code in place of the one that the processor has: x86\-64, x86\-64\-v3 or x86\-64\-v4.
.SH EXIT STATUS
0 done, 1 failed, 2 wrong use or bad input, 3 stopped early with a checkpoint.
.SH EXAMPLES
Train a machine for counts of unknown rate, infer the rate behind some, and look at how well it does:
.PP
.nf
.RS
alfi train configs/poisson.toml \-\-output model
alfi simulate poisson \-\-theta 1.35 \-\-count 500 \-\-output counts.csv
alfi infer model counts.csv \-\-draws 4000 \-\-output draws.csv
alfi evaluate model
alfi report model \-\-observations counts.csv
.RE
.fi
)";

}  // namespace

std::string man_page(const CLI::App& app, const std::function<std::string(const std::string&)>& usage_of) {
  std::string text = ".TH ALFI 1 \"\" \"alfi " ALFI_VERSION "\" \"User Commands\"\n.SH NAME\nalfi \\- " +
                     roff("likelihood-free inference by recurrent machines") + "\n.SH SYNOPSIS\n.nf\n";
  const std::vector<const CLI::App*> subcommands = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* subcommand : subcommands) {
    text += "\\fB" + roff(without_usage(usage_of(subcommand->get_name()))) + "\\fR\n";
  }
  text +=
      ".fi\n.SH DESCRIPTION\n" + roff(app.get_description()) + "\nA machine is trained on a simulator alone; " +
      "it then infers the parameters behind observations, iteration by iteration: it proposes parameters, simulates, "
      "compares, and moves its proposal.\n.SH COMMANDS\n";
  for (const CLI::App* subcommand : subcommands) {
    text += subcommand_text(*subcommand, usage_of(subcommand->get_name()));
  }
  return text + kEnd;
}

}  // namespace alfi::tools
