#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "alfi/core/context.hpp"
#include "alfi/core/portable.hpp"
#include "alfi/inference/bank.hpp"
#include "alfi/inference/machine.hpp"
#include "commands.hpp"

/// Values of command-line options: whole text to number, whatever the locale. Throw UsageError with the option, what
/// was got and what was wanted.

namespace alfi::tools {

/// "250" or "1e5".
Index integer_option(const std::string& option, const std::string& text, Index low, Index high);
std::uint64_t seed_option(const std::string& option, const std::string& text);
/// "1.5" or "1,2.5,-3".
std::vector<double> numbers_option(const std::string& option, const std::string& text);
/// "90s", "30m", "2h" or plain seconds, positive.
double duration_option(const std::string& option, const std::string& text);
/// auto, cpu or cuda.
std::string device_option(const std::string& option, const std::string& text);

/// Where a device option says that work runs; auto: a GPU where there is one that can be used, else the processor.
/// Throws NotAvailableError, saying why, for cuda where there is none.
Context context_of(const std::string& device);
/// "cpu", or the GPU's name.
std::string device_text(const Context& context);

/// As asked; bank and context are the caller's to set.
InferOptions infer_options(const EffortArguments& effort, const CommonArguments& common);

/// The bank in that file; null where path is "". Throws InputError "PATH: ...".
std::unique_ptr<const Bank> bank_of(const std::string& path, const Simulator& simulator);

}  // namespace alfi::tools
