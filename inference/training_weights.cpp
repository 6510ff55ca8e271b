#include "alfi/inference/training_weights.hpp"

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"

namespace alfi {
inline namespace v0 {

kernels::LearningRate learning_rate_of(const TrainConfiguration& train) {
  return {train.learning_rate, train.steps, kWarmUp, train.schedule == "cosine"};
}

template <class Real>
TrainingWeights<Real>::TrainingWeights(const Machine::State& model, const Context& context)
    : architecture_(model.architecture),
      train_(model.configuration.train),
      context_(context),
      count_(model.architecture.weights),
      state_(context, 1),
      scratch_(context, kernels::adam_scratch_size(context)) {
  std::vector<double> drawn(static_cast<std::size_t>(count_));
  initialize_weights(architecture_, train_.seed, drawn.data());
  const std::vector<Real> initial(drawn.begin(), drawn.end());
  for (Buffer<Real>* part : {&weights_, &first_, &second_, &average_, &best_}) {
    *part = Buffer<Real>(context_, count_);
    if (part != &first_ && part != &second_) part->copy_in(initial.data());
  }
  write_state({});
}

template <class Real>
void TrainingWeights<Real>::update(VecView<const Real> gradient) {
  kernels::AdamOptions options;
  options.learning_rate = learning_rate_of(train_);
  options.clip_norm = train_.clip_norm;
  options.weight_decay = train_.weight_decay;
  kernels::adam<Real>(context_, gradient, weights_.view(), first_.view(), second_.view(), state_.data(), options,
                      scratch_.view());
  kernels::average<Real>(context_, weights_.view(), average_.view(), state_.data(), train_.average);
}

template <class Real>
kernels::StepState TrainingWeights<Real>::read_state() const {
  kernels::StepState state;
  state_.copy_out(&state);
  return state;
}

template <class Real>
void TrainingWeights<Real>::best(Weights& weights, bool validated) const {
  std::vector<Real>& found = weights_of<Real>(weights);
  found.resize(static_cast<std::size_t>(count_));
  (validated ? best_ : judged()).copy_out(found.data());
}

template <class Real>
void TrainingWeights<Real>::save(TensorFile& file) const {
  std::vector<Real> values(static_cast<std::size_t>(count_));
  for (const auto& [name, buffer] : parts()) {
    buffer->copy_out(values.data());
    put_weights(file, architecture_, name, static_cast<const Real*>(values.data()));
  }
  const kernels::StepState state = read_state();
  const double numbers[2] = {static_cast<double>(state.step), state.gradient_norm};
  file.tensors["adam"] = make_tensor<double>({2}, numbers);
}

template <class Real>
void TrainingWeights<Real>::load(const TensorFile& file, const std::string& path, Index step) {
  double numbers[2];
  copy_tensor<double>(file, path, "adam", {2}, numbers);
  if (numbers[0] != static_cast<double>(step)) {
    throw InputError(path + ": adam holds step " + number_text(numbers[0]) + ", expected " + std::to_string(step));
  }
  std::vector<std::vector<Real>> read;
  for (const auto& [name, buffer] : parts()) {
    read.emplace_back(static_cast<std::size_t>(count_));
    get_weights(file, path, architecture_, name, read.back().data());
  }
  std::size_t next = 0;  // everything was sound: now replace what exists
  for (Buffer<Real>* part : {&weights_, &first_, &second_, &average_, &best_}) part->copy_in(read[next++].data());
  kernels::StepState state;
  state.step = step;
  state.gradient_norm = numbers[1];
  write_state(state);
}

template <class Real>
std::vector<std::pair<std::string, const Buffer<Real>*>> TrainingWeights<Real>::parts() const {
  return {
      {"weights.", &weights_}, {"first.", &first_}, {"second.", &second_}, {"average.", &average_}, {"best.", &best_}};
}

template class TrainingWeights<float>;
template class TrainingWeights<double>;

}  // namespace v0
}  // namespace alfi
