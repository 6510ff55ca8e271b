#include "alfi/inference/safetensors.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <tuple>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/json.hpp"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "arrays are stored as they lie in memory: little-endian");

namespace alfi {
inline namespace v0 {
namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kLongestHeader = 100000000;  // the format's own limit
constexpr const char* kMetadata = "__metadata__";

/// Bytes of one element, 0 for a dtype that is not ours.
std::uint64_t dtype_bytes(const std::string& dtype) {
  if (dtype == "F32") return 4;
  if (dtype == "F64" || dtype == "I64") return 8;
  return dtype == "U8" ? 1 : 0;
}

/// Elements of a shape, or limit + 1 where they are more than limit: no product overflows.
std::uint64_t bounded_count(const std::vector<Index>& shape, std::uint64_t limit) {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  std::uint64_t count = 1;
  for (const Index size : shape) {
    if (static_cast<std::uint64_t>(size) > limit / count) return limit + 1;
    count *= static_cast<std::uint64_t>(size);
  }
  return count;
}

/// Where a tensor lies in the data part.
struct Piece {
  std::string name, dtype;
  std::vector<Index> shape;
  std::uint64_t begin = 0, end = 0;
};

/// Reads one file; every message begins with its path.
class Reader {
 public:
  Reader(const std::vector<std::uint8_t>& bytes, const std::string& path) : bytes_(bytes), path_(path) {}

  TensorFile read() {
    const std::uint64_t header = header_length();
    data_size_ = bytes_.size() - kLengthBytes - header;
    const std::string_view text(reinterpret_cast<const char*>(bytes_.data()) + kLengthBytes, header);
    JsonReader json(text, path_ + ": header");
    if (json.kind() != std::string_view("object")) refuse("header is no JSON object");
    TensorFile file;
    std::vector<Piece> pieces;
    json.object([&](const std::string& name) {
      if (name == kMetadata) {
        read_metadata(json, file.metadata);
      } else {
        pieces.push_back(read_piece(name, json));
      }
    });
    json.end();
    require_tiling(pieces);
    const std::uint8_t* data = bytes_.data() + kLengthBytes + header;
    for (const Piece& piece : pieces) {
      file.tensors[piece.name] = {piece.dtype, piece.shape, {data + piece.begin, data + piece.end}};
    }
    return file;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const { throw InputError(path_ + ": " + what); }

  std::uint64_t header_length() const {
    if (bytes_.size() < kLengthBytes) {
      refuse("got " + std::to_string(bytes_.size()) + " bytes, expected a model file (at least 8 bytes)");
    }
    std::uint64_t length = 0;
    std::memcpy(&length, bytes_.data(), kLengthBytes);
    if (std::all_of(bytes_.begin(), bytes_.begin() + kLengthBytes, [](std::uint8_t b) { return b >= 9 && b < 127; })) {
      refuse("this is a text file, expected a model file");
    }
    const std::uint64_t most = std::min(kLongestHeader, bytes_.size() - kLengthBytes);
    if (length > most) {
      refuse("header length " + std::to_string(length) + ", expected at most " + std::to_string(most) +
             " in a file of " + std::to_string(bytes_.size()) + " bytes: cut short, or not a model file");
    }
    return length;
  }

  void read_metadata(JsonReader& json, std::map<std::string, std::string>& metadata) const {
    if (json.kind() != std::string_view("object")) refuse("metadata is no object, expected one of text values");
    json.object([&](const std::string& key) {
      const std::string_view kind = json.kind();
      if (kind != "string") refuse("metadata " + key + " is " + std::string(kind) + ", expected a string");
      metadata[key] = json.string();
    });
  }

  /// The list that is the member `key` of tensor `name`.
  std::vector<Index> read_integers(const std::string& name, JsonReader& json, const std::string& key) const {
    std::vector<Index> integers;
    if (json.kind() != std::string_view("array"))
      refuse(name + " has a " + key + " that is no list, expected one of integers");
    json.array([&] {
      const std::string_view kind = json.kind();
      if (kind != "number") refuse(name + " has a " + key + " with " + std::string(kind) + ", expected integers");
      const std::uint64_t integer = json.whole_number();
      if (integer > std::uint64_t{1} << 62) {
        refuse(name + " has a " + key + " with " + std::to_string(integer) + ", expected integers from 0 to 2^62");
      }
      integers.push_back(static_cast<Index>(integer));
    });
    return integers;
  }

  Piece read_piece(const std::string& name, JsonReader& json) const {
    constexpr const char* kOtherwise = " is described otherwise than by dtype, shape and data_offsets";
    if (json.kind() != std::string_view("object")) refuse(name + kOtherwise);
    std::optional<std::string> dtype;
    std::optional<std::vector<Index>> shape, offsets;
    json.object([&](const std::string& key) {
      if (key == "dtype") {
        if (json.kind() != std::string_view("string")) refuse(name + " has a dtype that is no string");
        dtype = json.string();
      } else if (key == "shape" || key == "data_offsets") {
        (key == "shape" ? shape : offsets) = read_integers(name, json, key);
      } else {
        refuse(name + kOtherwise);
      }
    });
    if (!dtype || !shape || !offsets) refuse(name + kOtherwise);
    return fitting(name, *dtype, *shape, *offsets);
  }

  /// The piece, which is refused where dtype, shape and offsets do not fit together or the data.
  Piece fitting(const std::string& name, const std::string& dtype, const std::vector<Index>& shape,
                const std::vector<Index>& offsets) const {
    const std::uint64_t size = dtype_bytes(dtype);
    if (size == 0) refuse(name + " has dtype \"" + dtype + "\", expected F32, F64, I64 or U8");
    if (offsets.size() != 2 || offsets[0] > offsets[1] || static_cast<std::uint64_t>(offsets[1]) > data_size_) {
      refuse(name + " has data_offsets " + shape_text(offsets) +
             ", expected begin <= end <= " + std::to_string(data_size_) + " (cut short, or no model file)");
    }
    const auto begin = static_cast<std::uint64_t>(offsets[0]), end = static_cast<std::uint64_t>(offsets[1]);
    if (bounded_count(shape, data_size_) * size != end - begin) {
      refuse(name + " has shape " + shape_text(shape) + " of " + dtype + " in " + std::to_string(end - begin) +
             " bytes, which do not fit together");
    }
    return {name, dtype, shape, begin, end};
  }

  /// The pieces, one after another, are the data: nothing twice, nothing left out.
  void require_tiling(std::vector<Piece>& pieces) const {
    std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) {
      return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
    });
    std::uint64_t covered = 0;
    for (const Piece& piece : pieces) {
      if (piece.begin != covered) {
        refuse(piece.name + " begins at byte " + std::to_string(piece.begin) + ", expected " + std::to_string(covered) +
               (piece.begin < covered ? " (arrays overlap)" : " (a gap between arrays)"));
      }
      covered = piece.end;
    }
    if (covered != data_size_) {
      refuse("holds " + std::to_string(data_size_) + " bytes of data, expected " + std::to_string(covered));
    }
  }

  const std::vector<std::uint8_t>& bytes_;
  const std::string& path_;
  std::uint64_t data_size_ = 0;
};

/// {"name":entry,..}
std::string json_object(const std::map<std::string, std::string>& entries) {
  std::string text;
  for (const auto& [name, entry] : entries) text += (text.empty() ? "" : ",") + json_text(name) + ":" + entry;
  return "{" + text + "}";
}

std::string json_of_texts(const std::map<std::string, std::string>& texts) {
  std::map<std::string, std::string> entries;
  for (const auto& [name, text] : texts) entries[name] = json_text(text);
  return json_object(entries);
}

}  // namespace

TensorFile parse_tensor_file(const std::vector<std::uint8_t>& bytes, const std::string& path) {
  return Reader(bytes, path).read();
}

TensorFile read_tensor_file(const std::string& path) { return parse_tensor_file(read_file(path), path); }

std::vector<std::uint8_t> serialize(const TensorFile& file) {
  std::map<std::string, std::string> entries;  // sorted by name, the metadata among them
  std::uint64_t offset = 0;
  if (!file.metadata.empty()) entries[kMetadata] = json_of_texts(file.metadata);
  for (const auto& [name, tensor] : file.tensors) {
    const std::uint64_t size = dtype_bytes(tensor.dtype);
    if (name == kMetadata || size == 0 ||
        bounded_count(tensor.shape, tensor.bytes.size()) * size != tensor.bytes.size()) {
      throw ShapeError("serialize: " + name + " has shape " + shape_text(tensor.shape) + " of \"" + tensor.dtype +
                       "\" in " + std::to_string(tensor.bytes.size()) + " bytes, which do not fit together");
    }
    const std::uint64_t end = offset + tensor.bytes.size();
    entries[name] = "{\"data_offsets\":[" + std::to_string(offset) + "," + std::to_string(end) + "],\"dtype\":\"" +
                    tensor.dtype + "\",\"shape\":" + shape_text(tensor.shape) + "}";
    offset = end;
  }
  std::string header = json_object(entries);
  header.resize((header.size() + 7) / 8 * 8, ' ');  // so that the arrays are aligned in the file
  const std::uint64_t length = header.size();
  std::vector<std::uint8_t> bytes(kLengthBytes);
  std::memcpy(bytes.data(), &length, kLengthBytes);
  bytes.reserve(kLengthBytes + length + offset);
  bytes.insert(bytes.end(), header.begin(), header.end());
  for (const auto& [name, tensor] : file.tensors) bytes.insert(bytes.end(), tensor.bytes.begin(), tensor.bytes.end());
  return bytes;
}

}  // namespace v0
}  // namespace alfi
