#pragma once
#include <string>
#include <vector>

#include "alfi/core/portable.hpp"

/// The prior of one parameter, and its map to the normal coordinate u = Phi^-1(F(theta)), in which it is N(0, 1).

namespace alfi {
inline namespace v0 {

/// Everything in double; accurate in both tails out to |u| = 8 (golden `transforms`).
struct Prior {
  enum class Kind : std::uint8_t { uniform, normal, lognormal, positive_normal, gamma, exponential, beta };

  Kind kind = Kind::normal;
  double a = 0;  ///< uniform: low; normal, positive_normal: mean; lognormal: mean of the log; gamma: shape;
                 ///< exponential: rate; beta: a
  double b = 1;  ///< uniform: high; (log)normal, positive_normal: sd (of the log); gamma: rate; beta: b

  static Prior uniform(double low, double high) { return {Kind::uniform, low, high}; }
  static Prior normal(double mean, double sd) { return {Kind::normal, mean, sd}; }
  static Prior lognormal(double mean, double sd) { return {Kind::lognormal, mean, sd}; }
  static Prior positive_normal(double mean, double sd) { return {Kind::positive_normal, mean, sd}; }
  static Prior gamma(double shape, double rate) { return {Kind::gamma, shape, rate}; }
  static Prior exponential(double rate) { return {Kind::exponential, rate, 0}; }
  static Prior beta(double a, double b) { return {Kind::beta, a, b}; }

  ALFI_HD double theta(double u) const;           ///< F^-1(Phi(u)), always strictly inside the support
  ALFI_HD double coordinate(double theta) const;  ///< u; +-infinity outside the support
  double log_density(double theta) const;         ///< -infinity outside the support
  double log_jacobian(double u) const;            ///< log |d theta / d u|
  ALFI_HD double lower() const;                   ///< of the support, may be -infinity
  ALFI_HD double upper() const;
  ALFI_HD double mean() const;
  ALFI_HD double standard_deviation() const;
  std::string name() const;             ///< "uniform", ...
  std::vector<double> numbers() const;  ///< a and, where the kind has two, b
  /// "uniform(0.2, 7)", "exponential(5)": numbers of so many significant digits, or 0, as model files hold them: in the
  /// shortest form that reads back the same.
  std::string text(int digits = 0) const;
  /// The way back. Throws InputError for a name that is none or another count of numbers; does not validate().
  static Prior of(const std::string& name, const std::vector<double>& numbers);
  bool operator==(const Prior& other) const { return kind == other.kind && a == other.a && b == other.b; }
};

/// Throws InputError naming what is wrong: parameters not finite, low >= high, sd, shape or rate <= 0.
void validate(const Prior& prior, const std::string& parameter);

}  // namespace v0
}  // namespace alfi

#include "alfi/simulators/prior_map.hpp"
