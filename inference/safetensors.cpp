#include "alfi/inference/safetensors.hpp"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <tuple>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "arrays are stored as they lie in memory: little-endian");

namespace alfi {
inline namespace v0 {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kLongestHeader = 100000000;  // the format's own limit
constexpr int kDeepest = 3;                          // header, tensor, shape
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
    const Json json = parse(header);
    TensorFile file;
    std::vector<Piece> pieces;
    for (const auto& [name, value] : json.items()) {
      if (name == kMetadata) {
        read_metadata(value, file.metadata);
      } else {
        pieces.push_back(read_piece(name, value));
      }
    }
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

  /// Sizes and offsets are all the numbers there are. Others are refused before a parser converts them: an overflow
  /// there would end a host that traps floating-point exceptions.
  void require_whole_numbers(std::string_view text) const {
    constexpr std::size_t kMostDigits = 19;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '"') quoted = !quoted;
      if (quoted && text[i] == '\\') ++i;
      if (quoted || i >= text.size() || (text[i] != '-' && (text[i] < '0' || text[i] > '9'))) continue;
      const std::string_view number = text.substr(i, text.find_first_not_of("+-.0123456789eE", i) - i);
      if (number.size() > kMostDigits || number.find_first_not_of("0123456789") != number.npos) {
        refuse("header holds the number " + std::string(number.substr(0, 2 * kMostDigits)) +
               ", expected whole numbers of at most 19 digits");
      }
      i += number.size() - 1;
    }
  }

  /// JSON of the header; refuses names given twice, which a parser would quietly merge, and deep nesting.
  Json parse(std::uint64_t length) const {
    std::set<std::string> names[kDeepest + 1];
    const auto guard = [&](int depth, Json::parse_event_t event, Json& parsed) {
      if (depth > kDeepest)
        refuse("header is nested too deeply, expected at most " + std::to_string(kDeepest) + " levels");
      if (event == Json::parse_event_t::object_start && depth < kDeepest) names[depth + 1].clear();
      if (event == Json::parse_event_t::key && !names[depth].insert(parsed.get<std::string>()).second) {
        refuse("header names " + parsed.dump() + " twice, expected once");
      }
      return true;
    };
    const std::string_view text(reinterpret_cast<const char*>(bytes_.data()) + kLengthBytes, length);
    require_whole_numbers(text);
    try {
      Json json = Json::parse(text, guard);
      if (!json.is_object()) refuse("header is no JSON object");
      return json;
    } catch (const Json::exception& error) {
      refuse(std::string("header is not sound JSON: ") + error.what());
    }
  }

  void read_metadata(const Json& value, std::map<std::string, std::string>& metadata) const {
    if (!value.is_object()) refuse("metadata is no object, expected one of text values");
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) refuse("metadata " + key + " is " + text.type_name() + ", expected a string");
      metadata[key] = text.get<std::string>();
    }
  }

  std::vector<std::uint64_t> read_integers(const std::string& name, const Json& object, const char* key) const {
    std::vector<std::uint64_t> integers;
    const Json& list = object.at(key);
    if (!list.is_array()) refuse(name + " has a " + key + " that is no list, expected one of integers");
    for (const Json& entry : list) {
      if (!entry.is_number_unsigned() || entry.get<std::uint64_t>() > std::uint64_t{1} << 62) {
        refuse(name + " has a " + key + " with " + entry.dump() + ", expected integers from 0 to 2^62");
      }
      integers.push_back(entry.get<std::uint64_t>());
    }
    return integers;
  }

  Piece read_piece(const std::string& name, const Json& value) const {
    if (!value.is_object() || value.size() != 3 || !value.contains("dtype") || !value.contains("shape") ||
        !value.contains("data_offsets")) {
      refuse(name + " is described otherwise than by dtype, shape and data_offsets");
    }
    Piece piece;
    piece.name = name;
    if (!value["dtype"].is_string()) refuse(name + " has a dtype that is no string");
    piece.dtype = value["dtype"].get<std::string>();
    const std::uint64_t size = dtype_bytes(piece.dtype);
    if (size == 0) refuse(name + " has dtype \"" + piece.dtype + "\", expected F32, F64, I64 or U8");
    for (const std::uint64_t extent : read_integers(name, value, "shape")) {
      piece.shape.push_back(static_cast<Index>(extent));
    }
    const std::vector<std::uint64_t> offsets = read_integers(name, value, "data_offsets");
    if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data_size_) {
      refuse(name + " has data_offsets " + value["data_offsets"].dump() +
             ", expected begin <= end <= " + std::to_string(data_size_) + " (cut short, or no model file)");
    }
    piece.begin = offsets[0];
    piece.end = offsets[1];
    if (bounded_count(piece.shape, data_size_) * size != piece.end - piece.begin) {
      refuse(name + " has shape " + shape_text(piece.shape) + " of " + piece.dtype + " in " +
             std::to_string(piece.end - piece.begin) + " bytes, which do not fit together");
    }
    return piece;
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

}  // namespace

TensorFile parse_tensor_file(const std::vector<std::uint8_t>& bytes, const std::string& path) {
  return Reader(bytes, path).read();
}

TensorFile read_tensor_file(const std::string& path) { return parse_tensor_file(read_file(path), path); }

std::vector<std::uint8_t> serialize(const TensorFile& file) {
  Json json = Json::object();
  if (!file.metadata.empty()) json[kMetadata] = file.metadata;
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : file.tensors) {
    const std::uint64_t size = dtype_bytes(tensor.dtype);
    if (name == kMetadata || size == 0 ||
        bounded_count(tensor.shape, tensor.bytes.size()) * size != tensor.bytes.size()) {
      throw ShapeError("serialize: " + name + " has shape " + shape_text(tensor.shape) + " of \"" + tensor.dtype +
                       "\" in " + std::to_string(tensor.bytes.size()) + " bytes, which do not fit together");
    }
    json[name] = {
        {"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {offset, offset + tensor.bytes.size()}}};
    offset += tensor.bytes.size();
  }
  std::string header;
  try {
    header = json.dump();
  } catch (const Json::exception& error) {
    throw InputError(std::string("serialize: a name or a metadata text is not UTF-8: ") + error.what());
  }
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
