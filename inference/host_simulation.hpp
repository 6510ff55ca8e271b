#pragma once
#include <vector>

#include "alfi/core/parallel.hpp"
#include "alfi/simulators/simulator.hpp"

/// A request made in a GPU's memory, answered by a simulator that has no code for GPUs: theta comes to the host,
/// threads simulate there, observations go back.

namespace alfi {
inline namespace v0 {

class HostSimulation {
 public:
  /// Waits for theta, counts, names and key.
  HostSimulation(const SimulateRequest& request, const Context& context);

  /// On the pool's threads where one is given: problem by problem, or, of a simulator that answers rows, as it likes.
  void run(const Simulator& simulator, ThreadPool* pool);

  /// Observations, status and the count of what was made again to where the request wants them.
  void copy_in(const SimulateRequest& request, const Context& context) const;

 private:
  SimulateRequest part(Index b);

  SimulateRequest request_;
  std::vector<std::int64_t> retried_;  ///< of each problem
  std::vector<float> theta_, out_;
  std::vector<std::uint8_t> status_;
  std::vector<std::int32_t> counts_;
  std::vector<std::uint32_t> names_;
};

}  // namespace v0
}  // namespace alfi
