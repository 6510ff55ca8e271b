#include "alfi/inference/safetensors.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <limits>

#include "alfi/core/error.hpp"

using namespace alfi;

namespace {

std::vector<std::uint8_t> with_header(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  std::vector<std::uint8_t> bytes(8 + header.size() + data_bytes);
  std::memcpy(bytes.data(), &length, 8);
  std::memcpy(bytes.data() + 8, header.data(), header.size());
  return bytes;
}

/// What is said of a file's bytes, "" where they are read.
std::string complaint(const std::vector<std::uint8_t>& bytes) {
  try {
    parse_tensor_file(bytes, "m");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TensorFile sample() {
  TensorFile file;
  file.metadata = {{"b", "\"quoted\"\n"}, {"a", "\xc3\xa9"}};
  const float f[] = {1.5f, -0.0f, std::numeric_limits<float>::infinity()};
  const double d[] = {0.1, std::numeric_limits<double>::quiet_NaN()};
  const std::int64_t i[] = {std::numeric_limits<std::int64_t>::min()};
  file.tensors["z"] = make_tensor({3, 1}, f);
  file.tensors["a"] = make_tensor({2}, d);
  file.tensors["scalar"] = make_tensor({}, i);
  file.tensors["none"] = make_tensor({4, 0}, f);
  file.tensors["bytes"] = make_tensor({3}, reinterpret_cast<const std::uint8_t*>("abc"));
  return file;
}

/// A directory of its own, removed at the end.
struct Scratch {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("alfi_test_" + std::to_string(::getpid()));
  Scratch() { std::filesystem::create_directories(path); }
  ~Scratch() { std::filesystem::remove_all(path); }
  std::string file(const char* name) const { return (path / name).string(); }
};

}  // namespace

TEST_CASE("safetensors: a file known byte by byte") {
  TensorFile file;
  const float x[] = {1.0f};
  file.tensors["w"] = make_tensor({1}, x);
  std::string header = R"({"w":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::vector<std::uint8_t> expected = with_header(header, 4);
  std::memcpy(expected.data() + expected.size() - 4, "\x00\x00\x80\x3f", 4);
  CHECK(serialize(file) == expected);
}

TEST_CASE("safetensors: every dtype, shape and text comes back") {
  const TensorFile file = sample(), back = parse_tensor_file(serialize(file), "m");
  CHECK(back.metadata == file.metadata);
  REQUIRE(back.tensors.size() == file.tensors.size());
  for (const auto& [name, tensor] : file.tensors) {
    CHECK(back.tensors.at(name).dtype == tensor.dtype);
    CHECK(back.tensors.at(name).shape == tensor.shape);
    CHECK(back.tensors.at(name).bytes == tensor.bytes);
  }
  float f[3];
  copy_tensor(back, "m", "z", {3, 1}, f);
  CHECK(f[0] == 1.5f);
  CHECK(serialize(back) == serialize(file));
  CHECK(parse_tensor_file(serialize({}), "m").tensors.empty());
}

TEST_CASE("safetensors: a tensor of another shape or dtype is refused by name") {
  const TensorFile file = sample();
  float f[3];
  CHECK_THROWS_WITH_AS(copy_tensor(file, "m", "z", {1, 3}, f), "m: z has shape [3,1] of F32, expected [1,3] of F32",
                       InputError);
  CHECK_THROWS_WITH_AS(copy_tensor(file, "m", "a", {2}, f), "m: a has shape [2] of F64, expected [2] of F32",
                       InputError);
  CHECK_THROWS_WITH_AS(copy_tensor(file, "m", "q", {2}, f), "m: q is missing, expected [2] of F32", InputError);
}

TEST_CASE("safetensors: cut anywhere, a file is refused and never read past its end") {
  const std::vector<std::uint8_t> whole = serialize(sample());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<std::uint8_t> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(complaint(cut).rfind("m: ", 0) == 0);
  }
  std::vector<std::uint8_t> longer = whole;
  longer.push_back(0);
  CHECK(complaint(longer).find("bytes of data, expected") != std::string::npos);
  const std::string table = "count\n4\n3\n6\n";
  CHECK(complaint({table.begin(), table.end()}) == "m: this is a text file, expected a model file");
}

TEST_CASE("safetensors: any one byte of the header changed gives a sound file or a refusal, never a crash") {
  const std::vector<std::uint8_t> whole = serialize(sample());
  std::uint64_t length = 0;
  std::memcpy(&length, whole.data(), 8);
  for (std::size_t at = 0; at < 8 + length; ++at) {
    for (const int flip : {0x01, 0x10, 0x80, 0xff}) {
      std::vector<std::uint8_t> changed = whole;
      changed[at] = static_cast<std::uint8_t>(changed[at] ^ flip);
      const std::string said = complaint(changed);
      CHECK((said.empty() || said.rfind("m: ", 0) == 0));
    }
  }
}

TEST_CASE("safetensors: hostile headers") {
  std::vector<std::uint8_t> huge = serialize(sample());
  const std::uint64_t length = std::uint64_t{1} << 60;
  std::memcpy(huge.data(), &length, 8);
  CHECK(complaint(huge).find("header length 1152921504606846976, expected at most") != std::string::npos);

  const struct {
    const char* header;
    std::size_t data;
    const char* part;
  } table[] = {
      {"{}", 1, "holds 1 bytes of data, expected 0"},
      {"[]", 0, "no JSON object"},
      {"{", 0, "not sound JSON"},
      {"{} x", 0, "not sound JSON"},
      {"{\"__metadata__\":{\"a\":\"\xff\"}}", 0, "not sound JSON"},
      {R"({"__metadata__":{"k":1}})", 0, "metadata k is number, expected a string"},
      {R"({"__metadata__":"k"})", 0, "metadata is no object"},
      {R"({"__metadata__":{"k":"1","k":"2"}})", 0, "names \"k\" twice"},
      {R"({"__metadata__":{"k":[[[[]]]]}})", 0, "metadata k is array, expected a string"},
      {R"({"w":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}})", 4, "shape with array, expected integers"},
      {R"({"w":{"dtype":"F32","shape":[1,],"data_offsets":[0,4]}})", 4, "not sound JSON"},
      {R"({"w":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4, "names \"dtype\" twice"},
      {R"({"w":{"dtype":"F16","shape":[1],"data_offsets":[0,4]}})", 4, "dtype \"F16\", expected F32, F64, I64 or U8"},
      {R"({"w":{"dtype":4,"shape":[1],"data_offsets":[0,4]}})", 4, "dtype that is no string"},
      {R"({"w":{"dtype":"F32","shape":[1]}})", 4, "otherwise than by dtype, shape and data_offsets"},
      {R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", 4, "otherwise than by"},
      {R"({"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4, "the number -1, expected whole"},
      {R"({"w":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4, "the number 1.0, expected whole"},
      {R"({"w":{"dtype":"F32","shape":1,"data_offsets":[0,4]}})", 4, "shape that is no list"},
      {R"({"w":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4]}})", 4,
       "the number 18446744073709551615, expected whole"},
      {R"({"w":{"dtype":"F32","shape":[1e999],"data_offsets":[0,4]}})", 4, "the number 1e999, expected whole"},
      {R"({"w":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,4]}})", 4, "do not fit together"},
      {R"({"w":{"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,4]}})", 4,
       "expected integers from 0 to 2^62"},
      {R"({"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 0, "do not fit together"},
      {R"({"w":{"dtype":"F64","shape":[1],"data_offsets":[0,4]}})", 4, "do not fit together"},
      {R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4, "expected begin <= end <= 4"},
      {R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4, "expected begin <= end <= 4"},
      {R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", 4, "expected begin <= end <= 4"},
      {R"({"v":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
       4, "w begins at byte 0, expected 4 (arrays overlap)"},
      {R"({"v":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})",
       6, "w begins at byte 2, expected 4 (arrays overlap)"},
      {R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8, "w begins at byte 4, expected 0 (a gap"},
      {R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
       8, "names \"w\" twice"},
  };
  for (const auto& row : table) {
    INFO(row.header);
    const std::string said = complaint(with_header(row.header, row.data));
    INFO(said);
    CHECK(said.rfind("m: ", 0) == 0);
    CHECK(said.find(row.part) != std::string::npos);
  }
  CHECK(complaint(with_header(std::string(1000000, '['), 0)).find("no JSON object") != std::string::npos);
  std::string deep;
  for (int i = 0; i < 300000; ++i) deep += "{\"a\":";
  CHECK(complaint(with_header(deep, 0)).find("otherwise than by") != std::string::npos);
  CHECK(complaint(with_header(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4)) == "");
}

TEST_CASE("safetensors: what cannot be stored is refused") {
  TensorFile file = sample();
  file.tensors["z"].shape = {4};
  CHECK_THROWS_AS(serialize(file), ShapeError);
  file = sample();
  file.metadata["latin"] = "\xe9";
  CHECK_THROWS_AS(serialize(file), InputError);
}

TEST_CASE("write_file_atomically: the old file or the new one, nothing beside") {
  const Scratch scratch;
  const std::string path = scratch.file("model");
  write_file_atomically(path, {1, 2, 3});
  CHECK(read_file(path) == std::vector<std::uint8_t>{1, 2, 3});
  write_file_atomically(path, {4});
  CHECK(read_file(path) == std::vector<std::uint8_t>{4});
  write_file_atomically(path, {});
  CHECK(read_file(path).empty());

  std::filesystem::create_symlink("model", scratch.path / "link");
  write_file_atomically(scratch.file("link"), {5, 6});
  CHECK(std::filesystem::is_symlink(scratch.path / "link"));
  CHECK(read_file(path) == std::vector<std::uint8_t>{5, 6});

  const auto entries = std::filesystem::directory_iterator(scratch.path);
  CHECK(std::distance(begin(entries), end(entries)) == 2);
  CHECK_THROWS_AS(write_file_atomically(path + "/below/a/file", {1}), Error);
  CHECK(read_file(path) == std::vector<std::uint8_t>{5, 6});
  CHECK_THROWS_AS(write_file_atomically(scratch.path.string(), {1}), Error);
}

TEST_CASE("files that cannot be read or written say why") {
  const Scratch scratch;
  CHECK_THROWS_WITH_AS(read_file(scratch.file("none")),
                       (scratch.file("none") + ": cannot be read: No such file or directory").c_str(), InputError);
  CHECK_THROWS_AS(read_file(scratch.path.string()), InputError);
  if (std::filesystem::exists("/dev/full")) {
    CHECK_THROWS_WITH_AS(write_file_atomically("/dev/full", {1}),
                         "/dev/full: cannot be written: No space left on device", Error);
  }
}
