#pragma once
#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <random>
#include <vector>

#include "alfi/core/buffer.hpp"
#include "benchmark.hpp"

/// The same drawn numbers in any context's memory, so that a GPU's results can be held against the CPU's.

namespace bench {

class Arrays {
 public:
  explicit Arrays(const alfi::Context& context) : context_(context) {}

  const alfi::Context& context() const { return context_; }

  /// Uniform between low and high.
  alfi::MatView<float> drawn(Index rows, Index cols, float low, float high) {
    std::uniform_real_distribution<float> uniform(low, high);
    std::vector<float> values(static_cast<std::size_t>(rows * cols));
    for (float& value : values) value = uniform(bits_);
    buffers_.emplace_back(context_, rows * cols);
    buffers_.back().copy_in(values.data());
    return buffers_.back().matrix(rows, cols);
  }
  alfi::MatView<float> drawn(Index rows, Index cols, float size = 1) { return drawn(rows, cols, -size, size); }
  alfi::MatView<float> zeros(Index rows, Index cols) {
    buffers_.emplace_back(context_, rows * cols);
    return buffers_.back().matrix(rows, cols);
  }
  /// Zeros that are compared.
  alfi::MatView<float> result(Index rows, Index cols) {
    compared_.push_back(buffers_.size());
    return zeros(rows, cols);
  }

  std::vector<std::vector<float>> results() const {
    std::vector<std::vector<float>> all;
    for (const std::size_t i : compared_) {
      all.emplace_back(static_cast<std::size_t>(buffers_[i].size()));
      buffers_[i].copy_out(all.back().data());
    }
    return all;
  }

 private:
  alfi::Context context_;
  std::mt19937 bits_{2018};
  std::deque<alfi::Buffer<float>> buffers_;
  std::vector<std::size_t> compared_;
};

/// The largest |got - wanted| over the largest |wanted| of its array; infinite where anything is not a number.
inline double largest_error(const std::vector<std::vector<float>>& got, const std::vector<std::vector<float>>& wanted) {
  double largest = 0;
  for (std::size_t a = 0; a < wanted.size(); ++a) {
    double scale = 1e-30, error = 0;
    for (std::size_t i = 0; i < wanted[a].size(); ++i) {
      const double difference = std::fabs(static_cast<double>(got[a][i]) - static_cast<double>(wanted[a][i]));
      if (!(difference <= std::numeric_limits<double>::max())) return std::numeric_limits<double>::infinity();
      scale = std::max(scale, std::fabs(static_cast<double>(wanted[a][i])));
      error = std::max(error, difference);
    }
    largest = std::max(largest, error / scale);
  }
  return largest;
}

/// Problem: made of Arrays&, with run(). One call of it on the CPU against one on the GPU.
template <class Make>
double error_against_cpu(const alfi::Context& gpu, const Make& make) {
  Arrays here{alfi::Context()}, there(gpu);
  make(here).run();
  make(there).run();
  gpu.synchronize();
  return largest_error(there.results(), here.results());
}

/// Checks, then times.
template <class Make>
Measured check_and_time(const Session& session, const alfi::Context& gpu, const Make& make, double allowed) {
  Measured measured;
  measured.answer = {error_against_cpu(gpu, make), allowed};
  Arrays arrays(gpu);
  auto problem = make(arrays);
  measured.timing = time_on_device(gpu, session.seconds, [&] { problem.run(); });
  return measured;
}

}  // namespace bench
