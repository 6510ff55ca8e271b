#include "alfi/simulators/simulator.hpp"

#include "alfi/core/error.hpp"

namespace alfi {
inline namespace v0 {

Simulator::Simulator(SimulatorInfo info, std::shared_ptr<const void> state, SimulatorTable table, ExactAnswers exact)
    : info_(std::make_shared<const SimulatorInfo>(std::move(info))),
      state_(std::move(state)),
      exact_(std::make_shared<const ExactAnswers>(std::move(exact))),
      table_(table) {
  for (const Parameter& parameter : info_->parameters) validate(parameter.prior, parameter.name);
}

void Simulator::simulate(const Context& context, const SimulateRequest& r) const {
  const char* function = "Simulator::simulate";
  require_cpu(context, function);
  const Index rows = r.problems * r.proposals;
  require_shape(function, "theta", r.theta, rows, parameters());
  require_shape(function, "out", r.out, rows * r.observations, size());
  require_size(function, "status", r.status, rows * r.observations);
  if (!r.counts.empty()) require_size(function, "counts", r.counts, r.problems);
  for (const std::int32_t count : r.counts) {
    if (count < 0 || count > r.observations) {
      throw ShapeError("Simulator::simulate: counts holds " + std::to_string(count) + ", expected 0 to " +
                       std::to_string(r.observations));
    }
  }
  table_.simulate(state_.get(), context, r);
}

}  // namespace v0
}  // namespace alfi
