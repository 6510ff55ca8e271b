#include "options.hpp"

#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "failure.hpp"

namespace alfi::tools {
namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& text, const std::string& wanted) {
  throw UsageError(option + ": got \"" + text + "\", expected " + wanted);
}

}  // namespace

Index integer_option(const std::string& option, const std::string& text, Index low, Index high) {
  double value = 0;
  const bool read = parse_number(text, value) && std::isfinite(value) && value == std::floor(value);
  if (!read || value < static_cast<double>(low) || value > static_cast<double>(high)) {
    refuse(option, text, "an integer from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return static_cast<Index>(value);
}

std::uint64_t seed_option(const std::string& option, const std::string& text) {
  std::uint64_t value = 0;
  if (!parse_number(text, value) || value >> 63 != 0) {
    refuse(option, text, "an integer from 0 to 9223372036854775807");
  }
  return value;
}

std::vector<double> numbers_option(const std::string& option, const std::string& text) {
  std::vector<double> values;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    double value = 0;
    if (!parse_number(text.substr(begin, end - begin), value) || !std::isfinite(value)) {
      refuse(option, text, "finite numbers separated by commas, such as 1.35 or 1,-2.5");
    }
    values.push_back(value);
    begin = end + 1;
  }
  return values;
}

double duration_option(const std::string& option, const std::string& text) {
  double unit = 1, value = 0;
  std::string number = text;
  const char last = text.empty() ? ' ' : text.back();
  if (last == 's' || last == 'm' || last == 'h') {
    unit = last == 'h' ? 3600 : last == 'm' ? 60 : 1;
    number.pop_back();
  }
  const bool read = parse_number(number, value) && std::isfinite(value);
  if (!read || value <= 0 || value > 1e9) refuse(option, text, "a time such as 90s, 30m or 2h");
  return value * unit;
}

std::string device_option(const std::string& option, const std::string& text) {
  if (text != "auto" && text != "cpu" && text != "cuda") refuse(option, text, "auto, cpu or cuda");
  return text;
}

Context context_of(const std::string& device) {
  if (device == "cpu") return Context();
  const CudaStatus status = cuda_status();
  if (status.usable) return Context(Backend::cuda);
  if (device == "auto") return Context();
  const std::string advice = status.compiled ? "" : " (configure it with -DALFI_CUDA=ON, see docs/gpu.md)";
  throw NotAvailableError("--device cuda: " + status.reason + advice + "; expected auto or cpu here");
}

std::string device_text(const Context& context) {
  return context.device() == nullptr ? "cpu" : context.device()->properties().name;
}

InferOptions infer_options(const EffortArguments& effort, const CommonArguments& common) {
  InferOptions options;
  options.iterations = effort.iterations;
  options.thetas = effort.thetas;
  options.observations = effort.observations;
  options.refine = effort.refine;
  options.likelihood = effort.likelihood;
  options.seed = common.seed.value_or(1);
  options.threads = common.threads;
  return options;
}

std::unique_ptr<const Bank> bank_of(const std::string& path, const Simulator& simulator) {
  if (path.empty()) return nullptr;
  return std::make_unique<const Bank>(bank_from_file(read_tensor_file(path), path, simulator));
}

}  // namespace alfi::tools
