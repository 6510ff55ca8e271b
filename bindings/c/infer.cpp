#include <algorithm>

#include "asked.hpp"

/// Inference of alfi.h.

namespace {

using namespace alfi;
using alfi::c::array_size;
using alfi::c::given;
using alfi::c::guarded;
using alfi::c::infer_options;
using alfi::c::iterations_of;
using alfi::c::write_floats;

std::vector<float> to_floats(const char* function, const double* x, Index size) {
  std::vector<float> floats(static_cast<std::size_t>(size));
  write_floats(function, x, size, floats.data());
  return floats;
}

void infer(const char* function, const alfi_machine* handle, Observations x, const alfi_infer_options* options,
           alfi_posterior** posterior) {
  const Machine& machine = given(function, "machine", handle).machine;
  const alfi_infer_options asked = c::read_options(function, options);
  c::Watch watch{asked.watch, asked.log, asked.user};
  watch.steps = iterations_of(machine, asked.iterations);
  Inference answer = machine.infer(machine.simulator(), x, infer_options(function, asked, watch));
  for (const std::string& warning : answer.warnings) watch.tell(warning);
  c::make(function, posterior, std::make_shared<const Inference>(std::move(answer)));
}

/// Posteriors of a whole array of problems; all of them or none.
void infer_many(const char* function, const alfi_machine* handle, MatView<const float> x,
                VecView<const std::int32_t> counts, const alfi_infer_options* options, alfi_posterior** posteriors) {
  const Machine& machine = given(function, "machine", handle).machine;
  const alfi_infer_options asked = c::read_options(function, options);
  if (asked.watch != nullptr) {
    throw InputError(std::string(function) + ": watch is set, expected NULL: there is none of many problems at once");
  }
  const c::Watch watch{nullptr, asked.log, asked.user};
  std::vector<Inference> answers =
      machine.infer_many(machine.simulator(), x, counts, infer_options(function, asked, watch));
  std::vector<std::unique_ptr<alfi_posterior>> made;
  for (std::size_t b = 0; b < answers.size(); ++b) {
    for (const std::string& warning : answers[b].warnings) watch.tell("problem " + std::to_string(b) + ": " + warning);
    made.push_back(
        std::make_unique<alfi_posterior>(alfi_posterior{std::make_shared<const Inference>(std::move(answers[b]))}));
  }
  for (std::size_t b = 0; b < made.size(); ++b) posteriors[b] = made[b].release();
}

}  // namespace

alfi_status alfi_machine_infer(const alfi_machine* machine, const double* x, std::int64_t samples, std::int64_t numbers,
                               const alfi_infer_options* options, alfi_posterior** posterior) {
  static const char* const function = "alfi_machine_infer";
  return guarded([&] {
    const std::vector<float> floats = to_floats(function, x, array_size(function, x, samples, numbers));
    infer(function, machine, {floats.data(), samples, numbers}, options, posterior);
  });
}
alfi_status alfi_machine_infer_float(const alfi_machine* machine, const float* x, std::int64_t samples,
                                     std::int64_t numbers, const alfi_infer_options* options,
                                     alfi_posterior** posterior) {
  static const char* const function = "alfi_machine_infer_float";
  return guarded([&] {
    array_size(function, x, samples, numbers);
    infer(function, machine, {x, samples, numbers}, options, posterior);
  });
}
alfi_status alfi_machine_infer_many(const alfi_machine* machine, const double* x, std::int64_t problems,
                                    std::int64_t most, std::int64_t numbers, const std::int32_t* counts,
                                    const alfi_infer_options* options, alfi_posterior** posteriors) {
  static const char* const function = "alfi_machine_infer_many";
  return guarded([&] {
    if (problems < 0 || problems > (Index{1} << 31)) {
      throw ShapeError(std::string(function) + ": problems is " + std::to_string(problems) + ", expected 0 to 2^31");
    }
    if (problems == 0) return;
    given(function, "counts", counts);
    given(function, "posteriors", posteriors);
    if (most < 1 || most > (Index{1} << 40) / problems) {
      throw ShapeError(std::string(function) + ": most is " + std::to_string(most) +
                       ", expected at least 1, and 2^40 samples at most");
    }
    // What does not exist may hold anything: it is not looked at.
    array_size(function, x, problems * most, numbers);
    std::vector<float> floats(static_cast<std::size_t>(problems * most * numbers));
    for (Index b = 0; b < problems; ++b) {
      const Index exist = std::min<Index>(std::max<Index>(counts[b], 0), most), first = b * most * numbers;
      write_floats(function, x + first, exist * numbers, floats.data() + first);
    }
    infer_many(function, machine, {floats.data(), problems * most, numbers}, {counts, problems}, options, posteriors);
  });
}
