#pragma once
#include <memory>
#include <string>
#include <vector>

/// Quantities derived from parameters: "R0=beta/gamma". + - * / ^, parentheses, numbers, pi, the parameters' names, and
/// exp, log, log10, sqrt, abs, sin, cos, tan, tanh of one and min, max, pow of two expressions.

namespace alfi::tools {

class Expression {
 public:
  /// Throws UsageError where the text is no such expression of these names.
  Expression(const std::string& text, const std::vector<std::string>& names);
  ~Expression();
  Expression(Expression&&) noexcept;

  /// values: of the names, in their order. What is not defined (log of -1) is not finite.
  double operator()(const double* values) const;

 private:
  struct Node;
  class Parser;
  std::unique_ptr<const Node> root_;
};

/// A name and what it stands for.
struct Derived {
  std::string name;
  Expression value;
};

/// Of "NAME=EXPRESSION". Throws UsageError: no name, or that of a parameter; the expression is none.
Derived derived_option(const std::string& text, const std::vector<std::string>& parameters);

/// Each quantity at each draw, [draws, derived]. Throws InputError where a value is not finite.
std::vector<double> derive(const std::vector<Derived>& derived, const std::vector<double>& draws,
                           std::size_t parameters);

}  // namespace alfi::tools
