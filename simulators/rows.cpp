#include "alfi/simulators/rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "alfi/core/counter.hpp"
#include "alfi/simulators/functor.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kPieces = 8;  // for each thread: calls may differ in cost

/// What no float can hold is infinite, without the overflow that hosts may trap.
float to_float(double x) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (!std::isfinite(x) || std::fabs(x) <= kLargest) return static_cast<float>(x);
  return std::copysign(std::numeric_limits<float>::infinity(), x > 0 ? 1.0f : -1.0f);
}

/// Samples of some requests, a row each.
class Rows {
 public:
  Rows(const std::vector<SimulateRequest>& requests, Index parameters, Index columns)
      : requests_(requests), parameters_(parameters), columns_(columns) {}

  /// All samples, at their first attempt.
  void add_all() {
    for (std::size_t q = 0; q < requests_.size(); ++q) {
      const SimulateRequest& r = requests_[q];
      for (Index row = 0; row < r.problems * r.proposals; ++row) {
        for (Index m = 0; m < r.count(row / r.proposals); ++m) add({q, row, m, 0});
      }
    }
  }

  /// False: there is nothing to be made, here or, where processes exchange rows, anywhere.
  bool simulate(const RowSimulator& simulator, const RowWorkers& workers) {
    out_.resize(places_.size() * static_cast<std::size_t>(columns_));
    status_.assign(places_.size(), static_cast<std::uint8_t>(Status::ok));
    if (workers.exchange != nullptr) return workers.exchange->simulate(simulator, part(0, size()), workers.pool);
    if (size() > 0) simulate_here(simulator, workers.pool);
    return size() > 0;
  }

  /// Writes what was made; what is left are the rows to be made again.
  void answer() {
    std::vector<Place> again;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      Place place = places_[i];
      const SimulateRequest& r = requests_[place.request];
      const Index sample = place.row * r.observations + place.m;
      const double* made = out_.data() + i * static_cast<std::size_t>(columns_);
      float* const x = r.out.row(sample).data;
      const bool ok = status_[i] == static_cast<std::uint8_t>(Status::ok);
      for (Index d = 0; d < columns_; ++d) x[d] = ok ? to_float(made[d]) : 0;
      r.status[sample] = status_[i];
      if ((ok && all_finite(x, columns_)) || ++place.attempt >= r.attempts) continue;
      if (r.retried != nullptr) add_count(r.retried, 1);
      again.push_back(place);
    }
    places_.clear();
    seeds_.clear();
    theta_.clear();
    for (const Place& place : again) add(place);
  }

 private:
  Index size() const { return static_cast<Index>(places_.size()); }

  void simulate_here(const RowSimulator& simulator, ThreadPool* pool) {
    const Index rows = size();
    if (simulator.spreads() || pool == nullptr || pool->size() == 1) return simulator.simulate(part(0, rows));
    const Index pieces = std::min(rows, kPieces * pool->size());
    pool->parallel_for(pieces, [&](Index i, int) {
      const Index first = rows * i / pieces;
      simulator.simulate(part(first, rows * (i + 1) / pieces - first));
    });
  }

  struct Place {
    std::size_t request;
    Index row, m;
    std::uint32_t attempt;
  };

  void add(const Place& place) {
    const SimulateRequest& r = requests_[place.request];
    places_.push_back(place);
    Stream random = r.stream(place.row, place.m, place.attempt);
    const std::uint64_t low = random.word(), high = random.word();
    seeds_.push_back(high << 32 | low);
    for (const float entry : r.theta.row(place.row)) theta_.push_back(static_cast<double>(entry));
  }

  RowsRequest part(Index first, Index rows) {
    return {{theta_.data() + first * parameters_, rows, parameters_},
            {seeds_.data() + first, rows},
            {out_.data() + first * columns_, rows, columns_},
            {status_.data() + first, rows}};
  }

  const std::vector<SimulateRequest>& requests_;
  Index parameters_, columns_;
  std::vector<Place> places_;
  std::vector<std::uint64_t> seeds_;
  std::vector<double> theta_, out_;
  std::vector<std::uint8_t> status_;
};

struct RowState {
  std::shared_ptr<const RowSimulator> simulator;
  Index parameters, size;  // P, D
};

void simulate_together(const void* self, const std::vector<SimulateRequest>& requests, const RowWorkers& workers) {
  const RowState& state = *static_cast<const RowState*>(self);
  Rows rows(requests, state.parameters, state.size);
  rows.add_all();
  while (rows.simulate(*state.simulator, workers)) rows.answer();
}

void simulate_rows(const void* self, const Context&, const SimulateRequest& r) { simulate_together(self, {r}, {}); }

}  // namespace

Simulator make_row_simulator(SimulatorInfo info, std::shared_ptr<const RowSimulator> rows, ExactAnswers exact) {
  SimulatorTable table;
  table.simulate = simulate_rows;
  table.simulate_together = simulate_together;
  const RowState state{std::move(rows), static_cast<Index>(info.parameters.size()), info.observation.size()};
  return Simulator(std::move(info), std::make_shared<const RowState>(state), table, std::move(exact));
}

}  // namespace v0
}  // namespace alfi
