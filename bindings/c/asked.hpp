#pragma once
#include <cfloat>
#include <cmath>

#include "alfi/core/text.hpp"
#include "handles.hpp"
#include "watch.hpp"

/// What an inference of alfi.h is asked: observations and options.

namespace alfi {
inline namespace v0 {
namespace c {

/// Numbers that a float holds: no overflow, which the host may trap.
inline void write_floats(const char* function, const double* x, Index size, float* floats) {
  for (Index i = 0; i < size; ++i) {
    if (!std::isfinite(x[i]) || std::fabs(x[i]) > static_cast<double>(FLT_MAX)) {
      throw NumericError(std::string(function) + ": entry " + std::to_string(i) + " of x is " + number_text(x[i]) +
                         ", expected a finite number within a float's range");
    }
    floats[i] = static_cast<float>(x[i]);
  }
}

/// [samples,numbers] of an array; throws where there is none, or one too large.
template <class T>
Index array_size(const char* function, const T* x, Index samples, Index numbers) {
  if (samples < 1 || numbers < 1 || numbers > (Index{1} << 40) / samples) {
    throw ShapeError(std::string(function) + ": x has shape [" + std::to_string(samples) + "," +
                     std::to_string(numbers) + "], expected both at least 1, and 2^40 numbers at most");
  }
  given(function, "x", x);
  return samples * numbers;
}

inline InferOptions infer_options(const char* function, const alfi_infer_options& asked, const Watch& watch) {
  InferOptions options;
  options.iterations = asked.iterations;
  options.thetas = asked.thetas;
  options.observations = asked.observations;
  options.seed = asked.seed;
  options.threads = asked.threads < 0 ? 0 : asked.threads == 0 ? 1 : asked.threads;
  options.context = context_of(function, asked.device);
  if (watch.watch == nullptr) return options;
  options.progress = [watch](Index iteration) {
    alfi_progress p{};
    p.step = iteration;
    p.steps = watch.steps;
    watch.look(p);
    return true;
  };
  return options;
}

inline Index iterations_of(const Machine& machine, Index asked) {
  const Configuration& c = machine.configuration();
  return asked > 0 ? asked : c.infer.iterations > 0 ? c.infer.iterations : c.train.iterations;
}

}  // namespace c
}  // namespace v0
}  // namespace alfi
