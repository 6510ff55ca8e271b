#pragma once
#include <vector>

#include "alfi/core/random.hpp"
#include "alfi/inference/gaussian_state.hpp"
#include "alfi/inference/refine.hpp"

/// What refinements share: simulations at places of theirs, of which they see what is to be emulated.

namespace alfi {
inline namespace v0 {

class RefineSimulations {
 public:
  /// setting must outlive this. observed [N,D].
  RefineSimulations(const RefineSetting& setting, MatView<const float> observed);

  Index parameters() const { return setting_.simulator->parameters(); }
  Index count() const { return count_; }                             ///< N
  const std::vector<double>& observed() const { return observed_; }  ///< of the real observations
  const std::vector<double>& least() const { return least_; }        ///< no noise is taken smaller
  const Points& places() const { return places_; }                   ///< of all valid simulations so far
  const Points& values() const { return values_; }

  /// Simulates at [n,P] in normal coordinates, no further than kFurthest, and adds what is valid. round and first, the
  /// number of its first simulation, name the streams.
  void simulate(Points at, Index round, Index first);

  /// How many simulations are made at a time.
  Index part() const;

  /// values() of series or vectors, where entries that are whole numbers in all of what was simulated are anything
  /// that rounds to them, at random: what has a density. Random: streams of key.
  Points blurred(Key key) const;

  /// Of series or vectors: entries that are whole numbers in all of what was simulated, and the observed one in at
  /// least this share of the simulations from number `since` on, but not in all that there are.
  std::vector<Index> often_equal(Index since, double share) const;
  /// What was simulated of an entry less what was observed: [n].
  std::vector<double> beyond(Index entry) const;

  /// What a likelihood network reads of places: the coordinates, and theta itself: [n,2P].
  Points shown(const Points& places) const;

 private:
  std::vector<double> emulated(MatView<const float> x) const;
  bool is_whole(std::size_t entry) const;

  const RefineSetting& setting_;
  bool is_set_;
  Index count_;
  std::vector<double> observed_, least_;
  std::vector<float> raw_observed_;  ///< [D]
  Points places_, values_;
  std::vector<float> raw_;  ///< of series and vectors, [n,D]: what values are made from
};

}  // namespace v0
}  // namespace alfi
