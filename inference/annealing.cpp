#include "alfi/inference/annealing.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "alfi/inference/weights.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr double kEnough = 0.5;  // effective share of the population that a stage leaves
constexpr Index kMostStages = 60;
constexpr int kSweeps = 3, kLastSweeps = 30;
constexpr int kLongEvery = 4;    // sweeps, one of which moves by whole differences
constexpr double kShake = 1e-3;  // of a move's own length, in random directions

class Population {
 public:
  Population(Points start, const LogDensities& from, const LogDensities& to, Key key)
      : from_(from), to_(to), key_(key), at_(std::move(start)), first_(from(at_)), second_(to(at_)) {}

  Annealed run() {
    Annealed result;
    while (reached_ < 1) {
      const double next = ++result.stages == kMostStages ? 1 : following();
      resample(next - reached_);
      reached_ = next;
      for (int sweep = 0; sweep < (reached_ < 1 ? kSweeps : kLastSweeps); ++sweep) result.moved = move();
    }
    result.points = std::move(at_);
    return result;
  }

 private:
  std::size_t size() const { return first_.size(); }

  std::vector<double> weights(double step) const {
    std::vector<double> logs;
    for (std::size_t i = 0; i < size(); ++i) logs.push_back(second_[i] - first_[i]);
    return weights_by(logs, step);
  }

  double effective(double step) const { return effective_number(weights(step)) / static_cast<double>(size()); }

  /// As far as enough of the population counts.
  double following() const {
    const double left = 1 - reached_;
    if (effective(left) >= kEnough) return 1;
    double low = 0, high = left;
    for (int i = 0; i < 40; ++i) {
      const double middle = 0.5 * (low + high);
      (effective(middle) < kEnough ? high : low) = middle;
    }
    return reached_ + std::max(low, 1e-12 * left);
  }

  void resample(double step) {
    Stream random(key_, {0, 0, draws_++, 0});
    Points next{{}, at_.cols};
    std::vector<double> first, second;
    for (const Index i : systematic_choice(weights(step), at_.rows(), random.uniform_double())) {
      next.data.insert(next.data.end(), at_.row(i), at_.row(i) + at_.cols);
      first.push_back(first_[static_cast<std::size_t>(i)]);
      second.push_back(second_[static_cast<std::size_t>(i)]);
    }
    at_ = std::move(next);
    first_ = std::move(first);
    second_ = std::move(second);
  }

  /// Each half by differences of the other. The share that was accepted.
  double move() {
    const bool jumps = sweeps_++ % kLongEvery == kLongEvery - 1;
    const auto cols = static_cast<std::size_t>(at_.cols);
    const double length = jumps ? 1 : 2.38 / std::sqrt(2.0 * static_cast<double>(cols));
    std::size_t accepted = 0;
    for (std::size_t half = 0; half < 2; ++half) {
      // Resampled copies stand next to one another: halves are the even and the odd.
      const std::size_t others = (size() + (half == 0 ? 0 : 1)) / 2;
      Points proposed{{}, at_.cols};
      std::vector<double> chance;
      for (std::size_t i = half; i < size(); i += 2) {
        Stream random(key_, {0, 1, draws_, static_cast<std::uint32_t>(i)});
        const auto other = [&] {
          const double drawn = random.uniform_double() * static_cast<double>(others);
          return static_cast<Index>(2 * std::min(others - 1, static_cast<std::size_t>(drawn)) + 1 - half);
        };
        const Index a = other(), b = other();
        chance.push_back(random.uniform_double());
        const double own = jumps ? 1 : length * (0.5 + random.uniform_double());
        for (std::size_t p = 0; p < cols; ++p) {
          const double away = at_.row(a)[p] - at_.row(b)[p];
          proposed.data.push_back(at_.row(static_cast<Index>(i))[p] +
                                  own * away * (1 + kShake * random.normal_double()));
        }
      }
      ++draws_;
      const std::vector<double> first = from_(proposed), second = to_(proposed);
      for (std::size_t i = half, k = 0; i < size(); i += 2, ++k) {
        const double gain = (1 - reached_) * (first[k] - first_[i]) + reached_ * (second[k] - second_[i]);
        if (std::log(chance[k]) >= gain) continue;
        ++accepted;
        std::copy_n(proposed.row(static_cast<Index>(k)), cols, at_.row(static_cast<Index>(i)));
        first_[i] = first[k];
        second_[i] = second[k];
      }
    }
    return static_cast<double>(accepted) / static_cast<double>(size());
  }

  const LogDensities &from_, &to_;
  Key key_;
  Points at_;
  std::vector<double> first_, second_;  ///< logarithms of the two densities there
  double reached_ = 0;                  ///< exponent of the second
  std::uint32_t draws_ = 0;             ///< names of the streams
  int sweeps_ = 0;
};

}  // namespace

Annealed anneal(Points start, const LogDensities& from, const LogDensities& to, Key key) {
  return Population(std::move(start), from, to, key).run();
}

}  // namespace v0
}  // namespace alfi
