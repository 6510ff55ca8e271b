#include "command_line.hpp"

#include <algorithm>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/configuration_fields.hpp"
#include "command_options.hpp"
#include "failure.hpp"
#include "launch.hpp"
#include "man.hpp"
#include "option_words.hpp"
#include "output.hpp"

namespace alfi::tools {
namespace {

/// Reads a command line, runs what it says, and says what is wrong with it.
class CommandLine {
 public:
  explicit CommandLine(Launch& launch) : launch_(launch), options_(launch) {}

  int run(int argc, char** argv) {
    try {
      options_.app().parse(argc, argv);
      const bool works = launch_.ranks().rank() == 0 || selected()->together;
      return works ? run_selected() : kDone;
    } catch (const CLI::CallForAllHelp&) {
      print(man_page(options_.app(), [this](const std::string& name) { return usage_of(name); }));
    } catch (const CLI::CallForHelp&) {
      print(options_.app().help());
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
    for (const Subcommand& subcommand : options_.subcommands()) {
      if (subcommand.app->get_name() == name) return subcommand.usage;
    }
    return "";
  }

  const Subcommand* selected() const {
    for (const Subcommand& subcommand : options_.subcommands()) {
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
      for (const Subcommand& known : options_.subcommands()) names.push_back(known.app->get_name());
      message = "got \"" + std::string(argv[1]) + "\", expected " + list_text(names) + suggestion(argv[1], names);
    }
    complain("alfi: " + message);
    complain(subcommand ? subcommand->usage : options_.usage());
    return kBadInput;
  }

  Launch& launch_;
  CommandOptions options_;
};

}  // namespace

int run_command_line(int argc, char** argv, Launch& launch) { return CommandLine(launch).run(argc, argv); }

}  // namespace alfi::tools
