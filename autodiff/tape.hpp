#pragma once
#include <initializer_list>
#include <type_traits>
#include <vector>

#include "alfi/core/aside.hpp"
#include "alfi/core/buffer.hpp"
#include "alfi/core/context.hpp"
#include "alfi/core/error.hpp"
#include "alfi/core/view.hpp"
#include "alfi/kernels/elementwise.hpp"

/// A reverse-mode tape of whole matrices. A node is an operation's output; its adjoint is a small trivially
/// destructible functor kept in an arena and called in reverse order. Node records live on the host, values and
/// gradients in the context's memory, which the tape itself never touches but through kernels. Gradients of outputs
/// have a meaning during backward() only. The tape is an argument, never global; one thread at a time.
/// Source: the arena and one-node-per-matrix-operation design of Carpenter et al. 2015 (Stan Math).

namespace alfi {
inline namespace v0 {
namespace autodiff {

/// A matrix on the tape, [rows, cols]. Trivially copyable; valid until the tape's rewind().
/// gradient is null where none is wanted (data).
template <class Real>
struct Var {
  MatView<Real> value;
  Real* gradient_data = nullptr;

  Index rows() const { return value.rows; }
  Index cols() const { return value.cols; }
  bool tracked() const { return gradient_data != nullptr; }
  /// Empty where not tracked: kernels take that as "not wanted".
  MatView<Real> gradient() const {
    return tracked() ? MatView<Real>{gradient_data, value.rows, value.cols} : MatView<Real>{};
  }
  MatView<const Real> read() const { return value; }
};

template <class Real>
class Tape {
 public:
  explicit Tape(const Context& context)
      : context_(context), host_(Context(Backend::cpu)), values_(context), gradients_(context) {}

  const Context& context() const { return context_; }

  /// Memory of this tape, not initialized, until rewind(): what an operation keeps for its adjoint.
  VecView<Real> scratch(Index size) { return {values_.template take<Real>(size), size}; }
  template <class T>
  VecView<T> scratch_of(Index size) {
    return {values_.template take<T>(size), size};
  }
  /// The same in the host's memory.
  template <class T>
  VecView<T> host_scratch(Index size) {
    return {host_.template take<T>(size), size};
  }

  /// Data: no gradient. The memory stays the caller's and must outlive the tape's use of it.
  Var<Real> data(MatView<const Real> value) {
    return {{const_cast<Real*>(value.data), value.rows, value.cols}, nullptr};
  }

  /// A leaf whose gradient accumulates into the caller's memory (+=), such as a weight's.
  Var<Real> leaf(MatView<const Real> value, MatView<Real> gradient) {
    require_shape("Tape::leaf", "gradient", gradient, value.rows, value.cols);
    return {{const_cast<Real*>(value.data), value.rows, value.cols}, gradient.data};
  }

  /// An operation's output, value not initialized; tracked where any input is: its gradient is zero when backward()
  /// starts.
  Var<Real> output(Index rows, Index cols, bool tracked) {
    Var<Real> v{{values_.template take<Real>(rows * cols), rows, cols}, nullptr};
    if (tracked) v.gradient_data = gradients_.template take<Real>(rows * cols);
    return v;
  }

  /// Records an adjoint: called once, as adjoint(context), in reverse order of recording.
  template <class Adjoint>
  void record(const Adjoint& adjoint) {
    static_assert(std::is_trivially_destructible_v<Adjoint>, "an arena never runs destructors");
    Adjoint* kept = new (host_.template take<Adjoint>(1)) Adjoint(adjoint);
    nodes_.push_back(
        {kept, [](const void* self, const Context& context) { (*static_cast<const Adjoint*>(self))(context); }});
  }

  /// The same values, cut off from what produced them.
  Var<Real> detach(Var<Real> v) { return {v.value, nullptr}; }

  /// Zeroes the gradients of outputs, seeds d loss / d loss = 1 and runs every adjoint. loss is [1,1]. Gradients of
  /// leaves accumulate, also where the loss is one.
  void backward(Var<Real> loss) {
    require_shape("Tape::backward", "loss", loss.value, 1, 1);
    gradients_.zero_taken();
    if (loss.tracked()) {
      const VecView<Real> one = scratch(1);
      kernels::fill<Real>(context_, Real(1), one);
      kernels::add_scaled<Real>(context_, Real(1), one, loss.gradient().flat());
    }
    AsideAllowed aside(context_);
    for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) node->call(node->self, context_);
    aside.join();
  }

  /// Forgets every node, keeps the memory: a tape used again for the same sizes allocates nothing.
  void rewind() {
    nodes_.clear();
    host_.rewind();
    values_.rewind();
    gradients_.rewind();
  }

  Index nodes() const { return static_cast<Index>(nodes_.size()); }
  std::size_t capacity() const { return host_.capacity() + values_.capacity() + gradients_.capacity(); }

 private:
  struct Node {
    const void* self;
    void (*call)(const void*, const Context&);
  };

  Context context_;
  Arena host_, values_, gradients_;
  std::vector<Node> nodes_;
};

}  // namespace autodiff
}  // namespace v0
}  // namespace alfi
