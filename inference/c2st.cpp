#include "alfi/inference/c2st.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "alfi/autodiff/linear.hpp"
#include "alfi/core/buffer.hpp"
#include "alfi/core/error.hpp"
#include "alfi/core/moments.hpp"
#include "alfi/core/random.hpp"
#include "alfi/core/special.hpp"
#include "alfi/kernels/adam.hpp"

namespace alfi {
inline namespace v0 {
namespace {

using autodiff::Activation;
using autodiff::Tape;
using autodiff::Var;

constexpr Index kBatch = 200, kWidth = 10, kPatience = 10, kFewest = 10;
constexpr double kRate = 1e-3, kGain = 1e-4;

/// Rows of d numbers and which set each is of.
struct Labelled {
  std::vector<float> x, label;
  Index size = 0;
  Index rows() const { return static_cast<Index>(label.size()); }
};

/// A permutation of 0 .. count - 1.
std::vector<Index> shuffled(Index count, Stream& random) {
  std::vector<Index> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), Index{0});
  for (Index i = count; i-- > 1;) {
    const auto j = std::min(i, static_cast<Index>(random.uniform_double() * static_cast<double>(i + 1)));
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(j)]);
  }
  return order;
}

Labelled chosen(const Labelled& all, const std::vector<Index>& rows, Index begin, Index end) {
  Labelled some;
  some.size = all.size;
  for (Index i = begin; i < end; ++i) {
    const Index r = rows[static_cast<std::size_t>(i)];
    some.x.insert(some.x.end(), all.x.begin() + r * all.size, all.x.begin() + (r + 1) * all.size);
    some.label.push_back(all.label[static_cast<std::size_t>(r)]);
  }
  return some;
}

/// Mean over rows of softplus(z) - label z: [1,1].
Var<float> logistic_loss(Tape<float>& tape, Var<float> z, const float* label) {
  const Var<float> loss = tape.output(1, 1, z.tracked());
  double sum = 0;
  for (Index i = 0; i < z.rows(); ++i) {
    const double value = static_cast<double>(z.value(i, 0));
    sum += softplus(value) - static_cast<double>(label[i]) * value;
  }
  loss.value(0, 0) = static_cast<float>(sum / static_cast<double>(z.rows()));
  if (loss.tracked()) {
    tape.record([z, loss, label](const Context&) {
      const float scale = loss.gradient()(0, 0) / static_cast<float>(z.rows());
      for (Index i = 0; i < z.rows(); ++i) {
        const float away = std::min(-z.value(i, 0), 80.0f);  // exp() of what is further overflows
        z.gradient()(i, 0) += scale * (1 / (1 + std::exp(away)) - label[i]);
      }
    });
  }
  return loss;
}

class Classifier {
 public:
  Classifier(Index size, Stream& random)
      : tape_(context_), state_(context_, 1), scratch_(context_, kernels::adam_scratch_size(context_)) {
    const Index width = kWidth * size;
    add(size, width, 6, random);
    add(width, width, 6, random);
    add(width, 1, 2, random);
    gradient_.resize(weights_.size());
    first_.resize(weights_.size());
    second_.resize(weights_.size());
    const kernels::StepState start;
    state_.copy_in(&start);
  }

  /// One pass; answers the mean loss.
  double pass(const Labelled& data, Stream& random) {
    const std::vector<Index> order = shuffled(data.rows(), random);
    kernels::AdamOptions options;
    options.learning_rate = kernels::LearningRate::constant(kRate);
    const auto all = [](std::vector<float>& v) { return VecView<float>{v.data(), static_cast<Index>(v.size())}; };
    double sum = 0;
    for (Index begin = 0; begin < data.rows(); begin += kBatch) {
      const Labelled batch = chosen(data, order, begin, std::min(begin + kBatch, data.rows()));
      std::fill(gradient_.begin(), gradient_.end(), 0.0f);
      tape_.rewind();
      const Var<float> loss = logistic_loss(tape_, score(batch, true), batch.label.data());
      tape_.backward(loss);
      kernels::adam<float>(context_, VecView<const float>(all(gradient_)), all(weights_), all(first_), all(second_),
                           state_.data(), options, scratch_.view());
      sum += static_cast<double>(loss.value(0, 0)) * static_cast<double>(batch.rows());
    }
    return sum / static_cast<double>(data.rows());
  }

  double accuracy(const Labelled& data) {
    tape_.rewind();
    const Var<float> z = score(data, false);
    Index right = 0;
    for (Index i = 0; i < data.rows(); ++i)
      right += (z.value(i, 0) > 0) == (data.label[static_cast<std::size_t>(i)] > 0.5f);
    return static_cast<double>(right) / static_cast<double>(data.rows());
  }

 private:
  struct Slot {
    Index inputs, outputs, offset;
  };

  /// Glorot's start: uniform within sqrt(factor / (inputs + outputs)).
  void add(Index inputs, Index outputs, double factor, Stream& random) {
    slots_.push_back({inputs, outputs, static_cast<Index>(weights_.size())});
    const double bound = std::sqrt(factor / static_cast<double>(inputs + outputs));
    for (Index i = 0; i < (inputs + 1) * outputs; ++i) {
      weights_.push_back(static_cast<float>(bound * (2 * random.uniform_double() - 1)));
    }
  }

  Var<float> leaf(Index offset, Index rows, Index cols, bool learning) {
    const MatView<const float> value{weights_.data() + offset, rows, cols};
    return learning ? tape_.leaf(value, {gradient_.data() + offset, rows, cols}) : tape_.data(value);
  }

  /// Above 0 where a row seems to be of the samples: [rows,1].
  Var<float> score(const Labelled& data, bool learning) {
    Var<float> x = tape_.data({data.x.data(), data.rows(), data.size});
    for (const Slot& s : slots_) {
      const autodiff::Linear<float> layer{leaf(s.offset, s.outputs, s.inputs, learning),
                                          leaf(s.offset + s.inputs * s.outputs, 1, s.outputs, learning)};
      x = autodiff::linear(tape_, x, layer, &s == &slots_.back() ? Activation::none : Activation::relu);
    }
    return x;
  }

  Context context_;
  Tape<float> tape_;
  std::vector<Slot> slots_;
  std::vector<float> weights_, gradient_, first_, second_;
  Buffer<kernels::StepState> state_;
  Buffer<double> scratch_;
};

double held_out_accuracy(const Labelled& train, const Labelled& test, Index most_passes, Stream& random) {
  Classifier classifier(train.size, random);
  double best = std::numeric_limits<double>::max();
  Index without_gain = 0;
  for (Index pass = 0; pass < most_passes && without_gain <= kPatience; ++pass) {
    const double loss = classifier.pass(train, random);
    without_gain = loss > best - kGain ? without_gain + 1 : 0;
    best = std::min(best, loss);
  }
  return classifier.accuracy(test);
}

void require(const char* name, MatView<const double> x, Index cols) {
  if (x.rows < kFewest || x.cols != cols || cols < 1) {
    throw ShapeError(std::string("c2st: ") + name + " has shape " + shape_text(x) + ", expected [at least " +
                     std::to_string(kFewest) + "," + std::to_string(cols) + "]");
  }
  for (const double value : x.flat()) {
    if (!std::isfinite(value)) throw NumericError(std::string("c2st: ") + name + " holds a value that is not finite");
  }
}

}  // namespace

double c2st(MatView<const double> reference, MatView<const double> samples, const C2stOptions& options) {
  require("reference", reference, reference.cols);
  require("samples", samples, reference.cols);
  if (options.folds < 2 || options.folds > reference.rows) {
    throw InputError("c2st: folds is " + std::to_string(options.folds) + ", expected 2 to " +
                     std::to_string(reference.rows));
  }
  std::vector<RunningMoments> moments(static_cast<std::size_t>(reference.cols));
  for (Index i = 0; i < reference.rows; ++i) {
    for (Index d = 0; d < reference.cols; ++d) moments[static_cast<std::size_t>(d)].add(reference(i, d));
  }
  Labelled all;
  all.size = reference.cols;
  for (const MatView<const double>& set : {reference, samples}) {
    for (Index i = 0; i < set.rows; ++i) {
      for (Index d = 0; d < set.cols; ++d) {
        const RunningMoments& m = moments[static_cast<std::size_t>(d)];
        all.x.push_back(static_cast<float>((set(i, d) - m.mean()) / (m.sd() > 0 ? m.sd() : 1)));
      }
    }
  }
  all.label.assign(static_cast<std::size_t>(reference.rows), 0.0f);
  all.label.insert(all.label.end(), static_cast<std::size_t>(samples.rows), 1.0f);
  Stream split(step_key(options.seed, Purpose::user, 0), {});
  const std::vector<Index> order = shuffled(all.rows(), split);
  std::vector<double> accuracy(static_cast<std::size_t>(options.folds));
  const auto run = [&](Index fold, int) {
    const Index begin = fold * all.rows() / options.folds, end = (fold + 1) * all.rows() / options.folds;
    std::vector<Index> rest(order.begin(), order.begin() + begin);
    rest.insert(rest.end(), order.begin() + end, order.end());
    Stream random(step_key(options.seed, Purpose::user, static_cast<std::uint64_t>(fold) + 1), {});
    accuracy[static_cast<std::size_t>(fold)] =
        held_out_accuracy(chosen(all, rest, 0, static_cast<Index>(rest.size())), chosen(all, order, begin, end),
                          options.most_passes, random);
  };
  if (options.pool != nullptr) {
    options.pool->parallel_for(options.folds, run);
  } else {
    for (Index fold = 0; fold < options.folds; ++fold) run(fold, 0);
  }
  return std::accumulate(accuracy.begin(), accuracy.end(), 0.0) / static_cast<double>(options.folds);
}

}  // namespace v0
}  // namespace alfi
