#include "alfi/simulators/linear_regression.hpp"

#include "alfi/core/special.hpp"
#include "alfi/simulators/builtin.hpp"
#include "alfi/simulators/exact.hpp"
#include "alfi/simulators/regression_evidence.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr double kNoise = LinearRegressionSimulator::kNoise;
const Prior kAngle = Prior::uniform(0, LinearRegressionSimulator::kRightAngle);
const Prior kOffset = Prior::uniform(-1, 1);
const Interval kAngleSupport{kAngle.a, kAngle.b};
const Interval kOffsetSupport{kOffset.a, kOffset.b};

/// Exact answers for a number of slopes p; small enough to be copied into each of them.
struct Exact {
  Index slopes;

  bool possible(const char* function, Observations rows) const {
    require_columns(function, rows, slopes + 2);
    for (Index r = 0; r < rows.rows; ++r) {
      for (Index i = 0; i < slopes; ++i) {
        if (!is_within(static_cast<double>(rows(r, i)), 1)) return false;
      }
      if (rows(r, slopes) != 1 || !is_within(static_cast<double>(rows(r, slopes + 1)), 1e30)) return false;
    }
    return true;
  }

  /// Of the covariates, which say nothing of theta.
  double covariates(double count) const { return -count * static_cast<double>(slopes) * std::log(2.0); }

  std::vector<double> coefficients(const double* theta) const {
    std::vector<double> w(theta, theta + slopes + 1);
    for (Index i = 0; i < slopes; ++i) w[i] = std::tan(theta[i]);
    return w;
  }

  double log_likelihood(const double* theta, Observations rows) const {
    if (!possible("linear_regression: log_likelihood", rows)) return kImpossible;
    for (Index i = 0; i <= slopes; ++i) {
      if (!is_within(theta[i], 1e30)) return kImpossible;
    }
    const std::vector<double> w = coefficients(theta);
    double squares = 0;
    for (Index r = 0; r < rows.rows; ++r) {
      double residual = static_cast<double>(rows(r, slopes + 1));
      for (Index i = 0; i <= slopes; ++i) residual -= w[i] * static_cast<double>(rows(r, i));
      squares += residual * residual;
    }
    const double count = static_cast<double>(rows.rows);
    return covariates(count) - 0.5 * squares / (kNoise * kNoise) - count * (std::log(kNoise) + 0.5 * kLogTwoPi);
  }

  bool maximum_likelihood(Observations rows, double* theta) const {
    if (!possible("linear_regression: maximum_likelihood", rows) || rows.rows == 0) return false;
    const std::vector<double> w = RegressionLikelihood(rows, kNoise).constrained_maximum(kOffset.b);
    for (Index i = 0; i < slopes; ++i) theta[i] = kAngleSupport.clamp(std::atan(w[i]));
    theta[slopes] = w[slopes];
    return true;
  }

  LogDensity posterior(Observations rows) const {
    if (!possible("linear_regression: posterior_log_density", rows)) return impossible();
    const RegressionLikelihood likelihood(rows, kNoise);
    double constant = static_cast<double>(slopes) * kAngle.log_density(0.5) + kOffset.log_density(0);
    if (rows.rows > 0) constant -= regression_log_evidence(likelihood, kOffset.b);
    return [*this, likelihood, constant](const double* theta) {
      for (Index i = 0; i < slopes; ++i) {
        if (!kAngleSupport.holds(theta[i])) return kImpossible;
      }
      if (!kOffsetSupport.holds(theta[slopes])) return kImpossible;
      return likelihood.log_density(coefficients(theta).data()) + constant;
    };
  }
};

}  // namespace

Simulator make_linear_regression(int slopes) {
  if (slopes < 1 || slopes > LinearRegressionSimulator::kMaxSlopes) {
    throw InputError("linear_regression: slopes is " + std::to_string(slopes) + ", expected 1 to " +
                     std::to_string(LinearRegressionSimulator::kMaxSlopes));
  }
  SimulatorInfo info;
  info.name = "linear_regression";
  info.summary = "a plane with noise, its slopes given by angles";
  info.source = "Pesah, Wehenkel, Louppe 2018 (arXiv 1811.12932)";
  for (int i = 1; i <= slopes; ++i) {
    const std::string number = std::to_string(i);
    info.parameters.push_back({"angle" + number, "rad", "angle of slope " + number, kAngle});
    info.observation.names.push_back("u" + number);
  }
  info.parameters.push_back({"offset", "", "y where all covariates are 0", kOffset});
  info.observation.names.insert(info.observation.names.end(), {"one", "y"});
  info.observation.units = std::vector<std::string>(info.observation.names.size());

  const Exact exact{slopes};
  ExactAnswers answers;
  answers.log_likelihood = [exact](const double* theta, Observations rows) {
    return exact.log_likelihood(theta, rows);
  };
  answers.maximum_likelihood = [exact](Observations rows, double* theta) {
    return exact.maximum_likelihood(rows, theta);
  };
  answers.posterior_log_density = [exact](Observations rows) { return exact.posterior(rows); };
  LinearRegressionSimulator functor;
  functor.slopes = slopes;
  return make_builtin(std::move(info), functor, std::move(answers));
}

}  // namespace v0
}  // namespace alfi
