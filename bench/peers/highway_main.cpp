#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <vector>

#include "alfi/kernels/cpu/table.hpp"
#include "bench/peers/highway.hpp"

/// usage: alfi_bench_highway
/// Our vector code beside the same by Google's Highway, in turn: a hidden layer of 50 by 50 on a tile of 256 rows, and
/// tanh of 4096 numbers. Medians of 101 rounds of 200 calls, and that of the ratios. Exit status 1 where answers
/// differ.

namespace {

constexpr int kRounds = 101, kCalls = 200;
constexpr long kRows = 50, kColumns = 256, kDepth = 50, kNumbers = 4096;

template <class Work>
double microseconds(const Work& work) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  for (int i = 0; i < kCalls; ++i) work();
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count() / kCalls;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

template <class Ours, class Theirs>
void compare(const char* what, const Ours& ours, const Theirs& theirs) {
  std::vector<double> here, there, ratio;
  for (int round = 0; round < kRounds; ++round) {
    here.push_back(microseconds(ours));
    there.push_back(microseconds(theirs));
    ratio.push_back(there.back() / here.back());
  }
  std::printf("%-24s alfi %7.3f us   Highway %7.3f us   Highway over alfi %.3f\n", what, median(here), median(there),
              median(ratio));
}

std::vector<float> normals(long count, float scale) {
  static std::mt19937 random(1);
  std::normal_distribution<float> normal(0, scale);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = normal(random);
  return values;
}

/// The largest error of tanh, in units of the last place.
template <class Tanh>
double largest_ulp(const std::vector<float>& x, const Tanh& tanh) {
  std::vector<float> y = x;
  tanh(y.data());
  double largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double exact = std::tanh(static_cast<double>(x[i]));
    const float size = static_cast<float>(std::fabs(exact));
    const double place = static_cast<double>(std::nextafter(size, 2.0f) - size);
    largest = std::max(largest, std::fabs(static_cast<double>(y[i]) - exact) / place);
  }
  return largest;
}

}  // namespace

int main() {
  const alfi::cpu::Table<float>& table = alfi::cpu::table<float>();
  std::printf("alfi %s, Highway %s\n", alfi::kernels::cpu_level().c_str(), peer::level());

  const std::vector<float> a = normals(kRows * kDepth, 1), b = normals(kDepth * kColumns, 1), bias = normals(kRows, 1);
  std::vector<float> here(static_cast<std::size_t>(kRows * kColumns)), there = here;
  const auto ours = [&] {
    table.product({kRows, kColumns, kDepth, a.data(), kDepth, 1, b.data(), kColumns, here.data(), kColumns,
                   alfi::cpu::Start::bias, alfi::cpu::Finish::relu, bias.data(), nullptr});
  };
  const auto theirs = [&] { peer::layer({kRows, kColumns, kDepth, a.data(), b.data(), there.data(), bias.data()}); };
  ours(), theirs();
  float apart = 0;
  for (std::size_t i = 0; i < here.size(); ++i) apart = std::max(apart, std::fabs(here[i] - there[i]));
  if (!(apart < 1e-3f)) return std::fprintf(stderr, "layers differ by %g\n", static_cast<double>(apart)), 1;
  compare("layer 50x50, 256 rows", ours, theirs);

  const std::vector<float> x = normals(kNumbers, 3);
  std::vector<float> y;
  std::printf("%-24s alfi %7.2f      Highway %7.2f\n", "tanh, ulp",
              largest_ulp(x, [&](float* values) { table.tanh(values, kNumbers); }),
              largest_ulp(x, [&](float* values) { peer::tanh(values, kNumbers); }));
  compare(
      "tanh of 4096", [&] { y = x, table.tanh(y.data(), kNumbers); }, [&] { y = x, peer::tanh(y.data(), kNumbers); });
}
