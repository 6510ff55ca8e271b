#pragma once
#include "alfi/core/context.hpp"

/// Work that nothing waits for before the end of a backward pass, such as the gradients of weights, goes to a GPU's
/// second queue, where it fills what the chain of small kernels in the first one leaves idle. On a CPU, and where
/// nobody said that such an end comes, it is done in its place. Copies from and to the host are for before and after.
/// One thread at a time enqueues work of a device.

namespace alfi {
inline namespace v0 {

/// Opened by who ends the pass. While it is open, what is enqueued in a WorkAside may be done at any time until join(),
/// in the order among its like: it must read what no later work writes, and write what no other work touches.
class AsideAllowed {
 public:
  explicit AsideAllowed(const Context& context) : device_(context.device()) {
    if (device_ == nullptr || device_->aside().allowed) return;
    device_->aside() = {true, false, false};
    opened_ = true;
  }
  /// Where the pass was broken off.
  ~AsideAllowed() {
    try {
      join();
    } catch (...) {
      // The error that broke it off is the one to tell.
    }
  }
  AsideAllowed(const AsideAllowed&) = delete;
  AsideAllowed& operator=(const AsideAllowed&) = delete;

  /// What is enqueued from here on comes after everything that went aside.
  void join() {
    if (!opened_) return;
    opened_ = false;
    const bool used = device_->aside().used;
    device_->aside() = {};
    if (used) device_->join_aside();
  }

 private:
  Device* device_;
  bool opened_ = false;
};

/// What is enqueued while it lives goes aside, after all that was enqueued before.
class WorkAside {
 public:
  explicit WorkAside(const Context& context) : device_(context.device()) {
    if (device_ == nullptr || !device_->aside().allowed || device_->aside().begun) return;
    device_->order_aside();
    device_->aside().begun = device_->aside().used = begun_ = true;
  }
  ~WorkAside() {
    if (begun_) device_->aside().begun = false;
  }
  WorkAside(const WorkAside&) = delete;
  WorkAside& operator=(const WorkAside&) = delete;

 private:
  Device* device_;
  bool begun_ = false;
};

}  // namespace v0
}  // namespace alfi
