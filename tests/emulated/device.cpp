#include "emulated/device.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "alfi/core/cuda_entry.hpp"
#include "emulated/launch.hpp"

namespace alfi_test {
namespace {

constexpr std::size_t kAlign = 4096;
/// A large page of the host's: memory is put out of reach and back at every launch, which takes a step for each page.
constexpr std::size_t kPage = std::size_t{2} << 20;

std::size_t whole_pages(std::size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

class RecordedWork : public alfi::Graph {
 public:
  RecordedWork(EmulatedDevice& device, std::vector<std::function<void()>> work)
      : device_(device), work_(std::move(work)) {}
  void replay() override {
    device_.perform([this] {
      for (const auto& piece : work_) piece();
    });
  }

 private:
  EmulatedDevice& device_;
  std::vector<std::function<void()>> work_;
};

}  // namespace

Emulation& emulation() {
  static Emulation how;
  return how;
}

EmulatedMachine& emulated_machine() {
  static EmulatedMachine machine;
  return machine;
}

EmulatedDevice::EmulatedDevice() {
  properties_ = {"emulated GPU", 9, 0, 132, emulated_machine().memory, emulated_machine().shared_limit};
  reserved_ = whole_pages(properties_.memory) + kPage;  // room to begin on a page
  void* reserved = mmap(nullptr, reserved_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) throw alfi::DeviceError("emulated GPU: no address space for its memory");
  reserved_at_ = static_cast<unsigned char*>(reserved);
  heap_ = reserved_at_ + (kPage - reinterpret_cast<std::uintptr_t>(reserved) % kPage);
#if defined(MADV_HUGEPAGE)
  madvise(heap_, whole_pages(properties_.memory), MADV_HUGEPAGE);  // a wish: without large pages it is slower
#endif
}

EmulatedDevice::~EmulatedDevice() { munmap(reserved_at_, reserved_); }

void EmulatedDevice::protect(bool reachable) {
  if (top_ == 0) return;
  if (mprotect(heap_, whole_pages(top_), reachable ? PROT_READ | PROT_WRITE : PROT_NONE) != 0) {
    throw alfi::DeviceError("emulated GPU: its memory cannot be protected");
  }
}

void* EmulatedDevice::allocate(std::size_t bytes) {
  bytes = (bytes + kAlign - 1) / kAlign * kAlign;
  for (auto hole = free_.begin(); hole != free_.end(); ++hole) {
    if (hole->second < bytes) continue;
    const std::size_t offset = hole->first, rest = hole->second - bytes;
    free_.erase(hole);
    if (rest > 0) free_[offset + bytes] = rest;
    used_[offset] = bytes;
    return heap_ + offset;
  }
  if (top_ + bytes > properties_.memory) {
    throw alfi::DeviceError("emulated GPU: out of memory: asked for " + std::to_string(bytes) + " bytes, " +
                            std::to_string(properties_.memory - top_) + " of " + std::to_string(properties_.memory) +
                            " are free");
  }
  const std::size_t offset = top_;
  top_ += bytes;
  used_[offset] = bytes;
  // Not zero: nobody promised that. The start of it only, since touching pages that nobody uses takes time.
  perform([&] { std::memset(heap_ + offset, 0xa5, std::min(bytes, std::size_t{1} << 20)); });
  return heap_ + offset;
}

void EmulatedDevice::release(void* memory) noexcept {
  const std::size_t offset = static_cast<std::size_t>(static_cast<unsigned char*>(memory) - heap_);
  const auto found = used_.find(offset);
  if (found == used_.end()) return;
  free_[offset] = found->second;
  used_.erase(found);
}

void EmulatedDevice::perform(const std::function<void()>& work) {
  protect(true);
  try {
    work();
  } catch (...) {
    protect(false);
    throw;
  }
  protect(false);
}

void EmulatedDevice::enqueue(std::function<void()> work) {
  ++enqueued_;
  if (aside().begun) {
    waiting_.push_back(std::move(work));
  } else if (recording_) {
    recorded_.push_back(std::move(work));
  } else {
    perform(work);
  }
}

void EmulatedDevice::join_aside() {
  if (!went_aside_) throw alfi::DeviceError("emulated GPU: join_aside where nothing went aside");
  went_aside_ = false;
  for (auto& work : waiting_) {
    if (recording_) {
      recorded_.push_back(std::move(work));
    } else {
      perform(work);
    }
  }
  waiting_.clear();
}

void EmulatedDevice::refuse_while_recording(const char* what) const {
  if (recording_) throw alfi::DeviceError(std::string("emulated GPU: ") + what + " while recording");
  if (!waiting_.empty()) throw alfi::DeviceError(std::string("emulated GPU: ") + what + " before join_aside");
}

void EmulatedDevice::zero(void* memory, std::size_t bytes) {
  enqueue([=] { std::memset(memory, 0, bytes); });
}
void EmulatedDevice::copy(void* to, const void* from, std::size_t bytes) {
  enqueue([=] { std::memcpy(to, from, bytes); });
}
void EmulatedDevice::copy_in(void* to, const void* host, std::size_t bytes) {
  refuse_while_recording("copy_in");
  perform([=] { std::memcpy(to, host, bytes); });
}
void EmulatedDevice::copy_out(void* host, const void* from, std::size_t bytes) {
  refuse_while_recording("copy_out");
  perform([=] { std::memcpy(host, from, bytes); });
}
void EmulatedDevice::synchronize() { refuse_while_recording("synchronize"); }

void EmulatedDevice::begin_recording() {
  refuse_while_recording("begin_recording");
  recording_ = true;
  recorded_.clear();
}
std::unique_ptr<alfi::Graph> EmulatedDevice::end_recording() {
  recording_ = false;
  return std::make_unique<RecordedWork>(*this, std::move(recorded_));
}

}  // namespace alfi_test

namespace alfi {
inline namespace v0 {

CudaStatus cuda::status() {
  const alfi_test::EmulatedMachine& machine = alfi_test::emulated_machine();
  CudaStatus status;
  status.compiled = true;
  status.usable = machine.has_gpu;
  status.reason = machine.reason;
  if (machine.has_gpu) status.device = alfi_test::EmulatedDevice().properties();
  return status;
}

std::shared_ptr<Device> cuda::open_device(const DeviceProperties&) {
  return std::make_shared<alfi_test::EmulatedDevice>();
}

}  // namespace v0
}  // namespace alfi
