#include "alfi/inference/model.hpp"

#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"

namespace alfi {
inline namespace v0 {

template <>
std::vector<float>& weights_of<float>(Weights& w) {
  return w.single;
}
template <>
std::vector<double>& weights_of<double>(Weights& w) {
  return w.twice;
}

ShardSetting Machine::State::setting(Index problems, Index observed, const Plan& plan) const {
  ShardSetting s;
  s.architecture = &architecture;
  s.simulator = &simulator;
  s.normalization = &normalization;
  s.configuration = &configuration;
  s.coordinates = coordinates();
  s.problems = problems;
  s.observed = observed;
  s.plan = plan;
  s.bank = bank.get();
  return s;
}

Plan Machine::State::training_plan() const {
  const TrainConfiguration& t = configuration.train;
  return {t.iterations, t.thetas, t.observations, t.observations_min};
}

NumericError Machine::State::gradient_error() const {
  return NumericError("simulator " + simulator.info().name +
                      ": the gradient is not finite; the weights are those of the step before");
}

void Machine::State::require_none_failed(Index failed, Index calls) const {
  if (failed == 0 || configuration.train.nan_policy != "error") return;
  throw NumericError(
      "simulator " + simulator.info().name + ": " + std::to_string(failed) + " of " + std::to_string(calls) +
      " calls failed or are not finite (train.nan_policy is \"error\"; \"drop\" and \"resample\" go on)");
}

void Machine::State::require_few_failed(Index failed, Index calls) const {
  if (static_cast<double>(failed) <= configuration.train.max_failed * static_cast<double>(calls)) return;
  throw NumericError("simulator " + simulator.info().name + ": " + std::to_string(failed) + " of " +
                     std::to_string(calls) + " calls failed, more than train.max_failed allows");
}

void Machine::State::require_finite_loss(double loss) const {
  if (std::isfinite(loss)) return;
  throw NumericError("simulator " + simulator.info().name + ": the loss is not finite");
}

template <class Real>
void put_weights(TensorFile& file, const Architecture& architecture, const std::string& prefix, const Real* weights) {
  for (const TensorSlot& slot : architecture.slots) {
    file.tensors[prefix + slot.name] = make_tensor<Real>({slot.rows, slot.cols}, weights + slot.offset);
  }
}

template <class Real>
void get_weights(const TensorFile& file, const std::string& path, const Architecture& architecture,
                 const std::string& prefix, Real* weights) {
  for (const TensorSlot& slot : architecture.slots) {
    copy_tensor<Real>(file, path, prefix + slot.name, {slot.rows, slot.cols}, weights + slot.offset);
    for (Index i = 0; i < slot.size(); ++i) {
      if (!std::isfinite(weights[slot.offset + i])) {
        throw InputError(path + ": " + prefix + slot.name + " holds a value that is not finite");
      }
    }
  }
}

void put_normalization(TensorFile& file, const Normalization& n) {
  const auto put = [&](const char* name, const std::vector<double>& values) {
    file.tensors[std::string("normalization.") + name] =
        make_tensor<double>({static_cast<Index>(values.size())}, values.data());
  };
  put("mean", n.mean);
  put("sd", n.sd);
  put("least_scale", n.least_scale);
  put("median", n.median);
  put("spread", n.spread);
  if (!n.whitening.empty()) put("whitening", n.whitening);
  if (n.shown.empty()) return;
  put("floor", n.floor);
  std::vector<double> codes;
  for (const Shown shown : n.shown) codes.push_back(static_cast<double>(shown));
  put("shown", codes);
}

Normalization get_normalization(const TensorFile& file, const std::string& path, const ObservationShape& shape) {
  const Index size = shape.size(), described = shape.is_set ? 2 * size : size;
  Normalization n;
  const auto get = [&](const char* name, Index count, bool positive) {
    std::vector<double> values(static_cast<std::size_t>(count));
    const std::string full = std::string("normalization.") + name;
    copy_tensor<double>(file, path, full, {count}, values.data());
    for (const double value : values) {
      if (!std::isfinite(value) || (positive && value <= 0)) {
        throw InputError(path + ": " + full + " holds " + number_text(value) + ", expected a finite" +
                         (positive ? " positive" : "") + " number");
      }
    }
    return values;
  };
  n.mean = get("mean", size, false);
  n.sd = get("sd", size, true);
  n.least_scale = get("least_scale", size, true);
  n.median = get("median", described, false);
  n.spread = get("spread", described, true);
  if (shape.is_set && size <= kMostWhitened) n.whitening = get("whitening", size * size, false);
  if (shape.is_set) return n;
  n.floor = get("floor", size, false);
  for (const double code : get("shown", size, false)) {
    if (code != 0 && code != 1 && code != 2) {
      throw InputError(path + ": normalization.shown holds " + number_text(code) + ", expected 0, 1 or 2");
    }
    n.shown.push_back(static_cast<Shown>(static_cast<int>(code)));
  }
  return n;
}

std::string configuration_text(const Configuration& configuration) {
  std::string text;
  for (const auto& [key, value] : to_entries(configuration)) text += key + " = " + value + "\n";
  return text;
}

Configuration configuration_from_text(const std::string& text, const std::string& path) {
  std::map<std::string, std::string> entries;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    const std::string line = text.substr(begin, end - begin);
    const std::size_t equals = line.find(" = ");
    if (equals == std::string::npos) {
      throw InputError(path + ": metadata configuration has the line \"" + line + "\", expected KEY = VALUE");
    }
    entries[line.substr(0, equals)] = line.substr(equals + 3);
    begin = end + 1;
  }
  try {
    const Configuration configuration = from_entries(entries);
    validate(configuration);
    return configuration;
  } catch (const InputError& error) {
    throw InputError(path + ": metadata configuration: " + error.what());
  }
}

std::string priors_text(const Simulator& simulator) {
  std::string text;
  for (const Parameter& p : simulator.info().parameters) {
    text += p.name + " ~ " + p.prior.text() + "\n";
  }
  return text;
}

const std::string& metadata(const TensorFile& file, const std::string& path, const std::string& key) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end()) throw InputError(path + ": metadata has no " + key);
  return found->second;
}

#define ALFI_INSTANTIATE(T)                                                                     \
  template void put_weights<T>(TensorFile&, const Architecture&, const std::string&, const T*); \
  template void get_weights<T>(const TensorFile&, const std::string&, const Architecture&, const std::string&, T*);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace v0
}  // namespace alfi
