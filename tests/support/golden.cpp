#include "support/golden.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace alfi_test {
namespace {

constexpr double kValueTolerance = 1e-10, kGradientTolerance = 1e-9;

std::string folder() {
  const char* chosen = std::getenv("ALFI_GOLDENS");
  return chosen && *chosen ? chosen : std::string(ALFI_SOURCE_DIR) + "/tests/goldens";
}

GoldenArray parse_array(const nlohmann::json& record) {
  GoldenArray array{record.at("shape").get<std::vector<Index>>(), record.at("data").get<std::vector<double>>()};
  Index size = 1;
  for (Index extent : array.shape) size *= extent;
  if (size != static_cast<Index>(array.data.size())) throw std::runtime_error("shape does not fit data");
  return array;
}

}  // namespace

double GoldenArray::largest() const {
  double largest = 0;
  for (double value : data) largest = std::max(largest, std::fabs(value));
  return largest;
}

Golden::Golden(const std::string& name) : name_(name) {
  const std::string path = folder() + "/" + name + ".json";
  std::ifstream file(path);
  if (!file) throw std::runtime_error("golden " + path + ": cannot be read");
  try {
    const nlohmann::json record = nlohmann::json::parse(file);
    for (const auto& [key, value] : record.at("scalars").items()) scalars_[key] = value.get<double>();
    for (const auto& [key, value] : record.at("arrays").items()) arrays_[key] = parse_array(value);
  } catch (const std::exception& error) {
    throw std::runtime_error("golden " + path + ": " + error.what());
  }
}

const GoldenArray& Golden::array(const std::string& name) const {
  const auto found = arrays_.find(name);
  if (found == arrays_.end()) throw std::runtime_error("golden " + name_ + ": has no array " + name);
  return found->second;
}

double Golden::scalar(const std::string& name) const {
  const auto found = scalars_.find(name);
  if (found == scalars_.end()) throw std::runtime_error("golden " + name_ + ": has no scalar " + name);
  return found->second;
}

template <class Real>
alfi::MatView<Real> GoldenRun<Real>::values(const std::string& name) {
  const GoldenArray& array = golden_.array(name);
  std::vector<Real> converted;
  for (double value : array.data) {
    const double kept = precision_ == Precision::full ? value : static_cast<double>(static_cast<float>(value));
    converted.push_back(static_cast<Real>(kept));
  }
  storage_.push_back(std::move(converted));
  return {storage_.back().data(), array.rows(), array.cols()};
}

template <class Real>
typename GoldenRun<Real>::Var GoldenRun<Real>::leaf(const std::string& name) {
  const alfi::MatView<Real> value = values(name);
  Leaf& leaf = leaves_[name];
  leaf = {std::vector<Real>(static_cast<std::size_t>(value.size())), value.rows, value.cols};
  return tape_.leaf(value, {leaf.gradient.data(), leaf.rows, leaf.cols});
}

template <class Real>
double GoldenRun<Real>::tolerance(const std::string& name, double promised, double scale) const {
  if (precision_ == Precision::full) return promised * scale;
  const auto moved = moved_.find(name);
  const double shown = moved == moved_.end() ? 0 : moved->second;
  return 8 * shown + 64 * static_cast<double>(std::numeric_limits<float>::epsilon()) * scale;
}

template <class Real>
void GoldenRun<Real>::compare(const std::string& name, const GoldenArray& wanted, alfi::MatView<const Real> got,
                              double promised, double scale) {
  CAPTURE(golden_.name());
  CAPTURE(name);
  REQUIRE(got.size() == static_cast<Index>(wanted.data.size()));
  double worst = 0;
  Index where = 0;
  for (Index i = 0; i < got.size(); ++i) {
    const double error = std::fabs(static_cast<double>(got.data[i]) - wanted.data[static_cast<std::size_t>(i)]);
    if (error <= worst) continue;  // false for a NaN, which is then kept
    worst = error;
    where = i;
    if (std::isnan(worst)) break;
  }
  if (precision_ == Precision::rounded_inputs) {
    moved_[name] = worst;
    return;
  }
  CAPTURE(where);
  CAPTURE(scale);
  CHECK(worst <= tolerance(name, promised, scale));
}

template <class Real>
void GoldenRun<Real>::check_value(const std::string& name, alfi::MatView<const Real> got) {
  const GoldenArray& wanted = golden_.array(name);
  compare(name, wanted, got, kValueTolerance, wanted.largest());
}

template <class Real>
void GoldenRun<Real>::check_scalar(const std::string& name, double got) {
  const Real value = static_cast<Real>(got);
  const GoldenArray wanted{{1}, {golden_.scalar(name)}};
  compare(name, wanted, {&value, 1, 1}, kValueTolerance, wanted.largest());
}

template <class Real>
double GoldenRun<Real>::largest_gradient() const {
  double largest = 0;
  for (const auto& named : leaves_) largest = std::max(largest, golden_.array("grad_" + named.first).largest());
  return largest;
}

template <class Real>
alfi::MatView<Real> GoldenRun<Real>::ones(Index size) {
  storage_.emplace_back(static_cast<std::size_t>(size), Real(1));
  return {storage_.back().data(), 1, size};
}

template <class Real>
typename GoldenRun<Real>::Var GoldenRun<Real>::weighted_loss(const std::vector<std::pair<std::string, Var>>& outputs) {
  const Var loss = tape_.output(1, 1, true);
  double sum = 0, scale = 0;  // its terms may cancel: their sizes are the scale of the loss
  for (const auto& output : outputs) {
    const Var y = output.second;
    const alfi::MatView<Real> weight = output.first.empty() ? ones(y.value.size()) : values(output.first);
    REQUIRE(weight.size() == y.value.size());
    for (Index i = 0; i < weight.size(); ++i) {
      const double term = static_cast<double>(weight.data[i]) * static_cast<double>(y.value.data[i]);
      sum += term;
      scale += std::fabs(term);
    }
    tape_.record([loss, weight, y](const alfi::Context&) {
      for (Index i = 0; i < weight.size(); ++i) y.gradient_data[i] += weight.data[i] * loss.gradient_data[0];
    });
  }
  loss.value(0, 0) = static_cast<Real>(sum);
  if (golden_.has_scalar("loss")) compare("loss", {{1}, {golden_.scalar("loss")}}, loss.value, kValueTolerance, scale);
  return loss;
}

template <class Real>
void GoldenRun<Real>::check_gradients(const std::vector<std::pair<std::string, Var>>& outputs,
                                      const std::vector<std::string>& vanishing) {
  tape_.backward(weighted_loss(outputs));
  for (const auto& named : golden_.arrays()) {
    if (named.first.rfind("grad_", 0) != 0) continue;
    const auto leaf = leaves_.find(named.first.substr(5));
    CAPTURE(named.first);
    REQUIRE(leaf != leaves_.end());
    const bool is_zero = std::find(vanishing.begin(), vanishing.end(), leaf->first) != vanishing.end();
    compare(named.first, named.second, {leaf->second.gradient.data(), leaf->second.rows, leaf->second.cols},
            kGradientTolerance, is_zero ? largest_gradient() : named.second.largest());
  }
}

template class GoldenRun<float>;
template class GoldenRun<double>;

}  // namespace alfi_test
