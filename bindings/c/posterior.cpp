#include <algorithm>
#include <cmath>

#include "alfi/core/text.hpp"
#include "handles.hpp"

/// Posteriors of alfi.h.

namespace {

using namespace alfi;
using alfi::c::given;
using alfi::c::guarded;

const Posterior& posterior_of(const char* function, const alfi_posterior* handle) {
  return given(function, "posterior", handle).inference->posterior;
}
Index parameters_of(const Posterior& posterior) { return static_cast<Index>(posterior.parameters().size()); }

/// Writes what `answer` makes of the posterior to values, of which there must be P.
template <class Answer>
alfi_status write(const char* function, const alfi_posterior* handle, double* values, Index count,
                  const Answer& answer) {
  return guarded([&] {
    const Posterior& posterior = posterior_of(function, handle);
    c::require_array(function, "the result", values, count, parameters_of(posterior));
    const std::vector<double> made = answer(posterior);
    std::copy(made.begin(), made.end(), values);
  });
}

}  // namespace

void alfi_posterior_free(alfi_posterior* posterior) { delete posterior; }

alfi_status alfi_posterior_copy(const alfi_posterior* from, alfi_posterior** copy) {
  static const char* const function = "alfi_posterior_copy";
  return guarded([&] {
    const alfi_posterior& posterior = given(function, "from", from);
    c::make(function, copy,
            posterior.lent ? std::make_shared<const Inference>(*posterior.inference) : posterior.inference);
  });
}

alfi_status alfi_posterior_parameters(const alfi_posterior* posterior, std::int64_t* parameters) {
  static const char* const function = "alfi_posterior_parameters";
  return guarded([&] { given(function, "parameters", parameters) = parameters_of(posterior_of(function, posterior)); });
}
const char* alfi_posterior_name(const alfi_posterior* posterior, std::int64_t parameter) {
  if (posterior == nullptr) return nullptr;
  const std::vector<std::string>& names = posterior->inference->posterior.parameters();
  const bool known = parameter >= 0 && parameter < static_cast<Index>(names.size());
  return known ? names[static_cast<std::size_t>(parameter)].c_str() : nullptr;
}

alfi_status alfi_posterior_mean(const alfi_posterior* posterior, double* mean, std::int64_t count) {
  return write("alfi_posterior_mean", posterior, mean, count, [](const Posterior& p) { return p.mean(); });
}
alfi_status alfi_posterior_standard_deviation(const alfi_posterior* posterior, double* sd, std::int64_t count) {
  return write("alfi_posterior_standard_deviation", posterior, sd, count,
               [](const Posterior& p) { return p.standard_deviation(); });
}
alfi_status alfi_posterior_quantile(const alfi_posterior* posterior, double probability, double* theta,
                                    std::int64_t count) {
  return write("alfi_posterior_quantile", posterior, theta, count,
               [&](const Posterior& p) { return p.quantile(probability); });
}
alfi_status alfi_posterior_draw(const alfi_posterior* posterior, std::uint64_t seed, double* theta,
                                std::int64_t count) {
  static const char* const function = "alfi_posterior_draw";
  return guarded([&] {
    const Posterior& p = posterior_of(function, posterior);
    const Index parameters = parameters_of(p);
    if (count < 0 || count % parameters != 0) {
      throw ShapeError(std::string(function) + ": theta has " + std::to_string(count) +
                       " entries, expected a multiple of " + std::to_string(parameters));
    }
    c::require_array(function, "theta", theta, count, count);
    const std::vector<double> draws = p.draw(count / parameters, seed);
    std::copy(draws.begin(), draws.end(), theta);
  });
}
alfi_status alfi_posterior_log_density(const alfi_posterior* posterior, const double* theta, std::int64_t count,
                                       double* log_density) {
  static const char* const function = "alfi_posterior_log_density";
  return guarded([&] {
    const Posterior& p = posterior_of(function, posterior);
    c::require_array(function, "theta", theta, count, parameters_of(p));
    for (Index i = 0; i < count; ++i) {
      if (std::isfinite(theta[i])) continue;
      throw NumericError(std::string(function) + ": entry " + std::to_string(i) + " of theta is " +
                         number_text(theta[i]) + ", expected a finite number");
    }
    given(function, "log_density", log_density) = p.log_density({theta, theta + count});
  });
}
alfi_status alfi_posterior_simulator_calls(const alfi_posterior* posterior, std::int64_t* calls) {
  static const char* const function = "alfi_posterior_simulator_calls";
  return guarded([&] {
    const Inference& inference = *given(function, "posterior", posterior).inference;
    given(function, "calls", calls) = inference.simulator_calls;
  });
}
const char* alfi_posterior_warning(const alfi_posterior* posterior, std::int64_t number) {
  if (posterior == nullptr) return nullptr;
  const std::vector<std::string>& warnings = posterior->inference->warnings;
  const bool known = number >= 0 && number < static_cast<Index>(warnings.size());
  return known ? warnings[static_cast<std::size_t>(number)].c_str() : nullptr;
}
