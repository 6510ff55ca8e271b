#include <cstring>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/safetensors.hpp"

namespace alfi {
inline namespace v0 {
namespace {

template <class T>
const char* dtype_of();
template <>
const char* dtype_of<float>() {
  return "F32";
}
template <>
const char* dtype_of<double>() {
  return "F64";
}
template <>
const char* dtype_of<std::int64_t>() {
  return "I64";
}
template <>
const char* dtype_of<std::uint8_t>() {
  return "U8";
}

}  // namespace

template <class T>
Tensor make_tensor(const std::vector<Index>& shape, const T* data) {
  Index count = 1;
  for (const Index size : shape) count *= size;
  const auto* begin = reinterpret_cast<const std::uint8_t*>(data);
  return {dtype_of<T>(), shape, {begin, begin + static_cast<std::size_t>(count) * sizeof(T)}};
}

template <class T>
void copy_tensor(const TensorFile& file, const std::string& path, const std::string& name,
                 const std::vector<Index>& shape, T* out) {
  const auto found = file.tensors.find(name);
  const std::string wanted = ", expected " + shape_text(shape) + " of " + dtype_of<T>();
  if (found == file.tensors.end()) throw InputError(path + ": " + name + " is missing" + wanted);
  const Tensor& tensor = found->second;
  if (tensor.dtype != dtype_of<T>() || tensor.shape != shape) {
    throw InputError(path + ": " + name + " has shape " + shape_text(tensor.shape) + " of " + tensor.dtype + wanted);
  }
  if (!tensor.bytes.empty()) std::memcpy(out, tensor.bytes.data(), tensor.bytes.size());
}

#define ALFI_INSTANTIATE(T)                                         \
  template Tensor make_tensor(const std::vector<Index>&, const T*); \
  template void copy_tensor(const TensorFile&, const std::string&, const std::string&, const std::vector<Index>&, T*);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
ALFI_INSTANTIATE(std::int64_t)
ALFI_INSTANTIATE(std::uint8_t)
#undef ALFI_INSTANTIATE

}  // namespace v0
}  // namespace alfi
