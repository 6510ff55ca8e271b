#pragma once
#include <map>
#include <string>
#include <vector>

#include "alfi/core/portable.hpp"

/// Files of named arrays with text metadata, in the safetensors layout: 8 bytes little-endian header length, a JSON
/// header {"__metadata__": {..}, name: {"dtype", "shape", "data_offsets"}}, then the bytes.

namespace alfi {
inline namespace v0 {

struct Tensor {
  std::string dtype;  ///< "F32", "F64", "I64" or "U8"
  std::vector<Index> shape;
  std::vector<std::uint8_t> bytes;
};

struct TensorFile {
  std::map<std::string, std::string> metadata;
  std::map<std::string, Tensor> tensors;  ///< sorted by name, so that equal content gives equal bytes
};

/// Throws InputError "PATH: ..." for anything but a sound file: too short, header length beyond the file, broken JSON,
/// wrong or unknown dtype, shape times dtype unlike the offsets, overlapping, gapped or overflowing offsets. All of
/// it is checked before the arrays are allocated.
TensorFile read_tensor_file(const std::string& path);
TensorFile parse_tensor_file(const std::vector<std::uint8_t>& bytes, const std::string& path);

std::vector<std::uint8_t> serialize(const TensorFile& file);

/// Writes beside, syncs, renames, syncs the directory: the old file or the new one, never half of one.
/// Throws Error "PATH: ..." (no space, no permission), leaving what exists untouched.
void write_file_atomically(const std::string& path, const std::vector<std::uint8_t>& bytes);

std::vector<std::uint8_t> read_file(const std::string& path);

template <class T>
Tensor make_tensor(const std::vector<Index>& shape, const T* data);
/// Throws InputError "PATH: NAME ..." unless the tensor exists with this dtype and shape.
template <class T>
void copy_tensor(const TensorFile& file, const std::string& path, const std::string& name,
                 const std::vector<Index>& shape, T* out);

}  // namespace v0
}  // namespace alfi
