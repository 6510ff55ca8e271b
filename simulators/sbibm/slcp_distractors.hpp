#pragma once
#include <memory>
#include <mutex>

#include "alfi/core/buffer.hpp"
#include "alfi/simulators/sbibm/slcp.hpp"

/// Slcp's eight numbers (sbibm/slcp.hpp) among 92 that say nothing of theta, in a fixed order. The 92 are one draw of a
/// mixture of 20 multivariate Student's t, equally likely, of 2 degrees of freedom: location_c + C_c z / sqrt(e),
/// z ~ Normal(0, I), e ~ Exponential(rate 1), C_c lower triangular.
/// Exact answers: log_likelihood leaves out the log density of the 92, which no theta changes; of one observation it
/// gives differences between thetas, not log p itself.

namespace alfi {
inline namespace v0 {
namespace sbibm {

/// The constants, in floats: 350 kB, the draws of numpy.random.RandomState(42) in this order: the locations,
/// 15 Normal(0, 1); for each component a matrix of normals, of which 3 times the lower triangle is kept, and normals
/// whose exponentials, 3 times, are added to its diagonal; a permutation.
struct DistractorTable {
  static constexpr int kSize = 92, kComponents = 20, kAll = kSize + Slcp::kSize;
  static constexpr int kTriangle = kSize * (kSize + 1) / 2;

  float location[kComponents][kSize];
  float triangle[kComponents][kTriangle];  ///< rows one after the other
  int place[kAll];                         ///< in x, of slcp's numbers and then of the others

  static DistractorTable make();
};

/// Random: 202 words: slcp's 16, the component 1, e 1, z 184.
/// Fails like Slcp.
struct SlcpDistractors {
  using Prepared = Slcp::Prepared;

  const DistractorTable* table;  ///< in the memory of where this runs

  ALFI_HD Prepared prepare(const float* theta) const { return Slcp{}.prepare(theta); }

  ALFI_HD Status operator()(const Prepared& p, Stream& random, float* x) const {
    if (!p.valid) return Status::failed;
    constexpr int kSize = DistractorTable::kSize;
    for (int i = 0; i < Slcp::kPoints; ++i) {
      float point[2];
      Slcp::draw(p.law, random, point);
      for (int j = 0; j < 2; ++j) x[table->place[2 * i + j]] = point[j];
    }
    const int component = static_cast<int>(random.uniform_double() * DistractorTable::kComponents);
    const double widen = 1 / std::sqrt(random.exponential_double());
    double z[kSize];
    for (double& entry : z) entry = random.normal_double();
    const float* row = table->triangle[component];
    for (int i = 0; i < kSize; row += ++i) {
      double sum = 0;
      for (int j = 0; j <= i; ++j) sum += static_cast<double>(row[j]) * z[j];
      x[table->place[Slcp::kSize + i]] =
          static_cast<float>(static_cast<double>(table->location[component][i]) + widen * sum);
    }
    return Status::ok;
  }
};

/// The simulator's state: the functor of the CPU, and the table's copies on devices, each made when first needed (not
/// while work is recorded) and kept as long as the simulator.
class DistractorState {
 public:
  DistractorState();
  const SlcpDistractors& on_cpu() const { return on_cpu_; }
  SlcpDistractors on(const Context& context) const;

 private:
  DistractorTable table_;
  SlcpDistractors on_cpu_;
  mutable std::mutex mutex_;
  mutable std::vector<std::pair<const Device*, Buffer<DistractorTable>>> copies_;
};

/// The entries for a GPU, where CUDA is compiled in; their `self` is a DistractorState.
SimulatorTable slcp_distractors_on_gpu();

Simulator make_slcp_distractors();

}  // namespace sbibm
}  // namespace v0
}  // namespace alfi
