#pragma once
#include <functional>
#include <string>
#include <vector>

#include "alfi/core/context.hpp"
#include "measure.hpp"

/// What a GPU benchmark is: it checks its answer, then times it, and says what the work needs at least.

namespace bench {

using alfi::Index;

struct Session {
  alfi::Context gpu;
  Roofs roofs;
  double seconds = 0.5;  ///< of each timing
};

/// What one call takes at least: operations at the rate of the unit that does them, or bytes that must move once.
struct Least {
  double flop = 0;
  double rate = 0;  ///< FLOP/s
  double bytes = 0;
};

/// The largest error found, relative to the largest entry of the array it is in, and what was allowed.
struct Answer {
  double error = 0, allowed = 0;
};

struct Measured {
  Timing timing;
  Least least;
  Answer answer;
  double items = 0;
  std::string item;  ///< what they are: "row"
};

struct Benchmark {
  std::string name;
  std::function<Measured(const Session&)> run;
};

/// How products are computed, by name; what their rate is at best.
struct Products {
  const char* name;
  alfi::ProductPrecision precision;

  double rate(const Roofs& roofs) const {
    if (precision == alfi::ProductPrecision::full) return roofs.multiply_adds;
    return precision == alfi::ProductPrecision::tf32 ? roofs.tensor : roofs.tensor / 3;
  }
  /// Of a set encoder, whose tensor cores multiply halves, at twice the rate: once, or in float, as exact, three times.
  double encoder_rate(const Roofs& roofs) const {
    return 2 * roofs.tensor / (precision == alfi::ProductPrecision::tf32 ? 1 : 3);
  }
};
inline constexpr Products kFloat{"float", alfi::ProductPrecision::full};
inline constexpr Products kTf32{"tf32", alfi::ProductPrecision::tf32};
inline constexpr Products kTf32x3{"tf32x3", alfi::ProductPrecision::tf32x3};

void add_dense(std::vector<Benchmark>& all);
void add_encoders(std::vector<Benchmark>& all);
void add_fused(std::vector<Benchmark>& all);
void add_small(std::vector<Benchmark>& all);
void add_simulators(std::vector<Benchmark>& all);
void add_populations(std::vector<Benchmark>& all);
void add_meta_steps(std::vector<Benchmark>& all);

}  // namespace bench
