#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "alfi/core/device.hpp"
#include "alfi/core/error.hpp"

/// A GPU that is none: its memory is the host's, kept out of reach of everything but its own work (reading it from the
/// host ends the program, as it would with a real one), its kernels run on the processor, its graphs are lists of them.

namespace alfi_test {

class EmulatedDevice : public alfi::Device {
 public:
  EmulatedDevice();
  ~EmulatedDevice() override;

  const alfi::DeviceProperties& properties() const override { return properties_; }
  void* allocate(std::size_t bytes) override;
  void release(void* memory) noexcept override;
  void zero(void* memory, std::size_t bytes) override;
  void copy(void* to, const void* from, std::size_t bytes) override;
  void copy_in(void* to, const void* host, std::size_t bytes) override;
  void copy_out(void* host, const void* from, std::size_t bytes) override;
  void synchronize() override;
  void begin_recording() override;
  std::unique_ptr<alfi::Graph> end_recording() override;
  void* queue() const override { return nullptr; }
  void order_aside() override { went_aside_ = true; }
  void join_aside() override;

  /// Does the work now, or records it; what goes aside, as late as it may.
  void enqueue(std::function<void()> work);
  /// Bytes of its memory that were ever in use together, holes included.
  std::size_t held() const { return top_; }
  /// Launches, copies on the device and fills so far, done or recorded.
  alfi::Index enqueued() const { return enqueued_; }
  /// Runs work with the device's memory within reach.
  void perform(const std::function<void()>& work);

 private:
  void protect(bool reachable);
  void refuse_while_recording(const char* what) const;

  alfi::DeviceProperties properties_;
  unsigned char* heap_;
  std::size_t top_ = 0;
  std::map<std::size_t, std::size_t> free_;  ///< offset -> bytes
  std::map<std::size_t, std::size_t> used_;
  alfi::Index enqueued_ = 0;
  bool recording_ = false, went_aside_ = false;
  std::vector<std::function<void()>> waiting_;  ///< work aside
  std::vector<std::function<void()>> recorded_;
  std::size_t reserved_;  ///< address space, which heap_ is in
  unsigned char* reserved_at_;
};

inline EmulatedDevice& emulated(alfi::Device& device) { return static_cast<EmulatedDevice&>(device); }

/// What the emulated machine has, for the tests of what happens without it.
struct EmulatedMachine {
  bool has_gpu = true;
  std::string reason;                         ///< why it has none
  std::size_t memory = std::size_t{1} << 30;  ///< bytes of every device opened from now on
  std::size_t shared_limit = 227 * 1024;
};
EmulatedMachine& emulated_machine();

}  // namespace alfi_test
