#include "alfi/simulators/rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
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

struct Place {
  std::size_t request;
  Index row, m;
  std::uint32_t attempt;
};

/// What the rows of one call are in.
struct RowMemory {
  std::vector<Place> places, again;
  std::vector<std::uint64_t> seeds;
  std::vector<double> theta, out;
  std::vector<std::uint8_t> status;

  void clear() {
    places.clear();
    seeds.clear();
    theta.clear();
  }
};

/// Memory of calls that are over, for the next ones: a simulator that is asked again and again allocates once.
class RowMemories {
 public:
  std::unique_ptr<RowMemory> take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (kept_.empty()) return std::make_unique<RowMemory>();
    std::unique_ptr<RowMemory> memory = std::move(kept_.back());
    kept_.pop_back();
    return memory;
  }
  void keep(std::unique_ptr<RowMemory> memory) {
    const std::lock_guard<std::mutex> lock(mutex_);
    kept_.push_back(std::move(memory));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<RowMemory>> kept_;
};

/// Samples of some requests, a row each.
class Rows {
 public:
  Rows(const SimulateRequest* requests, std::size_t count, Index parameters, Index columns, RowMemory& memory)
      : requests_(requests), count_(count), parameters_(parameters), columns_(columns), m_(memory) {
    m_.clear();
  }

  /// All samples, at their first attempt.
  void add_all() {
    for (std::size_t q = 0; q < count_; ++q) {
      const SimulateRequest& r = requests_[q];
      for (Index row = 0; row < r.problems * r.proposals; ++row) {
        for (Index m = 0; m < r.count(row / r.proposals); ++m) add({q, row, m, 0});
      }
    }
  }

  /// False: there is nothing to be made, here or, where processes exchange rows, anywhere.
  bool simulate(const RowSimulator& simulator, const RowWorkers& workers) {
    m_.out.resize(m_.places.size() * static_cast<std::size_t>(columns_));
    m_.status.assign(m_.places.size(), static_cast<std::uint8_t>(Status::ok));
    if (workers.exchange != nullptr) return workers.exchange->simulate(simulator, part(0, size()), workers.pool);
    if (size() > 0) simulate_here(simulator, workers.pool);
    return size() > 0;
  }

  /// Writes what was made; what is left are the rows to be made again.
  void answer() {
    m_.again.clear();
    for (std::size_t i = 0; i < m_.places.size(); ++i) {
      Place place = m_.places[i];
      const SimulateRequest& r = requests_[place.request];
      const Index sample = place.row * r.observations + place.m;
      const double* made = m_.out.data() + i * static_cast<std::size_t>(columns_);
      float* const x = r.out.row(sample).data;
      const bool ok = m_.status[i] == static_cast<std::uint8_t>(Status::ok);
      for (Index d = 0; d < columns_; ++d) x[d] = ok ? to_float(made[d]) : 0;
      r.status[sample] = m_.status[i];
      if ((ok && all_finite(x, columns_)) || ++place.attempt >= r.attempts) continue;
      if (r.retried != nullptr) add_count(r.retried, 1);
      m_.again.push_back(place);
    }
    m_.clear();
    for (const Place& place : m_.again) add(place);
  }

 private:
  Index size() const { return static_cast<Index>(m_.places.size()); }

  void simulate_here(const RowSimulator& simulator, ThreadPool* pool) {
    const Index rows = size();
    if (simulator.spreads() || pool == nullptr || pool->size() == 1) return simulator.simulate(part(0, rows));
    const Index pieces = std::min(rows, kPieces * pool->size());
    pool->parallel_for(pieces, [&](Index i, int) {
      const Index first = rows * i / pieces;
      simulator.simulate(part(first, rows * (i + 1) / pieces - first));
    });
  }

  void add(const Place& place) {
    const SimulateRequest& r = requests_[place.request];
    m_.places.push_back(place);
    Stream random = r.stream(place.row, place.m, place.attempt);
    const std::uint64_t low = random.word(), high = random.word();
    m_.seeds.push_back(high << 32 | low);
    for (const float entry : r.theta.row(place.row)) m_.theta.push_back(static_cast<double>(entry));
  }

  RowsRequest part(Index first, Index rows) {
    return {{m_.theta.data() + first * parameters_, rows, parameters_},
            {m_.seeds.data() + first, rows},
            {m_.out.data() + first * columns_, rows, columns_},
            {m_.status.data() + first, rows}};
  }

  const SimulateRequest* requests_;
  std::size_t count_;
  Index parameters_, columns_;
  RowMemory& m_;
};

struct RowState {
  std::shared_ptr<const RowSimulator> simulator;
  Index parameters, size;  // P, D
  std::shared_ptr<RowMemories> memories = std::make_shared<RowMemories>();

  /// A failure's memory is not kept.
  void simulate(const SimulateRequest* requests, std::size_t count, const RowWorkers& workers) const {
    std::unique_ptr<RowMemory> memory = memories->take();
    Rows rows(requests, count, parameters, size, *memory);
    rows.add_all();
    while (rows.simulate(*simulator, workers)) rows.answer();
    memories->keep(std::move(memory));
  }
};

void simulate_together(const void* self, const std::vector<SimulateRequest>& requests, const RowWorkers& workers) {
  static_cast<const RowState*>(self)->simulate(requests.data(), requests.size(), workers);
}

void simulate_rows(const void* self, const Context&, const SimulateRequest& r) {
  static_cast<const RowState*>(self)->simulate(&r, 1, {});
}

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
