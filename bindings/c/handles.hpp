#pragma once
#include <cstring>
#include <map>
#include <memory>
#include <string>

#include "alfi/alfi.h"
#include "alfi/alfi.hpp"
#include "alfi/core/error.hpp"

/// What is behind the handles of alfi.h, and how its functions fail.

struct alfi_configuration {
  std::map<std::string, std::string> entries;
};
struct alfi_description {
  alfi::SimulatorInfo info;
};
struct alfi_simulator {
  alfi::Simulator simulator;
};
struct alfi_trainer {
  std::shared_ptr<alfi::Trainer> trainer;
};
struct alfi_machine {
  alfi::Machine machine;
};
struct alfi_posterior {
  std::shared_ptr<const alfi::Inference> inference;
  bool lent = false;  ///< another's, which changes it
};

namespace alfi {
inline namespace v0 {
namespace c {

/// A callback of the caller's that answered that it cannot go on.
class CallbackError : public Error {
 public:
  using Error::Error;
};
/// A callback of the caller's that asked to stop.
class Cancelled : public Error {
 public:
  using Error::Error;
};

/// The status of the exception that is being handled, whose text it keeps for alfi_last_error().
alfi_status keep_failure() noexcept;

/// Does the work; an exception becomes a status.
template <class Work>
alfi_status guarded(const Work& work) noexcept {
  try {
    work();
    return ALFI_OK;
  } catch (...) {
    return keep_failure();
  }
}

/// What a pointer points to. Throws InputError where it is null.
template <class T>
T& given(const char* function, const char* argument, T* pointer) {
  if (pointer != nullptr) return *pointer;
  throw InputError(std::string(function) + ": " + argument + " is NULL, expected an address");
}

/// Throws unless there is an array of so many entries.
void require_array(const char* function, const char* argument, const void* array, std::int64_t got,
                   std::int64_t wanted);

/// Makes a handle and writes it to where the caller wants it.
template <class Handle, class... Parts>
void make(const char* function, Handle** place, Parts&&... parts) {
  Handle*& result = given(function, "the place of the result", place);  // before anything is made that it might lose
  result = new Handle{std::forward<Parts>(parts)...};
}

/// The caller's options; what they do not hold, because they were compiled with an older header, is 0. Throws
/// InputError where they hold something that this library does not know.
template <class Options>
Options read_options(const char* function, const Options* asked) {
  Options options{};
  options.size = sizeof(Options);
  if (asked == nullptr) return options;
  const std::size_t size = asked->size;
  if (size < sizeof(std::size_t)) {
    throw InputError(std::string(function) + ": size of the options is " + std::to_string(size) +
                     ", expected sizeof of their struct");
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(asked);
  for (std::size_t i = sizeof(Options); i < size; ++i) {
    if (bytes[i] == 0) continue;
    throw InputError(std::string(function) + ": byte " + std::to_string(i) + " of the options is set, expected " +
                     std::to_string(sizeof(Options)) + " bytes: they are those of a newer alfi.h");
  }
  std::memcpy(&options, asked, size < sizeof(Options) ? size : sizeof(Options));
  return options;
}

/// Throws InputError unless it is ALFI_CPU or ALFI_CUDA, NotAvailableError where there is none.
Context context_of(const char* function, std::int32_t device);

}  // namespace c
}  // namespace v0
}  // namespace alfi
