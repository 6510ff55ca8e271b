#include <algorithm>
#include <cmath>

#include "alfi/inference/shard.hpp"

/// The part of Shard that takes stored simulations (inference/bank.hpp) where others simulate, on a CPU.

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kHeldOut = 10;  // every tenth row's problem is kept for validation
constexpr double kFarOff = 16;  // a proposal's squared distance from psi, in sds, that is a nat of its weight twice
constexpr double kFarthestOff = 20;  // and no further

}  // namespace

/// Problems are rows: those of a training step from the first nine tenths, those of its validation from the rest.
template <class Real>
void Shard<Real>::draw_from_bank(const ShardDraws& draws, Index count, Index observed) {
  const Bank& bank = *s_.bank;
  const ProblemConfiguration& range = s_.configuration->problem;
  const Index held = (bank.rows + kHeldOut - 1) / kHeldOut, trained = bank.rows - held, p_count = a_.parameters;
  problems_ = count;
  n_max_ = s_.observed;
  make_keys(draws, draws.seed, false);
  truth_rows_.resize(static_cast<std::size_t>(count));
  for (Index b = 0; b < count; ++b) {
    const auto name = static_cast<std::uint32_t>(draws.first_problem + b);
    Stream picks(keys_.data()->prior, {name, 0, 0, 0}), count_draws(keys_.data()->counts, {name, 0, 0, 0});
    const Index rows = draws.training ? trained : held;
    const Index picked = std::min(rows - 1, static_cast<Index>(picks.uniform_wide() * static_cast<double>(rows)));
    const Index row = draws.training ? picked : trained + picked;
    truth_rows_[static_cast<std::size_t>(b)] = row;
    names_.data()[b] = name;
    counts_.data()[b] = static_cast<std::int32_t>(
        observed > 0 ? observed : log_uniform(range.observed_min, range.observed_max, count_draws.uniform_double()));
    for (Index p = 0; p < p_count; ++p) {
      const double theta = static_cast<double>(bank.theta[static_cast<std::size_t>(row * p_count + p)]);
      const double u = static_cast<double>(bank.coordinate[static_cast<std::size_t>(p * bank.rows + row)]);
      theta_.data()[b * p_count + p] = static_cast<float>(theta);
      drawn_.data()[b * p_count + p] = u;
      truth_.data()[b * p_count + p] = theta;
      target_.data()[b * p_count + p] = static_cast<Real>(u);
    }
  }
}

template <class Real>
void Shard<Real>::observe_from_bank() {
  const Bank& bank = *s_.bank;
  for (Index b = 0; b < problems_; ++b) {
    const Index count = counts_.data()[b], from = truth_rows_[static_cast<std::size_t>(b)] * bank.observed;
    std::copy_n(bank.x.data() + from * a_.size, count * a_.size, observed_.data() + b * n_max_ * a_.size);
    std::copy_n(bank.status.data() + from, count, observed_status_.data() + b * n_max_);
  }
}

template <class Real>
void Shard<Real>::propose_from_bank(Index t, MatView<Real> noise) {
  const Index k_count = s_.plan.thetas, p_count = a_.parameters;
  const std::vector<GaussianState>& psi = gaussians(psi_.mean, psi_.spread);
  const VecView<Real> weights = tape_.scratch(noise.rows);
  const MatView<Real> places{tape_.scratch(noise.size()).data, noise.rows, p_count};
  proposal_rows_.resize(static_cast<std::size_t>(noise.rows));
  bank_noise_.resize(static_cast<std::size_t>(k_count * p_count));
  for (Index b = 0; b < problems_; ++b) {
    const GaussianState& state = psi[static_cast<std::size_t>(b)];
    Index* const rows = proposal_rows_.data() + b * k_count;
    choose_rows(*s_.bank, state.mean.data(), state.cholesky.data(), p_count, truth_rows_[static_cast<std::size_t>(b)],
                k_count, keys_.data()->noise,
                {static_cast<std::uint32_t>(draws_.first_problem + b), static_cast<std::uint32_t>(t), 0, 0}, rows,
                bank_noise_.data());
    for (Index k = 0; k < k_count; ++k) {
      double square = 0;
      for (Index p = 0; p < p_count; ++p) {
        const double e = bank_noise_[static_cast<std::size_t>(k * p_count + p)];
        noise(b * k_count + k, p) = static_cast<Real>(e);
        places(b * k_count + k, p) =
            static_cast<Real>(s_.bank->coordinate[static_cast<std::size_t>(p * s_.bank->rows + rows[k])]);
        square += e * e;
      }
      weights[b * k_count + k] = static_cast<Real>(std::exp(-0.5 * std::min(square / kFarOff, kFarthestOff)));
    }
  }
  evidence_.noise = noise;
  evidence_.theta = tape_.data(places);
  proposal_weights_ = weights;
}

template <class Real>
void Shard<Real>::simulate_from_bank(Index t) {
  m_ = observations_at(s_.plan, t);
  const Bank& bank = *s_.bank;
  std::uint8_t* const status = calls_[static_cast<std::size_t>(t)].status.data;
  for (Index row = 0; row < problems_ * s_.plan.thetas; ++row) {
    const Index from = proposal_rows_[static_cast<std::size_t>(row)] * bank.observed;
    std::copy_n(bank.x.data() + from * a_.size, m_ * a_.size, simulated_.data() + row * m_ * a_.size);
    std::copy_n(bank.status.data() + from, m_, status + row * m_);
  }
}

#define ALFI_INSTANTIATE(T)                                                \
  template void Shard<T>::draw_from_bank(const ShardDraws&, Index, Index); \
  template void Shard<T>::observe_from_bank();                             \
  template void Shard<T>::propose_from_bank(Index, MatView<T>);            \
  template void Shard<T>::simulate_from_bank(Index);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace v0
}  // namespace alfi
