#pragma once
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "alfi/core/buffer.hpp"
#include "alfi/core/context.hpp"
#include "alfi/core/view.hpp"
#if !defined(ALFI_TEST_DEVICE)
#include "emulated/launch.hpp"
#endif

/// One test body, run on the CPU and then on the GPU - the emulated one, with several numbers of lanes in several
/// orders, which must agree to the bit; or, in tests/device/, a real one.
///
///     compare_backends<float>(ulps(4), [&](Run<float>& run) {
///       const auto x = run.input(rows, cols, low, high);          // drawn, the same in every run
///       const auto y = run.output(rows, cols);                    // compared afterwards
///       const auto d = run.accumulated(rows, cols);               // drawn, added to, compared afterwards
///       kernels::something<float>(run.context(), x, y);
///     });

namespace alfi_test {

using alfi::Index;

#if defined(ALFI_TEST_DEVICE)
/// ALFI_TEST_SMALL=1: few and small, for tools that watch every access.
inline bool small_sizes() {
  const char* asked = std::getenv("ALFI_TEST_SMALL");
  return asked != nullptr && std::strcmp(asked, "1") == 0;
}
inline const std::vector<Index> kAwkwardSizes =
    small_sizes() ? std::vector<Index>{0, 1, 33} : std::vector<Index>{0, 1, 2, 31, 32, 33, 257, 4096};
#else
inline const std::vector<Index> kAwkwardSizes{0, 1, 2, 31, 32, 33, 257};
#endif

/// |gpu - cpu| <= units * epsilon * (largest |cpu| of the array, at least `least`).
struct Tolerance {
  double units = 0;
  double least = 1;
};
inline Tolerance ulps(double units, double least = 1) { return {units, least}; }

template <class T>
class Run {
 public:
  explicit Run(const alfi::Context& context) : context_(context) {}

  const alfi::Context& context() const { return context_; }

  alfi::MatView<T> input(Index rows, Index cols, double low, double high) {
    return place(rows, cols, draw(rows * cols, low, high), false);
  }
  alfi::MatView<T> given(Index rows, Index cols, const std::vector<double>& values) {
    return place(rows, cols, std::vector<T>(values.begin(), values.end()), false);
  }
  alfi::MatView<T> output(Index rows, Index cols) {
    return place(rows, cols, std::vector<T>(static_cast<std::size_t>(rows * cols), T(-77)), true);
  }
  alfi::MatView<T> accumulated(Index rows, Index cols) { return place(rows, cols, draw(rows * cols, -1, 1), true); }
  /// Added to from 0, compared afterwards.
  alfi::MatView<T> zeros(Index rows, Index cols) {
    return place(rows, cols, std::vector<T>(static_cast<std::size_t>(rows * cols)), true);
  }
  /// Anything else that a kernel reads (counts, status bytes, groups), in the context's memory.
  template <class X>
  alfi::VecView<const X> data(const std::vector<X>& values) {
    others_.emplace_back(context_, static_cast<Index>(values.size() * sizeof(X)));
    others_.back().copy_in(reinterpret_cast<const unsigned char*>(values.data()));
    return {reinterpret_cast<const X*>(others_.back().data()), static_cast<Index>(values.size())};
  }

  /// Everything compared, in the order it was asked for.
  std::vector<std::vector<T>> results() const {
    std::vector<std::vector<T>> all;
    for (std::size_t i = 0; i < buffers_.size(); ++i) {
      if (!compared_[i]) continue;
      all.emplace_back(static_cast<std::size_t>(buffers_[i].size()));
      buffers_[i].copy_out(all.back().data());
    }
    return all;
  }

 private:
  std::vector<T> draw(Index size, double low, double high) {
    std::uniform_real_distribution<double> uniform(low, high);
    std::vector<T> values;
    for (Index i = 0; i < size; ++i) values.push_back(static_cast<T>(uniform(bits_)));
    return values;
  }
  alfi::MatView<T> place(Index rows, Index cols, const std::vector<T>& values, bool compared) {
    buffers_.emplace_back(context_, rows * cols);
    buffers_.back().copy_in(values.data());
    compared_.push_back(compared);
    return buffers_.back().matrix(rows, cols);
  }

  alfi::Context context_;
  std::mt19937_64 bits_{2018};
  std::deque<alfi::Buffer<T>> buffers_;
  std::vector<bool> compared_;
  std::deque<alfi::Buffer<unsigned char>> others_;
};

template <class T, class Body>
std::vector<std::vector<T>> results_on(const alfi::Context& context, const Body& body) {
  Run<T> run(context);
  body(run);
  context.synchronize();
  return run.results();
}

template <class T>
void check_close(const std::vector<std::vector<T>>& got, const std::vector<std::vector<T>>& wanted,
                 const Tolerance& tolerance) {
  REQUIRE(got.size() == wanted.size());
  for (std::size_t a = 0; a < got.size(); ++a) {
    double scale = tolerance.least, worst = 0;
    for (const T w : wanted[a]) scale = std::fmax(scale, std::fabs(static_cast<double>(w)));
    for (std::size_t i = 0; i < got[a].size(); ++i) {
      const double error = std::fabs(static_cast<double>(got[a][i]) - static_cast<double>(wanted[a][i]));
      if (!(error <= worst)) worst = error;
    }
    CAPTURE(a);
    CAPTURE(scale);
    CHECK(worst <= tolerance.units * static_cast<double>(std::numeric_limits<T>::epsilon()) * scale);
  }
}

/// On the CPU and on the GPU; products: how the GPU computes them.
#if !defined(ALFI_TEST_DEVICE)
/// Numbers of lanes and their orders: each with each, or, with ALFI_TEST_FEW=1, each number once, for runs that look
/// for something else, traps say: the plain run of the tests compares all of them.
inline std::vector<Emulation> emulations(bool few = false) {
  const char* asked = std::getenv("ALFI_TEST_FEW");
  few = few || (asked != nullptr && std::strcmp(asked, "1") == 0);
  constexpr LaneOrder orders[] = {LaneOrder::forward, LaneOrder::reverse, LaneOrder::shuffled};
  std::vector<Emulation> all;
  for (const int lanes : {0, 1, 3, 32, 33}) {
    if (few) all.push_back({lanes, orders[all.size() % 3]});
    if (few) continue;
    for (const LaneOrder order : orders) all.push_back({lanes, order});
  }
  return all;
}

/// By their names the test cases of the GPU's code are left out where they have nothing to say and take long.
inline void require_gpu_in_name() {
  const char* name = doctest::getContextOptions()->currentTest->m_name;
  if (std::strstr(name, "GPU") == nullptr) FAIL("a test case that compares backends has GPU in its name");
}
#endif

template <class T, class Body>
void compare_backends(const Tolerance& tolerance, const Body& body,
                      alfi::ProductPrecision products = alfi::ProductPrecision::full) {
  const auto wanted = results_on<T>(alfi::Context(), body);
  const alfi::Context gpu(alfi::Backend::cuda, products);
#if defined(ALFI_TEST_DEVICE)
  const auto first = results_on<T>(gpu, body);
  CHECK(results_on<T>(gpu, body) == first);  // the same twice, to the bit
  check_close(first, wanted, tolerance);
#else
  require_gpu_in_name();
  std::vector<std::vector<T>> first;
  for (const Emulation& how : emulations()) {
    emulation() = how;
    const auto got = results_on<T>(gpu, body);
    if (first.empty()) first = got;
    CAPTURE(how.lanes);
    CAPTURE(static_cast<int>(how.order));
    CHECK(got == first);
  }
  emulation() = {};
  check_close(first, wanted, tolerance);
#endif
}

}  // namespace alfi_test
