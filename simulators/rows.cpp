#include "alfi/simulators/rows.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace alfi {
inline namespace v0 {
namespace {

/// What no float can hold is infinite, without the overflow that hosts may trap.
float to_float(double x) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (!std::isfinite(x) || std::fabs(x) <= kLargest) return static_cast<float>(x);
  return std::copysign(std::numeric_limits<float>::infinity(), x > 0 ? 1.0f : -1.0f);
}

/// The samples of a request, one row each.
class Rows {
 public:
  explicit Rows(const SimulateRequest& r) : r_(r) {
    const Key key = r.stream_key();
    for (Index row = 0; row < r.problems * r.proposals; ++row) {
      const Index b = row / r.proposals, count = r.count(b);
      for (Index m = 0; m < count; ++m) {
        place_.push_back(row * r.observations + m);
        Stream random(key, {r.name(b), r.iteration, static_cast<std::uint32_t>(row % r.proposals),
                            static_cast<std::uint32_t>(m)});
        const std::uint64_t low = random.word(), high = random.word();
        seeds_.push_back(high << 32 | low);
        for (Index p = 0; p < r.theta.cols; ++p) theta_.push_back(static_cast<double>(r.theta(row, p)));
      }
    }
    out_.resize(place_.size() * static_cast<std::size_t>(r.out.cols));
    status_.resize(place_.size(), static_cast<std::uint8_t>(Status::ok));
  }

  RowsRequest request() {
    const Index rows = static_cast<Index>(place_.size());
    return {{theta_.data(), rows, r_.theta.cols},
            {seeds_.data(), rows},
            {out_.data(), rows, r_.out.cols},
            {status_.data(), rows}};
  }

  void answer() const {
    for (std::size_t i = 0; i < place_.size(); ++i) {
      float* x = r_.out.row(place_[i]).data;
      const double* made = out_.data() + i * static_cast<std::size_t>(r_.out.cols);
      const bool ok = status_[i] == static_cast<std::uint8_t>(Status::ok);
      for (Index d = 0; d < r_.out.cols; ++d) x[d] = ok ? to_float(made[d]) : 0;
      r_.status[place_[i]] = status_[i];
    }
  }

 private:
  const SimulateRequest& r_;
  std::vector<Index> place_;  ///< of each row among the request's samples
  std::vector<std::uint64_t> seeds_;
  std::vector<double> theta_, out_;
  std::vector<std::uint8_t> status_;
};

void simulate_rows(const void* self, const Context&, const SimulateRequest& r) {
  Rows rows(r);
  (*static_cast<const std::shared_ptr<const RowSimulator>*>(self))->simulate(rows.request());
  rows.answer();
}

}  // namespace

Simulator make_row_simulator(SimulatorInfo info, std::shared_ptr<const RowSimulator> rows, ExactAnswers exact) {
  SimulatorTable table;
  table.simulate = simulate_rows;
  return Simulator(std::move(info), std::make_shared<const std::shared_ptr<const RowSimulator>>(std::move(rows)), table,
                   std::move(exact));
}

}  // namespace v0
}  // namespace alfi
