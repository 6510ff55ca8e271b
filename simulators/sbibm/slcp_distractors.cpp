#include "alfi/simulators/sbibm/slcp_distractors.hpp"

#include "alfi/simulators/builtin.hpp"
#include "alfi/simulators/sbibm/numpy_random.hpp"

namespace alfi {
inline namespace v0 {
namespace sbibm {
namespace {

constexpr int kSize = DistractorTable::kSize, kAll = DistractorTable::kAll;

/// 3 times the lower triangle of a matrix of normals, then 3 times the exponentials of normals on its diagonal.
void fill_triangle(NumpyRandom& random, float* triangle) {
  double kept[DistractorTable::kTriangle];
  double* next = kept;
  for (int i = 0; i < kSize; ++i) {
    for (int j = 0; j < kSize; ++j) {
      const double entry = random.normal();
      if (j <= i) *next++ = entry;
    }
  }
  for (int i = 0, diagonal = 0; i < kSize; ++i, diagonal += i + 1) kept[diagonal] += std::exp(random.normal());
  for (int k = 0; k < DistractorTable::kTriangle; ++k) triangle[k] = static_cast<float>(3 * kept[k]);
}

void simulate_on_cpu(const void* self, const Context& context, const SimulateRequest& request) {
  simulate_functor<SlcpDistractors>(&static_cast<const DistractorState*>(self)->on_cpu(), context, request);
}

}  // namespace

DistractorTable DistractorTable::make() {
  DistractorTable table{};
  NumpyRandom random(42);
  for (auto& component : table.location) {
    for (float& entry : component) entry = static_cast<float>(15 * random.normal());
  }
  for (auto& component : table.triangle) fill_triangle(random, component);
  int order[kAll];
  random.permutation(order);
  for (int j = 0; j < kAll; ++j) table.place[order[j]] = j;
  return table;
}

DistractorState::DistractorState() : table_(DistractorTable::make()), on_cpu_{&table_} {}

SlcpDistractors DistractorState::on(const Context& context) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& copy : copies_) {
    if (copy.first == context.device()) return {copy.second.data()};
  }
  Buffer<DistractorTable> copy(context, 1);
  copy.copy_in(&table_);
  copies_.emplace_back(context.device(), std::move(copy));
  return {copies_.back().second.data()};
}

Simulator make_slcp_distractors() {
  SimulatorInfo info = task_info("slcp_distractors", "slcp's eight numbers among 92 that say nothing", kAll);
  info.parameters = slcp_parameters();
  SimulatorTable table;
  if constexpr (kernels::kCudaCompiled) table = slcp_distractors_on_gpu();
  table.simulate = simulate_on_cpu;
  const auto state = std::make_shared<const DistractorState>();
  ExactAnswers exact;
  exact.log_likelihood = [state](const double* theta, Observations observations) {
    const Observed o = observed("sbibm/slcp_distractors: log_likelihood", observations, kAll);
    std::vector<double> x;
    for (int i = 0; i < Slcp::kSize && !o.x.empty(); ++i) {
      x.push_back(o.x[static_cast<std::size_t>(state->on_cpu().table->place[i])]);
    }
    return o.possible ? slcp_log_density(theta, x) : kImpossible;
  };
  return Simulator(std::move(info), state, table, std::move(exact));
}

}  // namespace sbibm
}  // namespace v0
}  // namespace alfi
