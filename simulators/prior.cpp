#include "alfi/simulators/prior.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "alfi/core/error.hpp"
#include "alfi/core/special.hpp"
#include "alfi/core/text.hpp"
#include "alfi/simulators/cut_normal.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr const char* kNames[] = {"uniform", "normal",      "lognormal", "positive_normal",
                                  "gamma",   "exponential", "beta"};  // in the order of Kind

using detail::bounded, detail::kInfinity, detail::safe_exp, detail::standardize;

// log density of a gamma variable of rate 1 at x = exp(log_x).
double gamma_log_density(double shape, double log_x) {
  return (shape - 1) * log_x - safe_exp(log_x) - log_gamma(shape);
}

double beta_log_density(const Prior& p, double log_x, double log_one_minus_x) {
  return (p.a - 1) * log_x + (p.b - 1) * log_one_minus_x - log_beta(p.a, p.b);
}

std::string text(double value) { return number_text(value); }

void require(bool good, const Prior& prior, const std::string& parameter, const std::string& wanted) {
  if (good) return;
  std::string got;
  for (const double number : prior.numbers()) got += text(number) + ", ";
  throw InputError("prior of " + parameter + ": " + prior.name() + ": got " + got + "expected " + wanted);
}

}  // namespace

double Prior::log_density(double theta) const {
  if (theta < lower() || theta > upper()) return -kInfinity;
  switch (kind) {
    case Kind::uniform:
      return -std::log(b - a);
    case Kind::normal:
      return normal_log_density(standardize(theta, a, b)) - std::log(b);
    case Kind::exponential:
      return std::log(a) - a * theta;
    default:
      break;
  }
  // The ends of these have probability 0 and count as outside, even where the density grows without limit there.
  if (theta <= 0 || theta >= upper()) return -kInfinity;
  switch (kind) {
    case Kind::lognormal:
      return normal_log_density(standardize(std::log(theta), a, b)) - std::log(b) - std::log(theta);
    case Kind::positive_normal:
      return cut_normal_log_density(-a / b, bounded(theta / b)) - std::log(b);
    case Kind::gamma:
      return gamma_log_density(a, std::log(theta) + std::log(b)) + std::log(b);
    default:
      return beta_log_density(*this, std::log(theta), std::log1p(-theta));
  }
}

double Prior::log_jacobian(double u) const {
  u = bounded(u);
  switch (kind) {
    case Kind::uniform:
      return normal_log_density(u) + std::log(b - a);
    case Kind::normal:
      return std::log(b);
    case Kind::lognormal:
      return std::log(b) + a + b * u;
    case Kind::positive_normal:
      return normal_log_density(u) + std::log(b) - cut_normal_log_density(-a / b, cut_normal_quantile(-a / b, u));
    case Kind::gamma:
      return normal_log_density(u) - std::log(b) - gamma_log_density(a, gamma_log_quantile(a, u));
    case Kind::exponential:
      return normal_log_density(u) - std::log(a) - log_normal_cdf(-u);
    case Kind::beta: {
      const double logit = beta_logit_quantile(a, b, u);
      return normal_log_density(u) - beta_log_density(*this, -softplus(-logit), -softplus(logit));
    }
  }
  return 0;
}

std::string Prior::name() const { return kNames[static_cast<int>(kind)]; }

std::vector<double> Prior::numbers() const {
  return kind == Kind::exponential ? std::vector<double>{a} : std::vector<double>{a, b};
}

std::string Prior::text(int digits) const {
  std::string text = name();
  char before = '(';
  for (const double number : numbers()) {
    if (before == ' ') text += ',';
    text += before;
    text += digits > 0 ? number_text(number, digits) : number_text(number);
    before = ' ';
  }
  text += ')';
  return text;
}

Prior Prior::of(const std::string& name, const std::vector<double>& numbers) {
  const std::vector<std::string> known(std::begin(kNames), std::end(kNames));
  const auto found = std::find(known.begin(), known.end(), name);
  if (found == known.end()) {
    throw InputError("got the prior \"" + name + "\"" + suggestion(name, known) + ", expected " + list_text(known));
  }
  Prior prior{static_cast<Kind>(found - known.begin()), 0, 0};
  const std::size_t wanted = prior.numbers().size();
  if (numbers.size() != wanted) {
    throw InputError("got " + std::to_string(numbers.size()) + " numbers, expected the " + std::to_string(wanted) +
                     " of " + name);
  }
  prior.a = numbers[0];
  if (wanted > 1) prior.b = numbers[1];
  return prior;
}

void validate(const Prior& prior, const std::string& parameter) {
  require(std::isfinite(prior.a) && std::isfinite(prior.b), prior, parameter, "finite numbers");
  switch (prior.kind) {
    case Prior::Kind::uniform:
      return require(prior.a < prior.b, prior, parameter, "low below high");
    case Prior::Kind::normal:
    case Prior::Kind::lognormal:
    case Prior::Kind::positive_normal:
      return require(prior.b > 0, prior, parameter, "a positive standard deviation");
    case Prior::Kind::gamma:
      return require(prior.a > 0 && prior.b > 0, prior, parameter, "a positive shape and rate");
    case Prior::Kind::exponential:
      return require(prior.a > 0, prior, parameter, "a positive rate");
    case Prior::Kind::beta:
      return require(prior.a > 0 && prior.b > 0, prior, parameter, "positive a and b");
  }
}

}  // namespace v0
}  // namespace alfi
