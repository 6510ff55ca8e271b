#pragma once
#include <algorithm>

#include "alfi/core/divisor.hpp"
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/gpu/warp.hpp"
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
  Divisor by_observations, by_proposals;

  /// prepared: bytes of what is prepared for a proposal. resident: blocks for each multiprocessor, so that all are done
  /// in one round, where what is prepared leaves room for so many.
  static DrawPlan of(const SimulateRequest& request, std::size_t prepared, Index resident) {
    constexpr Index kLeast = 64, kMost = 2048;  // rows
    constexpr std::size_t kMemory = 16 * 1024;
    using kernels::kMultiprocessors;
    DrawPlan plan;
    plan.rows = request.problems * request.proposals * request.observations;
    if (plan.rows == 0) return plan;
    plan.by_observations = Divisor(request.observations);
    plan.by_proposals = Divisor(request.proposals);
    const auto proposals = [&](Index made) { return made == 1 ? 1 : (made - 2) / request.observations + 2; };
    const auto takes = [&](Index made) { return static_cast<std::size_t>(proposals(made)) * prepared; };
    const Index share = (plan.rows + kMultiprocessors * resident - 1) / (kMultiprocessors * resident);
    Index rows = std::min((share + kLeast - 1) / kLeast * kLeast, kMost);
    while (rows > 1 && takes(rows) > kMemory) rows /= 2;
    plan.block_rows = static_cast<int>(rows);
    plan.block_proposals = static_cast<int>(proposals(rows));
    return plan;
  }
};

/// Observations of a block that take another turn: of `left` entries those marked `again` become the entries of the
/// next turn, in their order.
struct TurnList {
  using Entry = std::uint16_t;
  std::uint8_t* again;
  Entry *now, *next;  ///< observations, counted from the block's first
  int *counts, *left;

  static Index shared_bytes(int rows, int lanes) {
    using kernels::rounded_shared;
    return rounded_shared(rows) + 2 * rounded_shared(rows * static_cast<Index>(sizeof(Entry))) +
           rounded_shared((lanes + 1) * static_cast<Index>(sizeof(int)));
  }
  template <class Block>
  ALFI_HD static TurnList take(Block& block, int rows, int lanes) {
    TurnList list{};
    list.again = block.template shared<std::uint8_t>(rows);
    list.now = block.template shared<Entry>(rows);
    list.next = block.template shared<Entry>(rows);
    list.counts = block.template shared<int>(lanes + 1);
    list.left = list.counts + lanes;
    return list;
  }

  /// Returns how many are left.
  template <class Block>
  ALFI_HD int gather(Block& block, int size) {
    block.phase([&](const kernels::Lane& lane) {
      int count = 0;
      for (int e = begin(lane, size); e < begin(lane, size, 1); ++e) count += again[e];
      counts[lane.id] = count;
    });
    block.phase([&](const kernels::Lane& lane) {
      int to = 0;
      for (int before = 0; before < lane.id; ++before) to += counts[before];
      for (int e = begin(lane, size); e < begin(lane, size, 1); ++e) {
        if (again[e] != 0) next[to++] = now[e];
      }
      if (lane.id + 1 == lane.count) *left = to;
    });
    Entry* const old = now;
    now = next;
    next = old;
    return *left;
  }

 private:
  /// The entries of a lane, or of one further on, begin here.
  ALFI_HD static int begin(const kernels::Lane& lane, int size, int further = 0) {
    const int share = (size + lane.count - 1) / lane.count, first = (lane.id + further) * share;
    return first < size ? first : size;
  }
};

template <class F>
struct DrawBlocks {
  using Prepared = typename F::Prepared;
  static_assert(alignof(Prepared) <= 16, "shared memory is aligned to 16 bytes");
  static constexpr int kLanes = 64, kNumbers = detail::NumbersOf<F>::kCount;
  /// Blocks of a multiprocessor; in turns they come all at once, in few enough registers.
  static constexpr int kPlanned = detail::TakesTurns<F>::value ? 14 : 16;
  static constexpr int kResident = detail::TakesTurns<F>::value ? kPlanned : 1;

  F functor;
  SimulateRequest request;
  DrawPlan plan;

  Index blocks() const { return (plan.rows + plan.block_rows - 1) / plan.block_rows; }
  std::size_t shared_bytes() const {
    return static_cast<std::size_t>(
        kernels::rounded_shared(plan.block_proposals * static_cast<Index>(sizeof(Prepared))) +
        (in_turns() ? TurnList::shared_bytes(plan.block_rows, kLanes) : 0));
  }

  /// visitor.exists(problem, m): whether observation m of a problem's proposal is to be made; visitor.place(row): where
  /// it goes, row of all; visitor.finish(row, problem, status, x, size) where it was made, x being that place or, where
  /// the functor says how many numbers there are, registers; visitor.skip(row) where not.
  template <class Block, class Visitor>
  ALFI_HD void each_row(Block& block, const Visitor& visitor) const {
    Prepared* const prepared = block.template shared<Prepared>(plan.block_proposals);
    const Index begin = block.index() * plan.block_rows, left = plan.rows - begin;
    Share share{begin, plan.by_observations.quotient(begin), 0, static_cast<int>(request.observations),
                left < plan.block_rows ? static_cast<int>(left) : plan.block_rows};
    share.offset = static_cast<int>(begin - share.first * request.observations);
    const int proposals = (share.offset + share.rows - 1) / share.observations + 1;
    block.phase([&](const Lane& lane) {
      for (int j = lane.id; j < proposals; j += lane.count) {
        prepared[j] = functor.prepare(request.theta.row(share.first + j).data);
      }
    });
    if constexpr (detail::TakesTurns<F>::value) {
      if (in_turns()) return take_turns(block, share, prepared, visitor);
    }
    block.phase([&](const Lane& lane) {
      for (int r = lane.id; r < share.rows; r += lane.count) {
        const Place at = place(share, r);
        if (!visitor.exists(at.problem, at.m)) {
          visitor.skip(at.row);
          continue;
        }
        with_numbers(at, visitor, [&](float* x, Index size, auto finish) {
          finish(simulate_sample(functor, prepared[at.prepared], request, at.proposal, at.m, size, x));
        });
      }
    });
  }

 private:
  using Lane = kernels::Lane;

  struct Place {
    Index row, proposal, problem;
    int prepared, m;
  };
  /// A block's rows.
  struct Share {
    Index begin, first;  ///< its first row and proposal
    int offset, observations, rows;
  };
  ALFI_HD Place place(const Share& share, int r) const {
    const int j = plan.by_observations.quotient(share.offset + r);
    const Index proposal = share.first + j;
    return {share.begin + r, proposal, plan.by_proposals.quotient(proposal), j,
            share.offset + r - j * share.observations};
  }

  /// Where many are made at once; else what gathering takes is more than what it saves.
  ALFI_HD bool in_turns() const {
    return detail::TakesTurns<F>::value && request.attempts == 1 && plan.block_rows >= 256;
  }

  template <class Block, class Visitor>
  ALFI_HD void take_turns(Block& block, const Share& share, const Prepared* prepared, const Visitor& visitor) const {
    TurnList list = TurnList::take(block, plan.block_rows, kLanes);
    block.phase([&](const Lane& lane) {
      for (int r = lane.id; r < share.rows; r += lane.count) {
        const Place at = place(share, r);
        list.now[r] = static_cast<TurnList::Entry>(r);
        list.again[r] = 0;
        if (visitor.exists(at.problem, at.m)) {
          list.again[r] = turn(at, prepared[at.prepared], 0, visitor);
        } else {
          visitor.skip(at.row);
        }
      }
    });
    int left = share.rows;
    for (std::uint32_t number = 1; (left = list.gather(block, left)) > 0; ++number) {
      const bool few = left <= kLanes;  // gathering takes more than what it saves
      block.phase([&](const Lane& lane) {
        for (int e = lane.id; e < left; e += lane.count) {
          const Place at = place(share, list.now[e]);
          std::uint32_t own = number;
          do {
            list.again[e] = turn(at, prepared[at.prepared], own++, visitor);
          } while (few && list.again[e] != 0);
        }
      });
      if (few) return;
    }
  }

  /// 1 where it takes another turn.
  template <class Visitor>
  ALFI_HD std::uint8_t turn(const Place& at, const Prepared& prepared, std::uint32_t number,
                            const Visitor& visitor) const {
    std::uint8_t again = 0;
    with_numbers(at, visitor, [&](float* x, Index size, auto finish) {
      Stream random(request.stream_key(), request.sample_name(at.proposal, at.problem, at.m));
      Status status = Status::ok;
      if (!functor.turn(prepared, random, number, x, &status)) {
        again = 1;
        return;
      }
      for (Index d = 0; d < size && status != Status::ok; ++d) x[d] = 0;
      finish(status);
    });
    return again;
  }

  /// body(where an observation's numbers are to be made, how many, finish(status)).
  template <class Visitor, class Body>
  ALFI_HD static void with_numbers(const Place& at, const Visitor& visitor, const Body& body) {
    if constexpr (kNumbers > 0) {
      float x[kNumbers];
      body(x, Index{kNumbers}, [&](Status status) { visitor.finish(at.row, at.problem, status, x, kNumbers); });
    } else {
      float* const x = visitor.place(at.row);
      body(x, visitor.size(), [&](Status status) { visitor.finish(at.row, at.problem, status, x, visitor.size()); });
    }
  }
};

/// Observations as they are, with their status; what does not exist is left as it is.
template <class F>
struct SimulateRows : DrawBlocks<F> {
  static constexpr const char* kName = "simulate";

  template <class Block>
  ALFI_HD void run(Block& block) const {
    this->each_row(block, *this);
  }

  ALFI_HD Index size() const { return this->request.out.cols; }
  ALFI_HD bool exists(Index problem, Index m) const { return m < this->request.count(problem); }
  ALFI_HD float* place(Index row) const { return this->request.out.row(row).data; }
  ALFI_HD void skip(Index) const {}
  ALFI_HD void finish(Index row, Index, Status status, const float* x, Index size) const {
    this->request.status[row] = static_cast<std::uint8_t>(status);
    if constexpr (DrawBlocks<F>::kNumbers > 0) {
      for (Index d = 0; d < size; ++d) place(row)[d] = x[d];
    }
  }
};

/// Observations as features (kernels/features.hpp); status 1 where one does not exist, failed or is not finite.
template <class F>
struct DrawFeatures : DrawBlocks<F> {
  static constexpr const char* kName = "simulate";

  kernels::FeatureScale<float> scale;
  MatView<float> x;
  std::uint8_t* status;

  template <class Block>
  ALFI_HD void run(Block& block) const {
    this->each_row(block, *this);
  }

  ALFI_HD Index size() const { return x.cols; }
  ALFI_HD bool exists(Index problem, Index m) const { return m < this->request.count(problem); }
  ALFI_HD float* place(Index row) const { return x.row(row).data; }
  ALFI_HD void skip(Index row) const {
    float* const to = place(row);
    for (Index d = 0; d < x.cols; ++d) to[d] = 0;
    status[row] = 1;
  }
  ALFI_HD void finish(Index row, Index problem, Status made, const float* from, Index numbers) const {
    if (made != Status::ok || !all_finite(from, numbers)) return skip(row);
    float* const to = place(row);
    const float* const location = scale.location.row(problem).data;
    const float* const divisor = scale.scale.row(problem).data;
    for (Index d = 0; d < numbers; ++d) {
      to[d] = kernels::feature_of(from[d], location[d], divisor[d], scale.asinh);
    }
    status[row] = 0;
  }
};

}  // namespace v0
}  // namespace alfi
