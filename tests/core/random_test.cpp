#include "alfi/core/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <vector>

using namespace alfi;

namespace {

constexpr double kSigmas = 6;  // two-sided: 2e-9 false alarms for each comparison, were the seed not fixed

void check_words(const Words& got, const Words& expected) {
  for (int i = 0; i < 4; ++i) CHECK(got.w[i] == expected.w[i]);
}

/// Largest distance between the sample's distribution function and cdf, times sqrt(n).
/// Above 3.3 with probability 2 exp(-2 3.3^2) = 7e-10 (Kolmogorov's limit, reached from below).
template <class Cdf>
double kolmogorov(std::vector<double> sample, const Cdf& cdf) {
  std::sort(sample.begin(), sample.end());
  const double n = static_cast<double>(sample.size());
  double distance = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double f = cdf(sample[i]), below = static_cast<double>(i) / n;
    distance = std::max({distance, f - below, below + 1 / n - f});
  }
  return distance * std::sqrt(n);
}

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

template <class Draw>
std::vector<double> sample_of(std::size_t n, std::uint32_t observation, const Draw& draw) {
  Stream random(step_key(20240229, Purpose::user, 0), {0, 0, 0, observation});
  std::vector<double> sample(n);
  for (double& x : sample) x = static_cast<double>(draw(random));
  return sample;
}

double moment(const std::vector<double>& sample, double center, int power) {
  double sum = 0;
  for (double x : sample) sum += std::pow(x - center, power);
  return sum / static_cast<double>(sample.size());
}

/// Mean, variance and fourth moment of n draws, each against kSigmas standard errors of its own.
void check_moments(const std::vector<double>& sample, double mean, double variance, double fourth, double eighth) {
  const double n = static_cast<double>(sample.size());
  CHECK(std::abs(moment(sample, 0, 1) - mean) < kSigmas * std::sqrt(variance / n));
  CHECK(std::abs(moment(sample, mean, 2) - variance) < kSigmas * std::sqrt((fourth - variance * variance) / n));
  CHECK(std::abs(moment(sample, mean, 4) - fourth) < kSigmas * std::sqrt((eighth - fourth * fourth) / n));
}

}  // namespace

TEST_CASE("random: Philox4x32-10 gives the published answers") {  // Random123's kat_vectors
  check_words(philox4x32({{0, 0, 0, 0}}, {0, 0}), {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}});
  const std::uint32_t ones = 0xffffffff;
  check_words(philox4x32({{ones, ones, ones, ones}}, {ones, ones}), {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}});
  check_words(philox4x32({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, {0xa4093822, 0x299f31d0}),
              {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}});
}

TEST_CASE("random: a step's key is Philox of (purpose, step) under the seed") {
  const std::uint64_t seed = 0x299f31d0a4093822, step = 0x1319800285a308d3;
  const Words words = philox4x32({{5, 0x85a308d3, 0x13198002, 0}}, {0xa4093822, 0x299f31d0});
  const Key key = step_key(seed, Purpose::simulated, step);
  CHECK(key.low == words.w[0]);
  CHECK(key.high == words.w[1]);
}

TEST_CASE("random: a stream is the blocks of its name, in order") {
  const Key key{0xa4093822, 0x299f31d0};
  Stream random(key, {11, 3, 5, 7}, 2);
  for (std::uint32_t block = 0; block < 3; ++block) {
    const Words words = philox4x32({{(2u << 24) + block, 7, (3u << 22) | 5u, 11}}, key);
    for (int i = 0; i < 4; ++i) CHECK(random.word() == words.w[i]);
  }
}

TEST_CASE("random: every part of a name makes another stream") {
  std::set<std::pair<std::uint32_t, std::uint32_t>> first_words;
  std::size_t streams = 0;
  const auto add = [&](Key key, SampleName name, std::uint32_t attempt) {
    Stream random(key, name, attempt);
    const std::uint32_t first = random.word();
    first_words.insert({first, random.word()});
    ++streams;
  };
  const std::uint32_t last_proposal = (1u << 22) - 1;  // beside iteration 1, proposal 0 in the same word
  for (const std::uint64_t seed : {0ull, 1ull, 1ull << 32}) {
    for (const Purpose purpose : {Purpose::prior, Purpose::noise}) {
      for (const std::uint64_t step : {0ull, 1ull, 1ull << 32}) {
        const Key key = step_key(seed, purpose, step);
        for (const std::uint32_t iteration : {0u, 1u, 1023u}) {
          for (const std::uint32_t proposal : {0u, 1u, last_proposal}) {
            for (const std::uint32_t other : {0u, 1u, 0xffffffffu}) {
              add(key, {other, iteration, proposal, 0}, 0);
              add(key, {2, iteration, proposal, other}, 0);
              add(key, {3, iteration, proposal, 0}, other & 0xff);
            }
          }
        }
      }
    }
  }
  CHECK(first_words.size() == streams);  // 64 bits each: a chance meeting of 1458 streams has probability 6e-14
}

TEST_CASE("random: streams of neighbouring names are uncorrelated") {
  const std::uint32_t n = 100000;
  const Key key = step_key(7, Purpose::simulated, 3);
  const auto correlation = [&](SampleName name) {
    Stream one(key, {4, 2, 6, 8}), other(key, name);
    double sum = 0;
    for (std::uint32_t i = 0; i < n; ++i) sum += (one.uniform_double() - 0.5) * (other.uniform_double() - 0.5);
    return sum * 12 / std::sqrt(double{n});  // mean 0, variance 1 where independent
  };
  for (const SampleName name : {SampleName{5, 2, 6, 8}, {4, 3, 6, 8}, {4, 2, 7, 8}, {4, 2, 6, 9}}) {
    CHECK(std::abs(correlation(name)) < kSigmas);
  }
}

TEST_CASE("random: a derived seed is one world for each root") {
  std::set<std::uint64_t> seeds;
  for (const std::uint64_t seed : {0ull, 1ull, 2ull}) {
    seeds.insert(seed);
    for (const Purpose root : {Purpose::evaluate, Purpose::validation, Purpose::infer, Purpose::dataset}) {
      CHECK(derived_seed(seed, root) == derived_seed(seed, root));
      seeds.insert(derived_seed(seed, root));
    }
  }
  CHECK(seeds.size() == 3 * 5);
}

TEST_CASE("random: attempts follow each other without overlap, 2^24 blocks each") {
  const Key key = step_key(1, Purpose::observed, 0);
  Stream first(key, {1, 2, 3, 4}, 0), second(key, {1, 2, 3, 4}, 1);
  std::uint32_t last = 0;
  for (std::uint32_t i = 0; i < (4u << 24); ++i) last = first.word();
  const Words end = philox4x32({{(1u << 24) - 1, 4, (2u << 22) | 3u, 1}}, key);
  CHECK(last == end.w[3]);
  for (int i = 0; i < 8; ++i) CHECK(first.word() == second.word());
}

TEST_CASE("random: each draw takes the words that its description says") {
  const Key key{1, 2};
  const auto words_used = [&](auto draw) {
    Stream drawn(key, {}), counted(key, {});
    draw(drawn);
    const std::uint32_t next = drawn.word();
    int used = 0;
    while (counted.word() != next) ++used;
    return used;
  };
  CHECK(words_used([](Stream& r) { r.word(); }) == 1);
  CHECK(words_used([](Stream& r) { r.uniform(); }) == 1);
  CHECK(words_used([](Stream& r) { r.uniform_double(); }) == 1);
  CHECK(words_used([](Stream& r) { r.normal(); }) == 2);
  CHECK(words_used([](Stream& r) { r.normal_double(); }) == 2);
}

TEST_CASE("random: draws of the extreme words are inside their ranges") {
  // Found by search: the streams of this key whose first words hold 0x00000000 and 0xffffffff.
  const Key key = step_key(1, Purpose::user, 0);
  struct Extreme {
    std::uint32_t observation, word;
    int position;
  };
  for (const Extreme& e : {Extreme{2051329356u, 0u, 1}, Extreme{419974246u, 0xffffffffu, 2}}) {
    CAPTURE(e.word);
    const auto at_extreme = [&] {
      Stream random(key, {0, 0, 0, e.observation});
      for (int i = 0; i < e.position; ++i) random.word();
      return random;
    };
    REQUIRE(at_extreme().word() == e.word);
    const float u = at_extreme().uniform();
    const double v = at_extreme().uniform_double();
    CHECK(u == (e.word == 0 ? 0x1p-24f : 1 - 0x1p-24f));
    CHECK(v == (e.word == 0 ? 0x1p-33 : 1 - 0x1p-33));
    // |normal| <= sqrt(2 * 33 log 2), the radius at the smallest uniform.
    CHECK(std::abs(at_extreme().normal()) < 6.77f);
    CHECK(std::abs(at_extreme().normal_double()) < 6.77);
  }
}

TEST_CASE("random: uniforms have the moments and the distribution of the uniform") {
  const auto draws = [](Stream& r) { return r.uniform(); };
  const auto doubles = [](Stream& r) { return r.uniform_double(); };
  for (const std::vector<double>& sample : {sample_of(1000000, 1, draws), sample_of(1000000, 2, doubles)}) {
    CHECK(*std::min_element(sample.begin(), sample.end()) > 0);
    CHECK(*std::max_element(sample.begin(), sample.end()) < 1);
    check_moments(sample, 0.5, 1.0 / 12, 1.0 / 80, 1.0 / 2304);
    CHECK(kolmogorov(sample, [](double x) { return x; }) < 3.3);  // the grid of 2^-23 shifts this by 1e-4
  }
}

TEST_CASE("random: normals have the moments and the distribution of the normal") {
  const auto draws = [](Stream& r) { return r.normal(); };
  const auto doubles = [](Stream& r) { return r.normal_double(); };
  for (const std::vector<double>& sample : {sample_of(1000000, 3, draws), sample_of(1000000, 4, doubles)}) {
    check_moments(sample, 0, 1, 3, 105);
    CHECK(kolmogorov(sample, normal_cdf) < 3.3);
  }
}

TEST_CASE("random: successive normals are uncorrelated, and so are their squares") {
  // Box and Muller's pair shares a radius: a second of the pair kept by mistake shows in the squares.
  const std::vector<double> sample = sample_of(200000, 5, [](Stream& r) { return r.normal(); });
  double product = 0, squares = 0;
  for (std::size_t i = 0; i + 1 < sample.size(); i += 2) {
    product += sample[i] * sample[i + 1];
    squares += (sample[i] * sample[i] - 1) * (sample[i + 1] * sample[i + 1] - 1) / 2;
  }
  const double scale = std::sqrt(static_cast<double>(sample.size() / 2));  // each term has mean 0, variance 1
  CHECK(std::abs(product) < kSigmas * scale);
  CHECK(std::abs(squares) < kSigmas * scale);
}
