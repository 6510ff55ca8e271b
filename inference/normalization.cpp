#include "alfi/inference/normalization.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/buffer.hpp"
#include "alfi/core/error.hpp"
#include "alfi/core/moments.hpp"
#include "alfi/inference/problem_draws.hpp"
#include "alfi/kernels/features.hpp"

namespace alfi {
inline namespace v0 {
namespace {

/// Median, and the distance of the quartiles (1 where they coincide).
struct Quartiles {
  double median, spread;
};

Quartiles quartiles(std::vector<double>& values) {
  const auto at = [&](double q) {
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), place, values.end());
    return *place;
  };
  const double low = at(0.25), middle = at(0.5), high = at(0.75);
  return {middle, high > low ? high - low : 1.0};
}

}  // namespace

Normalization standardize(const Simulator& simulator, std::uint64_t seed, Index problems, Index observed) {
  const Context context;
  const Index p_count = simulator.parameters(), size = simulator.size();
  Buffer<float> theta(context, problems * p_count), x(context, problems * observed * size);
  Buffer<std::uint8_t> status(context, problems * observed);
  const Key prior_key = step_key(seed, Purpose::standardize, 0);
  for (Index b = 0; b < problems; ++b) {
    Stream random(prior_key, {static_cast<std::uint32_t>(b), 0, 0, 0});
    for (Index p = 0; p < p_count; ++p) {
      const Prior& prior = simulator.info().parameters[static_cast<std::size_t>(p)].prior;
      theta.data()[b * p_count + p] = static_cast<float>(prior.theta(draw_coordinate(random)));
    }
  }
  SimulateRequest request;
  request.problems = problems;
  request.observations = observed;
  request.theta = theta.matrix(problems, p_count);
  request.out = x.matrix(problems * observed, size);
  request.status = status.view();
  request.key = step_key(seed, Purpose::standardize, 1);
  simulator.simulate(context, request);
  for (Index i = 0; i < problems * observed * size; ++i) {
    if (!std::isfinite(x.data()[i])) status.data()[i / size] = static_cast<std::uint8_t>(Status::failed);
  }

  Normalization n;
  std::vector<double> single_spread;
  for (Index d = 0; d < size; ++d) {
    std::vector<double> values;
    for (Index i = 0; i < problems * observed; ++i) {
      if (status.data()[i] == 0) values.push_back(static_cast<double>(x.data()[i * size + d]));
    }
    if (values.empty()) throw NumericError("standardize: " + simulator.info().name + ": every simulation failed");
    RunningMoments moments;
    for (const double value : values) moments.add(value);
    n.mean.push_back(moments.mean());
    n.sd.push_back(moments.sd() > 0 ? moments.sd() : 1.0);
    n.least_scale.push_back(1e-3 * quartiles(values).spread);
  }
  Buffer<double> location(context, problems * size), scale(context, problems * size);
  kernels::location_and_scale<double>(context, x.matrix(problems * observed, size), status.view(), observed, {},
                                      {n.least_scale.data(), size}, location.matrix(problems, size),
                                      scale.matrix(problems, size));
  for (Index entry = 0; entry < 2 * size; ++entry) {
    std::vector<double> values;
    for (Index b = 0; b < problems; ++b) {
      values.push_back(entry < size ? location.data()[b * size + entry]
                                    : std::log(scale.data()[b * size + entry - size]));
    }
    const Quartiles q = quartiles(values);
    n.median.push_back(q.median);
    n.spread.push_back(q.spread);
  }
  return n;
}

}  // namespace v0
}  // namespace alfi
