#pragma once
#include "alfi/core/elementary.hpp"

/// Random numbers named by what they are for: a draw depends on (seed, purpose, step, problem, iteration, proposal,
/// observation) and its position within that sample, never on a thread, device or batch layout.
/// Source: Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3" (Philox4x32-10).

namespace alfi {
inline namespace v0 {

/// What a stream is for. Numbers are never reused or changed: models and tests depend on them.
enum class Purpose : std::uint32_t {
  prior = 1,            ///< the true parameters of a problem
  start = 2,            ///< where a machine with start = "draw" begins
  noise = 3,            ///< eps of the proposals
  observed = 4,         ///< the "real" observations of a training problem
  simulated = 5,        ///< observations simulated for a proposal
  initial_weights = 6,  ///< of the networks
  evaluate = 7,         ///< root of the seeds of `alfi evaluate`
  draws = 8,            ///< posterior draws
  user = 9,             ///< `alfi simulate` and what a caller draws
  validation = 10,      ///< root of the seed of the problems that choose the best model
  standardize = 11,     ///< prior predictive draws behind the normalization
  counts = 12,          ///< how many observations a problem has
  infer = 13,           ///< root of the seed of an inference
  dataset = 14,         ///< root of the seed of a fixed meta-dataset
  bank = 15,            ///< stored simulations, and which of them stand for proposals
  refine = 16,          ///< of a last local refinement: places, simulations, importance samples
  check = 17,           ///< root of the seeds of `alfi check`, and what it draws itself
};

struct Key {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
};

/// Four words: a Philox counter or its output.
struct Words {
  std::uint32_t w[4];
};

ALFI_HD inline Words philox4x32(Words c, Key key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c.w[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * c.w[2];
    c = Words{{static_cast<std::uint32_t>(p1 >> 32) ^ c.w[1] ^ key.low, static_cast<std::uint32_t>(p1),
               static_cast<std::uint32_t>(p0 >> 32) ^ c.w[3] ^ key.high, static_cast<std::uint32_t>(p0)}};
    key.low += 0x9E3779B9u;
    key.high += 0xBB67AE85u;
  }
  return c;
}

/// The key of one meta-step and purpose.
ALFI_HD inline Key step_key(std::uint64_t seed, Purpose purpose, std::uint64_t step) {
  const Words w = philox4x32({{static_cast<std::uint32_t>(purpose), static_cast<std::uint32_t>(step),
                               static_cast<std::uint32_t>(step >> 32), 0}},
                             {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  return {w.w[0], w.w[1]};
}

/// A seed of its own for a separate world (validation, evaluation, inference): its streams meet no training stream.
ALFI_HD inline std::uint64_t derived_seed(std::uint64_t seed, Purpose root) {
  const Key k = step_key(seed, root, ~std::uint64_t{0});
  return (std::uint64_t{k.high} << 32) | k.low;
}

/// Which sample of a meta-step a stream belongs to.
struct SampleName {
  std::uint32_t problem = 0;
  std::uint32_t iteration = 0;  ///< < 2^10
  std::uint32_t proposal = 0;   ///< < 2^22
  std::uint32_t observation = 0;
};

/// The draws of one sample, in order. Attempt a of a resampled sample starts at block a * 2^24.
class Stream {
 public:
  ALFI_HD Stream(Key key, SampleName name, std::uint32_t attempt = 0)
      : key_(key), counter_{{attempt << 24, name.observation, (name.iteration << 22) | name.proposal, name.problem}} {}

  /// The next 32 random bits.
  ALFI_HD std::uint32_t word() {
    if (used_ == 4) {
      block_ = philox4x32(counter_, key_);
      ++counter_.w[0];
      used_ = 0;
    }
    return block_.w[used_++];
  }

  /// Passes over 4 count words, nothing having been drawn yet.
  ALFI_HD void pass_blocks(std::uint32_t count) { counter_.w[0] += count; }

  /// Uniform on the open interval (0, 1), multiples of 2^-24 at odd places. One word.
  ALFI_HD float uniform() { return (static_cast<float>(word() >> 9) + 0.5f) * 0x1p-23f; }

  /// Uniform on (0, 1) with 32 bits. One word.
  ALFI_HD double uniform_double() { return (static_cast<double>(word()) + 0.5) * 0x1p-32; }

  /// Uniform on (0, 1) with 52 bits, the first word above. Two words.
  ALFI_HD double uniform_wide() {
    const std::uint64_t high = word();
    return (static_cast<double>(high << 20 | word() >> 12) + 0.5) * 0x1p-52;
  }

  /// Standard normal by Box and Muller's method; the second of the pair is not kept. Two words.
  ALFI_HD float normal() {
    const float u = (static_cast<float>(word()) + 0.5f) * 0x1p-32f;
    return normal_of<ScalarArithmetic<float>>(u, uniform());
  }

  /// The same in double.
  ALFI_HD double normal_double() {
    const double u = uniform_double();
    return normal_of<ScalarArithmetic<double>>(u, uniform_double());
  }

  /// Exponential of mean 1, -log(u). One word.
  ALFI_HD double exponential_double() { return -log_of<ScalarArithmetic<double>>(uniform_double()); }

 private:
  Key key_;
  Words counter_;
  Words block_{};
  int used_ = 4;
};

}  // namespace v0
}  // namespace alfi
