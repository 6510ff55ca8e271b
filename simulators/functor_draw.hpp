#pragma once
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/rows/features.hpp"
#include "alfi/simulators/functor.hpp"

/// What a functor computes on a GPU: a block draws neighbouring observations, of a few proposals, for each of which it
/// prepares the functor once.

namespace alfi {
inline namespace v0 {

/// How a request's rows (B*K*M) are split between blocks.
struct DrawPlan {
  Index rows = 0;  ///< of all
  int block_rows = 1, block_proposals = 1;

  /// prepared: bytes of what is prepared for a proposal.
  static DrawPlan of(const SimulateRequest& request, std::size_t prepared) {
    constexpr Index kBlocks = 1056, kLeast = 64, kMost = 2048;  // eight for each multiprocessor of a large GPU; rows
    constexpr std::size_t kMemory = 16 * 1024;                  // so that these eight have room
    DrawPlan plan;
    plan.rows = request.problems * request.proposals * request.observations;
    if (plan.rows == 0) return plan;
    const auto proposals = [&](Index made) { return made == 1 ? 1 : (made - 2) / request.observations + 2; };
    const auto takes = [&](Index made) { return static_cast<std::size_t>(proposals(made)) * prepared; };
    Index rows = kMost;
    while (rows > kLeast && rows * kBlocks > plan.rows) rows /= 2;
    while (rows > 1 && takes(rows) > kMemory) rows /= 2;
    plan.block_rows = static_cast<int>(rows);
    plan.block_proposals = static_cast<int>(proposals(rows));
    return plan;
  }
};

template <class F>
struct DrawBlocks {
  using Prepared = typename F::Prepared;
  static_assert(alignof(Prepared) <= 16, "shared memory is aligned to 16 bytes");

  F functor;
  SimulateRequest request;
  DrawPlan plan;

  Index blocks() const { return (plan.rows + plan.block_rows - 1) / plan.block_rows; }
  std::size_t shared_bytes() const { return static_cast<std::size_t>(plan.block_proposals) * sizeof(Prepared); }

  /// body(row, Prepared, proposal, m): observation m of a proposal is row of all.
  template <class Block, class Body>
  ALFI_HD void each_row(Block& block, const Body& body) const {
    Prepared* const prepared = block.template shared<Prepared>(plan.block_proposals);
    const Index begin = block.index() * plan.block_rows, left = plan.rows - begin;
    const int rows = left < plan.block_rows ? static_cast<int>(left) : plan.block_rows;
    const Index first = begin / request.observations, offset = begin - first * request.observations;
    const int proposals = static_cast<int>((offset + rows - 1) / request.observations) + 1;
    block.phase([&](const Lane& lane) {
      for (int j = lane.id; j < proposals; j += lane.count) {
        prepared[j] = functor.prepare(request.theta.row(first + j).data);
      }
    });
    block.phase([&](const Lane& lane) {
      for (int r = lane.id; r < rows; r += lane.count) {
        const Index j = proposals == 1 ? 0 : (offset + r) / request.observations;
        body(begin + r, prepared[j], first + j, offset + r - j * request.observations);
      }
    });
  }

 private:
  using Lane = kernels::Lane;
};

/// Observations as they are, with their status; what does not exist is left as it is.
template <class F>
struct SimulateRows : DrawBlocks<F> {
  static constexpr const char* kName = "simulate";
  static constexpr int kLanes = 64;

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const SimulateRequest& r = this->request;
    this->each_row(block, [&](Index row, const typename F::Prepared& prepared, Index proposal, Index m) {
      if (m >= r.count(proposal / r.proposals)) return;
      const Status status = simulate_sample(this->functor, prepared, r, proposal, m, r.out.cols, r.out.row(row).data);
      r.status[row] = static_cast<std::uint8_t>(status);
    });
  }
};

/// Observations as features (kernels/features.hpp); status 1 where one does not exist, failed or is not finite.
template <class F>
struct DrawFeatures : DrawBlocks<F> {
  static constexpr const char* kName = "simulate";
  static constexpr int kLanes = 64;

  kernels::FeatureScale<float> scale;
  MatView<float> x;
  std::uint8_t* status;

  template <class Block>
  ALFI_HD void run(Block& block) const {
    this->each_row(block, [&](Index row, const typename F::Prepared& prepared, Index proposal, Index m) {
      float* const to = x.row(row).data;
      const bool valid = draw(prepared, proposal, m, to);
      for (Index d = 0; d < x.cols && !valid; ++d) to[d] = 0;
      status[row] = valid ? 0 : 1;
    });
  }

 private:
  ALFI_HD bool draw(const typename F::Prepared& prepared, Index proposal, Index m, float* to) const {
    const SimulateRequest& r = this->request;
    const Index problem = proposal / r.proposals;
    if (m >= r.count(problem)) return false;
    if (simulate_sample(this->functor, prepared, r, proposal, m, x.cols, to) != Status::ok) return false;
    const float* const location = scale.location.row(problem).data;
    const float* const divisor = scale.scale.row(problem).data;
    if (!all_finite(to, x.cols)) return false;
    for (Index d = 0; d < x.cols; ++d) {
      to[d] = kernels::feature_of(to[d], location[d], divisor[d], scale.asinh);
    }
    return true;
  }
};

}  // namespace v0
}  // namespace alfi
