#pragma once
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "alfi/autodiff/tape.hpp"

/// Golden files: {"about", "scalars": {name: number}, "arrays": {name: {"shape", "data"}}}. grad_NAME is the gradient
/// of the file's loss, sum(weight * output), with respect to NAME. Every size is taken from the file.

namespace alfi_test {

using alfi::Index;

struct GoldenArray {
  std::vector<Index> shape;
  std::vector<double> data;

  /// As a matrix: the last dimension is the columns, all others together the rows; a vector is one row.
  Index cols() const { return shape.empty() ? 1 : shape.back(); }
  Index rows() const { return cols() == 0 ? 0 : static_cast<Index>(data.size()) / cols(); }
  double largest() const;
};

/// One file of the folder named by the environment's ALFI_GOLDENS, or of tests/goldens.
class Golden {
 public:
  /// Throws std::runtime_error naming the path where there is no such file, or it is not sound.
  explicit Golden(const std::string& name);

  const std::string& name() const { return name_; }
  const std::map<std::string, GoldenArray>& arrays() const { return arrays_; }
  bool has_scalar(const std::string& name) const { return scalars_.count(name) > 0; }
  /// Both throw std::runtime_error where there is none.
  const GoldenArray& array(const std::string& name) const;
  double scalar(const std::string& name) const;

 private:
  std::string name_;
  std::map<std::string, GoldenArray> arrays_;
  std::map<std::string, double> scalars_;
};

/// How a golden is run. In double the tolerances are those promised: relative to an array's own largest entry, values
/// 1e-10, gradients 1e-9. In float they are derived: rounding the inputs to float moves the exact answer by as much as
/// a run in double on rounded inputs shows; the computation's own roundings, of which there are more but which are no
/// larger, are allowed eight times that, and 64 units in the last place where it shows nothing.
enum class Precision { full, rounded_inputs, single };

/// One pass over a golden's operation on a tape.
template <class Real>
class GoldenRun {
 public:
  using Scalar = Real;
  using Var = alfi::autodiff::Var<Real>;

  /// moved: what rounded inputs do to each array; written by that run, read by the one in float.
  GoldenRun(const Golden& golden, Precision precision, std::map<std::string, double>& moved)
      : golden_(golden), precision_(precision), moved_(moved), tape_(alfi::Context()) {}

  alfi::autodiff::Tape<Real>& tape() { return tape_; }
  const Golden& golden() const { return golden_; }

  /// An array as data, and as a leaf whose gradient check_gradients() will compare.
  alfi::MatView<Real> values(const std::string& name);
  Var data(const std::string& name) { return tape_.data(values(name)); }
  Var leaf(const std::string& name);

  /// Fails the test case unless these are the golden's.
  void check_value(const std::string& name, alfi::MatView<const Real> got);
  void check_scalar(const std::string& name, double got);

  /// Runs backward from sum(weight * output) over the pairs (a weight without a name is 1), checks the loss where the
  /// golden has it, then every leaf's gradient. Fails where the golden has a gradient of something that is no leaf
  /// here. vanishing: gradients that are exactly zero but for rounding, compared on the scale of all others.
  void check_gradients(const std::vector<std::pair<std::string, Var>>& outputs,
                       const std::vector<std::string>& vanishing = {});

 private:
  struct Leaf {
    std::vector<Real> gradient;
    Index rows, cols;
  };
  alfi::MatView<Real> ones(Index size);
  Var weighted_loss(const std::vector<std::pair<std::string, Var>>& outputs);
  void compare(const std::string& name, const GoldenArray& wanted, alfi::MatView<const Real> got, double promised,
               double scale);
  double tolerance(const std::string& name, double promised, double scale) const;
  double largest_gradient() const;

  const Golden& golden_;
  Precision precision_;
  std::map<std::string, double>& moved_;
  alfi::autodiff::Tape<Real> tape_;
  std::deque<std::vector<Real>> storage_;
  std::map<std::string, Leaf> leaves_;
};

/// Runs body (callable with GoldenRun<double>& and GoldenRun<float>&) in double, then in float.
template <class Body>
void run_golden(const std::string& name, const Body& body) {
  const Golden golden(name);
  std::map<std::string, double> moved;
  GoldenRun<double> full(golden, Precision::full, moved);
  body(full);
  GoldenRun<double> rounded(golden, Precision::rounded_inputs, moved);
  body(rounded);
  GoldenRun<float> single(golden, Precision::single, moved);
  body(single);
}

}  // namespace alfi_test
