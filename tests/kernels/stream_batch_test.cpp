#include "alfi/kernels/stream_batch.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "support/statistics.hpp"

using namespace alfi;

namespace {

constexpr Index kSize = StreamBatch::kSize;
const Key kKey = step_key(77, Purpose::simulated, 5);

std::vector<Index> sizes() {
  std::vector<Index> all;
  for (Index n = 0; n <= 33; ++n) all.push_back(n);
  all.insert(all.end(), {48, 63, 64});
  return all;
}

/// The stream of observation i of a batch.
Stream stream(SampleName name, Index i) {
  name.observation += static_cast<std::uint32_t>(i);
  return Stream(kKey, name);
}

template <class T>
bool same_bits(T a, T b) {
  return std::memcmp(&a, &b, sizeof(T)) == 0;
}

/// Draws one after the other, of every kind and across blocks, against each stream's own.
struct Comparison {
  StreamBatch batch;
  std::vector<Stream> streams;

  Comparison(SampleName name, Index n) : batch(kKey, name, n) {
    for (Index i = 0; i < n; ++i) streams.push_back(stream(name, i));
  }
  template <class T>
  void check(void (StreamBatch::*many)(T*), T (Stream::*one)()) {
    T draws[kSize];
    (batch.*many)(draws);
    for (std::size_t i = 0; i < streams.size(); ++i) REQUIRE(same_bits(draws[i], (streams[i].*one)()));
  }
};

PoissonLaw law(double rate) { return PoissonLaw::of(rate > 0 ? std::log(rate) : -800); }
const double kRates[] = {0, 1e-9, 0.1, 3, 8, 9.99, 10.01, 12, 30, 1000, 1e7};

}  // namespace

TEST_CASE("stream_batch: every draw is that of the stream, for every size") {
  for (const Index n : sizes()) {
    CAPTURE(n);
    for (const SampleName name :
         {SampleName{11, 3, 5, 7}, SampleName{0xffffffffu, 1023, (1u << 22) - 1, 0xfffffff0u}}) {
      Comparison c(name, n);
      REQUIRE(c.batch.size() == n);
      for (int round = 0; round < 3; ++round) {
        c.check(&StreamBatch::words, &Stream::word);
        c.check(&StreamBatch::uniform, &Stream::uniform);
        c.check(&StreamBatch::normal, &Stream::normal);
        c.check(&StreamBatch::normal_double, &Stream::normal_double);
        c.check(&StreamBatch::uniform_double, &Stream::uniform_double);
        c.check(&StreamBatch::exponential_double, &Stream::exponential_double);
        c.check(&StreamBatch::normal, &Stream::normal);
      }
    }
  }
}

TEST_CASE("stream_batch: Poisson counts are those of the streams, for every size and rate") {
  for (const double rate : kRates) {
    CAPTURE(rate);
    const PoissonLaw poisson = law(rate);
    for (const Index n : sizes()) {
      const SampleName name{2, 1, 4, static_cast<std::uint32_t>(1000 * n)};
      float counts[kSize];
      StreamBatch(kKey, name, n).poisson(poisson, counts);
      for (Index i = 0; i < n; ++i) {
        Stream random = stream(name, i);
        REQUIRE(counts[i] == static_cast<float>(poisson.draw(random)));
      }
    }
  }
}

TEST_CASE("stream_batch: many Poisson counts are those of the streams, and have the exact distribution") {
  for (const double rate : {0.1, 3.0, 8.0, 9.99, 10.01, 30.0, 1000.0}) {
    CAPTURE(rate);
    const PoissonLaw poisson = law(rate);
    std::vector<double> sample;
    for (std::uint32_t batch = 0; batch < 8000; ++batch) {
      const SampleName name{batch, 0, 0, 0};
      float counts[kSize];
      StreamBatch(kKey, name, kSize).poisson(poisson, counts);
      for (Index i = 0; i < kSize; ++i) {
        Stream random = stream(name, i);
        REQUIRE(counts[i] == static_cast<float>(poisson.draw(random)));
        sample.push_back(static_cast<double>(counts[i]));
      }
    }
    // 512 000 draws: a false alarm in 1.4e5 seeds.
    CHECK(alfi_test::discrete_p_value(sample,
                                      [&](double k) { return k * std::log(rate) - rate - std::lgamma(k + 1); }) > 1e-6);
  }
}

TEST_CASE("stream_batch: normals have the normal's moments and tails") {
  constexpr std::uint32_t kBatches = 31250;  // 2 million, an observation each
  std::vector<double> sample;
  double first = 0, second = 0, fourth = 0, beyond = 0;
  for (std::uint32_t batch = 0; batch < kBatches; ++batch) {
    float z[kSize];
    StreamBatch(kKey, {batch, 1, 0, 0}, kSize).normal(z);
    for (const float value : z) {
      const double x = static_cast<double>(value);
      first += x, second += x * x, fourth += x * x * x * x, beyond += std::abs(x) > 4 ? 1 : 0;
      if (batch < 3000) sample.push_back(x);
    }
  }
  // 6 standard errors each: 2e-9 false alarms.
  const double n = static_cast<double>(kBatches) * kSize;
  CHECK(std::abs(first / n) < 6 * std::sqrt(1 / n));
  CHECK(std::abs(second / n - 1) < 6 * std::sqrt(2 / n));
  CHECK(std::abs(fourth / n - 3) < 6 * std::sqrt(96 / n));
  const double tail = std::erfc(4 / std::sqrt(2.0));
  CHECK(std::abs(beyond - n * tail) < 6 * std::sqrt(n * tail));
  CHECK(alfi_test::ks_p_value(sample, [](double x) { return alfi_test::normal_distribution(x, 0, 1); }) > 1e-6);
}
