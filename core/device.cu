// The GPU backend: every call of the driver is checked here or in kernels/gpu/launch.cuh.
#include <string>

#include "alfi/core/cuda_entry.hpp"
#include "alfi/core/error.hpp"

namespace alfi {
inline namespace v0 {
namespace cuda {
namespace {

void check(cudaError_t error, const std::string& what) {
  if (error == cudaSuccess) return;
  throw DeviceError(what + ": " + cudaGetErrorString(error));
}

/// Launched by nobody: whether the driver finds code for the device in it tells whether it would for the others.
__global__ void probe() {}

class CudaGraph : public Graph {
 public:
  CudaGraph(cudaGraphExec_t executable, cudaStream_t stream) : executable_(executable), stream_(stream) {}
  ~CudaGraph() override { cudaGraphExecDestroy(executable_); }
  void replay() override { check(cudaGraphLaunch(executable_, stream_), "cudaGraphLaunch"); }

 private:
  cudaGraphExec_t executable_;
  cudaStream_t stream_;
};

class CudaDevice : public Device {
 public:
  explicit CudaDevice(const DeviceProperties& properties) : properties_(properties) {
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
    check(cudaStreamCreateWithFlags(&second_, cudaStreamNonBlocking), "cudaStreamCreate");
    check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "cudaEventCreate");
  }
  ~CudaDevice() override {
    cudaEventDestroy(event_);
    cudaStreamDestroy(second_);
    cudaStreamDestroy(stream_);
  }

  const DeviceProperties& properties() const override { return properties_; }

  void* allocate(std::size_t bytes) override {
    void* memory = nullptr;
    const cudaError_t error = cudaMalloc(&memory, bytes);
    if (error == cudaSuccess) return memory;
    cudaGetLastError();  // an allocation that failed leaves the device usable: forget it
    std::size_t free = 0, total = 0;
    cudaMemGetInfo(&free, &total);
    throw DeviceError(properties_.name + ": cudaMalloc: asked for " + std::to_string(bytes) + " bytes, " +
                      std::to_string(free) + " of " + std::to_string(total) +
                      " are free: " + cudaGetErrorString(error));
  }
  void release(void* memory) noexcept override { cudaFree(memory); }

  void zero(void* memory, std::size_t bytes) override {
    check(cudaMemsetAsync(memory, 0, bytes, current()), "cudaMemset");
  }
  void copy(void* to, const void* from, std::size_t bytes) override {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, current()), "cudaMemcpy on the device");
  }
  void copy_in(void* to, const void* host, std::size_t bytes) override {
    check(cudaMemcpyAsync(to, host, bytes, cudaMemcpyHostToDevice, stream_), "cudaMemcpy to the device");
    synchronize();
  }
  void copy_out(void* host, const void* from, std::size_t bytes) override {
    check(cudaMemcpyAsync(host, from, bytes, cudaMemcpyDeviceToHost, stream_), "cudaMemcpy to the host");
    synchronize();
  }
  void synchronize() override { check(cudaStreamSynchronize(stream_), properties_.name + ": a kernel or copy failed"); }

  void begin_recording() override {
    check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeRelaxed), "cudaStreamBeginCapture");
  }
  std::unique_ptr<Graph> end_recording() override {
    cudaGraph_t graph = nullptr;
    check(cudaStreamEndCapture(stream_, &graph), "cudaStreamEndCapture");
    cudaGraphExec_t executable = nullptr;
    const cudaError_t error = cudaGraphInstantiate(&executable, graph, 0);
    cudaGraphDestroy(graph);
    check(error, "cudaGraphInstantiate");
    return std::make_unique<CudaGraph>(executable, stream_);
  }

  void* queue() const override { return current(); }

  void order_aside() override { order(stream_, second_); }
  void join_aside() override { order(second_, stream_); }

 private:
  cudaStream_t current() const { return aside().begun ? second_ : stream_; }
  /// What comes in the second of the two waits for what is in the first.
  void order(cudaStream_t first, cudaStream_t then) {
    check(cudaEventRecord(event_, first), "cudaEventRecord");
    check(cudaStreamWaitEvent(then, event_, 0), "cudaStreamWaitEvent");
  }

  DeviceProperties properties_;
  cudaStream_t stream_ = nullptr, second_ = nullptr;
  cudaEvent_t event_ = nullptr;
};

/// Why there is no usable device, or empty.
std::string refusal(cudaError_t error) {
  if (error == cudaSuccess) return "";
  const std::string text = cudaGetErrorString(error);
  if (error == cudaErrorInsufficientDriver) {
    int driver = 0, runtime = 0;
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    if (driver == 0) return "no CUDA driver on this machine";
    return "the driver knows CUDA " + std::to_string(driver / 1000) + "." + std::to_string(driver % 1000 / 10) +
           ", this alfi was built with " + std::to_string(runtime / 1000) + "." + std::to_string(runtime % 1000 / 10) +
           ": " + text;
  }
  if (error == cudaErrorNoDevice) return "no GPU that CUDA sees (is CUDA_VISIBLE_DEVICES set?): " + text;
  return "the CUDA driver says: " + text;
}

std::string code_refusal(const DeviceProperties& device) {
  cudaFuncAttributes attributes;
  const cudaError_t error = cudaFuncGetAttributes(&attributes, probe);
  if (error == cudaSuccess) return "";
  cudaGetLastError();
  return device.name + " has compute capability " + std::to_string(device.major) + "." + std::to_string(device.minor) +
         ", for which this alfi holds no code: " + cudaGetErrorString(error);
}

}  // namespace

CudaStatus status() {
  CudaStatus status;
  status.compiled = true;
  int count = 0;
  status.reason = refusal(cudaGetDeviceCount(&count));
  if (status.reason.empty() && count == 0) status.reason = refusal(cudaErrorNoDevice);
  if (status.reason.empty()) {
    cudaDeviceProp found;
    status.reason = refusal(cudaGetDeviceProperties(&found, 0));
    if (status.reason.empty()) {
      status.device = {found.name,           found.major,
                       found.minor,          found.multiProcessorCount,
                       found.totalGlobalMem, found.sharedMemPerBlockOptin};
      status.reason = code_refusal(status.device);
    }
  }
  cudaGetLastError();  // what was asked must not show up as the failure of a later call
  status.usable = status.reason.empty();
  return status;
}

std::shared_ptr<Device> open_device(const DeviceProperties& properties) {
  check(cudaSetDevice(0), "cudaSetDevice");
  return std::make_shared<CudaDevice>(properties);
}

}  // namespace cuda
}  // namespace v0
}  // namespace alfi
