#include "alfi/inference/inferrer.hpp"

#include "asked.hpp"

/// Inference again and again of alfi.h.

struct alfi_inferrer {
  alfi_inferrer(const alfi::Machine& m, std::int64_t most, const alfi_infer_options& o,
                const alfi::InferOptions& options)
      : machine(m), most_samples(most), asked(o), inferrer(machine, machine.simulator(), most, options) {}

  alfi::Machine machine;
  std::int64_t most_samples;
  alfi_infer_options asked;
  alfi::Inferrer inferrer;
  std::vector<float> floats;  ///< observations that came as doubles
  alfi_posterior answer{nullptr, true};
};

namespace {

using namespace alfi;
using alfi::c::given;
using alfi::c::guarded;

void make_inferrer(const char* function, const Machine& machine, std::int64_t most, const alfi_infer_options& asked,
                   alfi_inferrer** place) {
  c::Watch watch{asked.watch, asked.log, asked.user};
  watch.steps = c::iterations_of(machine, asked.iterations);
  const InferOptions options = c::infer_options(function, asked, watch);
  alfi_inferrer*& result = given(function, "the place of the result", place);
  result = new alfi_inferrer(machine, most, asked, options);
}

void infer_again(const char* function, alfi_inferrer& self, Observations x, std::uint64_t seed,
                 const alfi_posterior** posterior) {
  const alfi_posterior*& place = given(function, "the place of the result", posterior);
  const Inference& answer = self.inferrer.infer(x, seed);
  const c::Watch watch{nullptr, self.asked.log, self.asked.user};
  for (const std::string& warning : answer.warnings) watch.tell(warning);
  // Owned by nobody: nothing is allocated.
  self.answer.inference = std::shared_ptr<const Inference>(std::shared_ptr<const Inference>(), &answer);
  place = &self.answer;
}

}  // namespace

void alfi_inferrer_free(alfi_inferrer* inferrer) { delete inferrer; }

alfi_status alfi_inferrer_copy(const alfi_inferrer* from, alfi_inferrer** copy) {
  static const char* const function = "alfi_inferrer_copy";
  return guarded([&] {
    const alfi_inferrer& old = given(function, "from", from);
    make_inferrer(function, old.machine, old.most_samples, old.asked, copy);
  });
}

alfi_status alfi_inferrer_create(const alfi_machine* machine, std::int64_t most_samples,
                                 const alfi_infer_options* options, alfi_inferrer** inferrer) {
  static const char* const function = "alfi_inferrer_create";
  return guarded([&] {
    const alfi_infer_options asked = c::read_options(function, options);
    if (asked.seed != 0) {
      throw InputError(std::string(function) + ": seed is " + std::to_string(asked.seed) +
                       ", expected 0: each inference is given its own");
    }
    make_inferrer(function, given(function, "machine", machine).machine, most_samples, asked, inferrer);
  });
}

alfi_status alfi_inferrer_infer(alfi_inferrer* inferrer, const double* x, std::int64_t samples, std::int64_t numbers,
                                std::uint64_t seed, const alfi_posterior** posterior) {
  static const char* const function = "alfi_inferrer_infer";
  return guarded([&] {
    alfi_inferrer& self = given(function, "inferrer", inferrer);
    const Index size = c::array_size(function, x, samples, numbers);
    self.floats.resize(static_cast<std::size_t>(size));
    c::write_floats(function, x, size, self.floats.data());
    infer_again(function, self, {self.floats.data(), samples, numbers}, seed, posterior);
  });
}
alfi_status alfi_inferrer_infer_float(alfi_inferrer* inferrer, const float* x, std::int64_t samples,
                                      std::int64_t numbers, std::uint64_t seed, const alfi_posterior** posterior) {
  static const char* const function = "alfi_inferrer_infer_float";
  return guarded([&] {
    alfi_inferrer& self = given(function, "inferrer", inferrer);
    c::array_size(function, x, samples, numbers);
    infer_again(function, self, {x, samples, numbers}, seed, posterior);
  });
}
