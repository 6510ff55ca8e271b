#include "alfi/inference/host_simulation.hpp"

#include <numeric>

namespace alfi {
inline namespace v0 {
namespace {

template <class T>
std::vector<T> fetched(const Context& context, const T* data, Index size) {
  std::vector<T> copy(static_cast<std::size_t>(size));
  context.copy_out(copy.data(), data, copy.size() * sizeof(T));
  return copy;
}

}  // namespace

HostSimulation::HostSimulation(const SimulateRequest& r, const Context& context)
    : request_(r),
      theta_(fetched(context, r.theta.data, r.theta.size())),
      out_(static_cast<std::size_t>(r.out.size())),
      status_(static_cast<std::size_t>(r.status.size)),
      counts_(fetched(context, r.counts.data, r.counts.size)),
      names_(fetched(context, r.names.data, r.names.size)) {
  if (r.key_place != nullptr) context.copy_out(&request_.key, r.key_place, sizeof(Key));
  request_.key_place = nullptr;
  retried_.resize(static_cast<std::size_t>(r.problems));
}

/// The request of problem b alone.
SimulateRequest HostSimulation::part(Index b) {
  SimulateRequest one = request_;
  const Index rows = request_.proposals, calls = rows * request_.observations;
  one.problems = 1;
  one.theta = {theta_.data() + b * rows * request_.theta.cols, rows, request_.theta.cols};
  one.out = {out_.data() + b * calls * request_.out.cols, calls, request_.out.cols};
  one.status = {status_.data() + b * calls, calls};
  one.first_problem =
      names_.empty() ? request_.first_problem + static_cast<std::uint32_t>(b) : names_[static_cast<std::size_t>(b)];
  one.names = {};
  one.retried = &retried_[static_cast<std::size_t>(b)];
  one.counts = counts_.empty() ? VecView<const std::int32_t>{} : VecView<const std::int32_t>{counts_.data() + b, 1};
  return one;
}

void HostSimulation::run(const Simulator& simulator, ThreadPool* pool) {
  if (simulator.answers_rows()) {
    std::vector<SimulateRequest> parts;
    for (Index b = 0; b < request_.problems; ++b) parts.push_back(part(b));
    return simulator.simulate_together(parts, pool);
  }
  const Context host;
  const auto make = [&](Index b, int) { simulator.simulate(host, part(b)); };
  if (pool != nullptr) return pool->parallel_for(request_.problems, make);
  for (Index b = 0; b < request_.problems; ++b) make(b, 0);
}

void HostSimulation::copy_in(const SimulateRequest& r, const Context& context) const {
  context.copy_in(r.out.data, out_.data(), out_.size() * sizeof(float));
  context.copy_in(r.status.data, status_.data(), status_.size());
  const std::int64_t again = std::accumulate(retried_.begin(), retried_.end(), std::int64_t{0});
  if (r.retried == nullptr || again == 0) return;
  std::int64_t count = 0;
  context.copy_out(&count, r.retried, sizeof(count));
  count += again;
  context.copy_in(r.retried, &count, sizeof(count));
}

}  // namespace v0
}  // namespace alfi
