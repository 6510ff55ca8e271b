#include "measure.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "alfi/core/error.hpp"

namespace bench {
namespace {

constexpr int kLeastRounds = 5;
constexpr double kRound = 1e-3;  // seconds at least: events are good for a microsecond
constexpr int kMostCalls = 200;

void check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  throw alfi::DeviceError(std::string(what) + ": " + cudaGetErrorString(error));
}

class EventPair {
 public:
  explicit EventPair(const alfi::Context& context) : stream_(static_cast<cudaStream_t>(context.device()->queue())) {
    check(cudaEventCreate(&start_), "cudaEventCreate");
    check(cudaEventCreate(&end_), "cudaEventCreate");
  }
  ~EventPair() {
    cudaEventDestroy(start_);
    cudaEventDestroy(end_);
  }
  EventPair(const EventPair&) = delete;
  EventPair& operator=(const EventPair&) = delete;

  /// Seconds of the device between the two ends of work.
  template <class Work>
  double around(const Work& work) {
    check(cudaEventRecord(start_, stream_), "cudaEventRecord");
    work();
    check(cudaEventRecord(end_, stream_), "cudaEventRecord");
    check(cudaEventSynchronize(end_), "cudaEventSynchronize");
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, start_, end_), "cudaEventElapsedTime");
    return static_cast<double>(milliseconds) * 1e-3;
  }

 private:
  cudaStream_t stream_;
  cudaEvent_t start_ = nullptr, end_ = nullptr;
};

/// round: seconds of one call, measured anew each time.
template <class Round>
Timing repeat(double seconds, int calls, const Round& round) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> times;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (times.size() < kLeastRounds || Clock::now() < end) times.push_back(round());
  std::sort(times.begin(), times.end());
  const std::size_t n = times.size();
  return {0.5 * (times[(n - 1) / 2] + times[n / 2]), times.front(), times.back(), static_cast<int>(n), calls};
}

}  // namespace

Timing time_on_device(const alfi::Context& context, double seconds, const std::function<void()>& work) {
  EventPair events(context);
  work();  // loads code, sets what a kernel needs set
  const double once = events.around(work);
  const int calls = static_cast<int>(std::min(std::ceil(kRound / std::max(once, 1e-9)), double(kMostCalls)));
  alfi::Device& device = *context.device();
  device.begin_recording();
  for (int i = 0; i < calls; ++i) work();
  const std::unique_ptr<alfi::Graph> graph = device.end_recording();
  graph->replay();  // the first uploads it
  device.synchronize();
  return repeat(seconds, calls, [&] { return events.around([&] { graph->replay(); }) / calls; });
}

Timing time_by_clock(double seconds, const std::function<void()>& work) {
  using Clock = std::chrono::steady_clock;
  return repeat(seconds, 1, [&] {
    const auto start = Clock::now();
    work();
    return std::chrono::duration<double>(Clock::now() - start).count();
  });
}

}  // namespace bench
