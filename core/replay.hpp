#pragma once
#include <memory>
#include <utility>
#include <vector>

#include "alfi/core/context.hpp"

/// Work that is the same in every pass but for what is in the device's memory: done as it is in the first pass (which
/// allocates what is needed), recorded in the second, and from then on repeated, each piece with one call. On a CPU
/// every pass simply does the work.

namespace alfi {
inline namespace v0 {

class Replay {
 public:
  explicit Replay(const Context& context) : context_(context) {}

  /// Starts a pass; its pieces are those of the passes before, in the same order.
  void begin() {
    ++pass_;
    next_ = 0;
  }

  /// One piece. body must not wait for the device or copy from or to the host, and what it leaves in the host's memory
  /// must be the same after every pass: from the third pass on it is not called.
  template <class Body>
  void run(Body&& body) {
    if (context_.backend() == Backend::cpu || pass_ == 1) return body();
    if (next_ == graphs_.size()) {  // in the second pass, or where that was broken off
      context_.device()->begin_recording();
      try {
        body();
        graphs_.push_back(context_.device()->end_recording());
      } catch (...) {
        forget();
        throw;
      }
    }
    graphs_[next_++]->replay();
  }

 private:
  /// A recording that failed leaves nothing behind, and the next pass is a first one again.
  void forget() {
    try {
      context_.device()->end_recording();
    } catch (...) {
      // What made the recording fail is the error to tell.
    }
    graphs_.clear();
    pass_ = 0;
  }

  Context context_;
  std::vector<std::unique_ptr<Graph>> graphs_;
  std::size_t next_ = 0;
  Index pass_ = 0;
};

}  // namespace v0
}  // namespace alfi
