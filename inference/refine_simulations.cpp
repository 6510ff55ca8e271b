#include "alfi/inference/refine_simulations.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/inference/host_samples.hpp"
#include "alfi/inference/problem_draws.hpp"
#include "alfi/inference/rows/series.hpp"
#include "alfi/inference/set_statistics.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr double kLeastNoise = 1e-3;  // of an entry, in distances of its prior predictive's quartiles
constexpr double kLeastShare = 1e-6;  // of a set's statistic
constexpr Index kMostRows = 1 << 18;  // simulated at a time

}  // namespace

RefineSimulations::RefineSimulations(const RefineSetting& setting, MatView<const float> observed)
    : setting_(setting),
      is_set_(setting.simulator->info().observation.is_set),
      count_(observed.rows),
      observed_(emulated(observed)),
      raw_observed_(observed.data, observed.data + observed.cols) {
  places_.cols = parameters();
  values_.cols = static_cast<Index>(observed_.size());
  for (std::size_t j = 0; j < observed_.size(); ++j) {
    least_.push_back(is_set_ ? kLeastShare * (1 + std::abs(observed_[j]))
                             : kLeastNoise * setting_.normalization->spread[j]);
  }
}

std::vector<double> RefineSimulations::emulated(MatView<const float> x) const {
  const Normalization& n = *setting_.normalization;
  std::vector<double> values;
  if (is_set_) {
    values.resize(static_cast<std::size_t>(set_statistics_size(x.cols)));
    set_statistics(x, n.least_scale, values.data());
  }
  for (Index d = 0; !is_set_ && d < x.cols; ++d) {
    values.push_back(static_cast<double>(shown_value(x(0, d), n.shown.data(), n.floor.data(), d)));
  }
  return values;
}

Index RefineSimulations::part() const { return std::max(Index{1}, kMostRows / count_); }

void RefineSimulations::simulate(Points at, Index round, Index first) {
  const SimulatorInfo& info = setting_.simulator->info();
  const Index size = setting_.simulator->size(), count = at.rows();
  std::vector<float> theta, x(static_cast<std::size_t>(count * count_ * size));
  std::vector<std::uint8_t> status(static_cast<std::size_t>(count * count_));
  for (std::size_t i = 0; i < at.data.size(); ++i) {
    double& u = at.data[i];
    u = std::min(std::max(u, -kFurthest), kFurthest);
    theta.push_back(static_cast<float>(info.parameters[i % static_cast<std::size_t>(at.cols)].prior.theta(u)));
  }
  SimulateRequest request;
  request.problems = 1;
  request.proposals = count;
  request.observations = count_;
  request.theta = {theta.data(), count, parameters()};
  request.out = {x.data(), count * count_, size};
  request.status = {status.data(), count * count_};
  request.key = step_key(setting_.seed, Purpose::refine, 2 + static_cast<std::uint64_t>(first));
  request.first_problem = setting_.problem;
  request.iteration = static_cast<std::uint32_t>(round);
  simulate_on_host(*setting_.simulator, request, setting_.pool);
  for (Index i = 0; i < count; ++i) {
    const MatView<const float> sample{x.data() + i * count_ * size, count_, size};
    if (!all_valid(sample, status.data() + i * count_)) continue;
    places_.data.insert(places_.data.end(), at.row(i), at.row(i) + at.cols);
    const std::vector<double> values = emulated(sample);
    values_.data.insert(values_.data.end(), values.begin(), values.end());
    if (!is_set_) raw_.insert(raw_.end(), sample.data, sample.data + size);
  }
}

Points RefineSimulations::shown(const Points& places) const {
  Points all{{}, 2 * places.cols};
  const std::vector<Parameter>& parameters = setting_.simulator->info().parameters;
  for (Index i = 0; i < places.rows(); ++i) {
    const double* const u = places.row(i);
    all.data.insert(all.data.end(), u, u + places.cols);
    for (std::size_t p = 0; p < parameters.size(); ++p) {
      all.data.push_back(parameters[p].prior.theta(std::min(std::max(u[p], -kFurthest), kFurthest)));
    }
  }
  return all;
}

bool RefineSimulations::is_whole(std::size_t entry) const {
  bool whole = true;
  for (std::size_t i = entry; whole && i < raw_.size(); i += raw_observed_.size())
    whole = raw_[i] == std::floor(raw_[i]);
  return whole;
}

std::vector<double> RefineSimulations::beyond(Index entry) const {
  std::vector<double> all;
  const auto d = static_cast<std::size_t>(entry);
  for (std::size_t i = d; i < raw_.size(); i += raw_observed_.size()) {
    all.push_back(static_cast<double>(raw_[i]) - static_cast<double>(raw_observed_[d]));
  }
  return all;
}

std::vector<Index> RefineSimulations::often_equal(Index since, double share) const {
  std::vector<Index> entries;
  for (Index d = 0; d < values_.cols; ++d) {
    if (!is_whole(static_cast<std::size_t>(d))) continue;
    const std::vector<double> all = beyond(d);
    const auto equal = [&](auto from) { return static_cast<double>(std::count(from, all.end(), 0.0)); };
    const double late = static_cast<double>(places_.rows() - since);
    if (equal(all.begin() + since) >= share * late && equal(all.begin()) < static_cast<double>(all.size())) {
      entries.push_back(d);
    }
  }
  return entries;
}

Points RefineSimulations::blurred(Key key) const {
  const auto size = static_cast<std::size_t>(values_.cols);
  Points values = values_;
  const Normalization& n = *setting_.normalization;
  for (std::size_t d = 0; d < size; ++d) {
    if (!is_whole(d)) continue;
    for (std::size_t i = d; i < raw_.size(); i += size) {
      Stream random(key, {0, 0, 0, static_cast<std::uint32_t>(i)});
      const float value = raw_[i] + random.uniform() - 0.5f;
      values.data[i] = static_cast<double>(shown_value(value, n.shown.data(), n.floor.data(), static_cast<Index>(d)));
    }
  }
  return values;
}

}  // namespace v0
}  // namespace alfi
