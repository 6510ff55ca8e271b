#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "alfi/inference/safetensors.hpp"
#include "alfi/simulators/simulator.hpp"

/// Simulations of prior draws, made once and used again: training and inference may run from them where every call is
/// dear (train.bank, InferOptions::bank).

namespace alfi {
inline namespace v0 {

struct Bank {
  Index rows = 0;      ///< R draws of the prior
  Index observed = 0;  ///< n samples of each
  std::uint64_t seed = 0;
  std::vector<float> theta;          ///< [R,P]
  std::vector<float> x;              ///< [R*n,D]
  std::vector<std::uint8_t> status;  ///< [R*n] 0 where valid
  std::vector<float> coordinate;     ///< [P,R] the normal coordinates of theta, a parameter after the other

  Index calls() const { return rows * observed; }
};

/// Adds rows to a bank until it has so many, `observed` samples each; a row depends on the seed and its number alone,
/// so that a bank can be made in parts. pool: of simulators that answer rows (null: the caller's thread).
/// Throws InputError where the bank holds rows already, of another seed or number of samples, or more than `rows`.
/// Random: rows' theta from Stream(step_key(seed, bank, 0), {row}), samples from step_key(seed, bank, 1).
void extend_bank(Bank& bank, const Simulator& simulator, Index rows, Index observed, std::uint64_t seed,
                 ThreadPool* pool = nullptr);

TensorFile to_file(const Bank& bank, const Simulator& simulator);

/// Throws InputError "PATH: ..." where the file is no bank, or one of another simulator: its name, its priors or the
/// shape of its samples differ.
Bank bank_from_file(const TensorFile& file, const std::string& path, const Simulator& simulator);

/// The K rows that stand for proposals of N(mean, C C') in normal coordinates: a sample without replacement with
/// weights density over prior density; where a proposal is narrower than rows are dense, the nearest ones.
/// mean [P], cholesky [P,P] lower triangle; `without`: a row that may not be taken, or -1. K rows are written to
/// `chosen`, and their places C^-1 (u - mean), cut to +-kFurthestNoise, to noise [K,P].
/// Throws InputError where the bank has fewer than K other rows. Random: two words of Stream(key, name) for each row
/// drawn, again where it was taken before.
void choose_rows(const Bank& bank, const double* mean, const double* cholesky, Index parameters, Index without,
                 Index count, Key key, SampleName name, Index* chosen, double* noise);

inline constexpr double kFurthestNoise = 30;

}  // namespace v0
}  // namespace alfi
