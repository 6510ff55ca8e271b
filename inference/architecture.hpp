#pragma once
#include <string>
#include <vector>

#include "alfi/inference/configuration.hpp"

/// Which networks a configuration asks for, their sizes, and where each one's weights lie in one flat vector.

namespace alfi {
inline namespace v0 {

/// How a tensor starts: uniform in +-1/sqrt(inputs), all zero, all one value, or at values of its own.
enum class Initial : std::uint8_t { uniform, zero, value, values };

struct TensorSlot {
  std::string name;
  Index rows = 0, cols = 0, offset = 0;
  Initial initial = Initial::uniform;
  double bound = 0;            ///< of a uniform start, or the value
  std::vector<double> values;  ///< [rows*cols], where it starts at these
  Index size() const { return rows * cols; }
};

/// Positions in Architecture::slots.
struct LinearSlot {
  int weight = -1, bias = -1;
};
struct CellSlot {
  int input = -1, hidden = -1, bias = -1;
};

/// How a sample of the simulator becomes an encoding [E].
enum class EncoderKind : std::uint8_t {
  set,       ///< the set encoder, pooled over the observations
  vector,    ///< the features themselves [D], and what three layers make of them and of the absolute ones
  sequence,  ///< an LSTM over the rows of a series, its last state through a linear layer
};

struct Architecture {
  /// configuration: resolve()d for this shape; parameters P.
  Architecture(const Configuration& configuration, Index parameters, const ObservationShape& shape);

  EncoderKind kind;
  Index parameters, size;  ///< P, D: numbers of a sample,
  Index columns;           ///< of which a row has so many
  bool diagonal, lstm, relative_features, relative_update, regression, first_guess, smooth_bound, encoder_tanh;
  bool log_spread;  ///< the cell reads psi's triangle by its logarithms
  double bound_mean, bound_spread;
  Index triangle;         ///< V
  Index spread;           ///< entries of psi's second part: log sds [P] (absolute diagonal) or a triangle [V]
  Index move;             ///< entries of a move: P + (diagonal ? P : V)
  Index row_inputs = 0;   ///< of `rows`; 0: there is none
  Index levels = 0;       ///< numbers that tell how large a series' noise is, beside `rows`
  Index roughness = 0;    ///< entries of an encoding that tell how rough a series is: one for each column
  Index moments = 0;      ///< entries of an encoding that are a set's pooled moments (kernels/set_moments.hpp)
  Index projections = 0;  ///< numbers of a set along learned directions (kernels/set_projections.hpp)
  Index difference;       ///< entries of what is compared: an encoding, and those numbers
  Index components;       ///< J of the mixture that is the answer; 0: it is the proposal
  Index component;        ///< numbers of one: its logit, its mean [P] and triangle [V] in the proposal's coordinates
  Index encoding, absolute, context, summaries, state, gates;

  LinearSlot encoder[3];    ///< of a set, or of a vector
  CellSlot sequence;        ///< of a sequence: an LSTM whose input is a row's features and its absolute ones,
  LinearSlot sequence_out;  ///< and what reads its last state
  LinearSlot rows[3];       ///< of a series with relative features: a set encoder over its rows, which reads how the
                            ///< proposals' mean differs from the real one, and so how large its noise is
  Index sequence_state = 0;
  LinearSlot read_context[2], guess[2], summary_linear, summary[2], aggregator[3], body[2], head[2], mixture[2];
  CellSlot cell;
  int directions = -1;  ///< [F,D], of projections
  int log_floor = -1;
  std::vector<TensorSlot> slots;
  Index weights = 0;  ///< of all slots together
};

/// Where the components of a mixture start in the proposal's coordinates, for each of J its logit (0), mean [P] and
/// triangle [V] (logarithms on the diagonal): apart, so that each can go its own way (components that start alike stay
/// alike; close ones do not find the two modes of a symmetric posterior), and such that the mixture's mean and sds are
/// the proposal's. Means are points of the additive sequence of the generalized golden ratio, which fill a cube evenly.
std::vector<double> initial_components(Index components, Index parameters);

/// Writes the initial weights [architecture.weights]. Random: Stream(step_key(seed, initial_weights, 0),
/// {tensor, 0, 0, entry}).
void initialize_weights(const Architecture& architecture, std::uint64_t seed, double* weights);

}  // namespace v0
}  // namespace alfi
