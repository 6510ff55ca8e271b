#include "expression.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "failure.hpp"

namespace alfi::tools {
namespace {

constexpr int kDeepest = 200;  // levels of parentheses and functions

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

double plus(double a, double b) { return a + b; }
double minus(double a, double b) { return a - b; }
double times(double a, double b) { return a * b; }
double over(double a, double b) { return b != 0 ? a / b : std::nan(""); }
double negative(double a, double) { return -a; }
double power(double a, double b) { return a < 0 && b != std::floor(b) ? std::nan("") : std::pow(a, b); }
double least(double a, double b) { return a < b ? a : b; }
double most(double a, double b) { return a > b ? a : b; }
double exponential(double a, double) { return std::exp(a); }
double logarithm(double a, double) { return a > 0 ? std::log(a) : std::nan(""); }
double logarithm10(double a, double) { return a > 0 ? std::log10(a) : std::nan(""); }
double root(double a, double) { return a >= 0 ? std::sqrt(a) : std::nan(""); }
double absolute(double a, double) { return std::fabs(a); }
double sine(double a, double) { return std::sin(a); }
double cosine(double a, double) { return std::cos(a); }
double tangent(double a, double) { return std::tan(a); }
double hyperbolic(double a, double) { return std::tanh(a); }

using Function = double (*)(double, double);

struct Known {
  const char* name;
  Function function;
  int arguments;
};
constexpr Known kKnown[] = {{"exp", exponential, 1}, {"log", logarithm, 1}, {"log10", logarithm10, 1},
                            {"sqrt", root, 1},       {"abs", absolute, 1},  {"sin", sine, 1},
                            {"cos", cosine, 1},      {"tan", tangent, 1},   {"tanh", hyperbolic, 1},
                            {"min", least, 2},       {"max", most, 2},      {"pow", power, 2}};

}  // namespace

/// A function of one or two others; a parameter; or a number.
struct Expression::Node {
  Function function = nullptr;
  std::unique_ptr<const Node> left, right;
  int parameter = -1;
  double number = 0;

  double value(const double* values) const {
    if (parameter >= 0) return values[parameter];
    if (function == nullptr) return number;
    const double a = left->value(values), b = right ? right->value(values) : 0;
    return std::isfinite(a) && std::isfinite(b) ? function(a, b) : std::nan("");
  }
};

class Expression::Parser {
 public:
  Parser(const std::string& text, const std::vector<std::string>& names) : text_(text), names_(names) {}

  std::unique_ptr<const Node> parse() {
    auto all = sum();
    if (here() != '\0') refuse("an operator or the end");
    return all;
  }

 private:
  using Part = std::unique_ptr<const Node>;

  [[noreturn]] void refuse(const std::string& wanted) const {
    throw UsageError("--derive: got \"" + text_ + "\", expected " + wanted + " at character " +
                     std::to_string(at_ + 1));
  }

  /// The next character that is no blank; '\0' at the end.
  char here() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (here() != c) return false;
    ++at_;
    return true;
  }

  static Part call(Function function, Part left, Part right = nullptr) {
    auto node = std::make_unique<Node>();
    node->function = function;
    node->left = std::move(left);
    node->right = std::move(right);
    return node;
  }

  Part sum() {
    if (++depth_ > kDeepest) refuse("fewer levels");
    Part all = product();
    while (here() == '+' || here() == '-') {
      const Function function = text_[at_++] == '+' ? plus : minus;
      all = call(function, std::move(all), product());
    }
    --depth_;
    return all;
  }

  Part product() {
    Part all = signed_power();
    while (here() == '*' || here() == '/') {
      const Function function = text_[at_++] == '*' ? times : over;
      all = call(function, std::move(all), signed_power());
    }
    return all;
  }

  /// -a^b is -(a^b); a^b^c is a^(b^c).
  Part signed_power() {
    if (++depth_ > kDeepest) refuse("fewer levels");
    Part all;
    if (take('-')) {
      all = call(negative, signed_power());
    } else {
      all = atom();
      if (take('^')) all = call(power, std::move(all), signed_power());
    }
    --depth_;
    return all;
  }

  Part atom() {
    if (take('(')) {
      Part inside = sum();
      if (!take(')')) refuse("\")\"");
      return inside;
    }
    if (is_digit(here()) || here() == '.') return number();
    if (is_letter(here())) return named();
    refuse("a number, a name or \"(\"");
  }

  Part number() {
    std::size_t end = at_;
    while (end < text_.size() && (is_digit(text_[end]) || text_[end] == '.')) ++end;
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      std::size_t digits = end + 1;
      if (digits < text_.size() && (text_[digits] == '-' || text_[digits] == '+')) ++digits;
      if (digits < text_.size() && is_digit(text_[digits])) {
        for (end = digits; end < text_.size() && is_digit(text_[end]);) ++end;
      }
    }
    auto node = std::make_unique<Node>();
    if (!parse_number(text_.substr(at_, end - at_), node->number) || !std::isfinite(node->number)) refuse("a number");
    at_ = end;
    return node;
  }

  Part named() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    const std::string name = text_.substr(begin, at_ - begin);
    if (take('(')) return called(name, begin);
    auto node = std::make_unique<Node>();
    const auto found = std::find(names_.begin(), names_.end(), name);
    if (found != names_.end()) {
      node->parameter = static_cast<int>(found - names_.begin());
    } else if (name == "pi") {
      node->number = 3.14159265358979323846;
    } else {
      at_ = begin;
      refuse("a parameter (" + list_text(names_) + ")");
    }
    return node;
  }

  Part called(const std::string& name, std::size_t begin) {
    for (const Known& known : kKnown) {
      if (name != known.name) continue;
      Part first = sum(), second;
      if (known.arguments == 2) {
        if (!take(',')) refuse("\",\"");
        second = sum();
      }
      if (!take(')')) refuse("\")\"");
      return call(known.function, std::move(first), std::move(second));
    }
    std::vector<std::string> functions;
    for (const Known& known : kKnown) functions.push_back(known.name);
    at_ = begin;
    refuse("a function (" + list_text(functions) + ")");
  }

  const std::string& text_;
  const std::vector<std::string>& names_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

Expression::Expression(const std::string& text, const std::vector<std::string>& names)
    : root_(Parser(text, names).parse()) {}
Expression::~Expression() = default;
Expression::Expression(Expression&&) noexcept = default;

double Expression::operator()(const double* values) const { return root_->value(values); }

Derived derived_option(const std::string& text, const std::vector<std::string>& parameters) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, std::min(equals, text.size()));
  const bool sound = !name.empty() && is_letter(name[0]) &&
                     std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c); });
  if (equals == std::string::npos || !sound) {
    throw UsageError("--derive: got \"" + text + "\", expected NAME=EXPRESSION");
  }
  if (std::find(parameters.begin(), parameters.end(), name) != parameters.end()) {
    throw UsageError("--derive: got \"" + text + "\", expected a name that is no parameter's");
  }
  return {name, Expression(text.substr(equals + 1), parameters)};
}

std::vector<double> derive(const std::vector<Derived>& derived, const std::vector<double>& draws,
                           std::size_t parameters) {
  std::vector<double> values;
  for (std::size_t i = 0; i < draws.size(); i += parameters) {
    for (const Derived& d : derived) {
      values.push_back(d.value(&draws[i]));
      if (!std::isfinite(values.back())) {
        throw InputError("--derive: " + d.name + " is not finite for draw " + std::to_string(i / parameters + 1) +
                         " of the answer");
      }
    }
  }
  return values;
}

}  // namespace alfi::tools
