#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "alfi/core/portable.hpp"

/// A GPU, seen from the host: its memory, and the queue that work goes through, in order, but for what is put aside
/// (core/aside.hpp). Context owns one where
/// its backend is cuda; nothing else makes them. Implemented by core/device.cu, and by tests/emulated/ for the tests
/// that run the GPU's code on the processor.

namespace alfi {
inline namespace v0 {

/// Work recorded once, then repeated as a whole with one call.
class Graph {
 public:
  virtual ~Graph() = default;
  virtual void replay() = 0;
};

/// What is known of a GPU.
struct DeviceProperties {
  std::string name;
  int major = 0, minor = 0;  ///< compute capability
  int multiprocessors = 0;
  std::size_t memory = 0;        ///< bytes
  std::size_t shared_limit = 0;  ///< bytes of shared memory that one block may have
};

/// Throws DeviceError from every call that the driver refuses; the text names the call and what was asked of it.
/// One thread at a time.
class Device {
 public:
  Device() = default;
  virtual ~Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  virtual const DeviceProperties& properties() const = 0;

  /// Aligned to 256 bytes, not initialized. Throws DeviceError where the memory does not suffice.
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* memory) noexcept = 0;

  virtual void zero(void* memory, std::size_t bytes) = 0;
  virtual void copy(void* to, const void* from, std::size_t bytes) = 0;        ///< on the device, in order
  virtual void copy_in(void* to, const void* host, std::size_t bytes) = 0;     ///< host may be reused on return
  virtual void copy_out(void* host, const void* from, std::size_t bytes) = 0;  ///< waits for everything before it
  virtual void synchronize() = 0;  ///< waits; throws what an earlier kernel failed with

  /// From here on work is recorded, not done; copy_in, copy_out and synchronize are errors until the end.
  virtual void begin_recording() = 0;
  virtual std::unique_ptr<Graph> end_recording() = 0;

  /// The queue as the driver's own handle, for launches.
  virtual void* queue() const = 0;

  /// How core/aside.hpp stands; while it is begun, work goes to a second queue.
  struct AsideState {
    bool allowed = false, begun = false, used = false;
  };
  AsideState& aside() { return aside_; }
  const AsideState& aside() const { return aside_; }
  /// What goes to the second queue from here on comes after all that is in the first one.
  virtual void order_aside() = 0;
  /// From here on work comes after all that is in the second queue, where something must have gone, and been recorded
  /// where this is.
  virtual void join_aside() = 0;

 private:
  AsideState aside_;
};

/// Whether a GPU can be used, and if not, why: said for people.
struct CudaStatus {
  bool compiled = false;    ///< this library was built with CUDA
  bool usable = false;      ///< and there is a GPU that it can use
  std::string reason;       ///< why not; empty where usable
  DeviceProperties device;  ///< the GPU that would be used
};

/// Asks the driver; never throws for what it answers.
CudaStatus cuda_status();

}  // namespace v0
}  // namespace alfi
