#include <new>

#include "handles.hpp"

namespace alfi {
inline namespace v0 {
namespace c {
namespace {

std::string& last_failure() {
  thread_local std::string text;
  return text;
}

void keep(const char* text) noexcept {
  try {
    last_failure() = text;
  } catch (...) {
    last_failure().clear();
  }
}

}  // namespace

alfi_status keep_failure() noexcept {
  const auto kept = [](const std::exception& error, alfi_status status) {
    keep(error.what());
    return status;
  };
  try {
    throw;
  } catch (const CallbackError& error) {
    return kept(error, ALFI_CALLBACK_ERROR);
  } catch (const Cancelled& error) {
    return kept(error, ALFI_CANCELLED);
  } catch (const ShapeError& error) {
    return kept(error, ALFI_SHAPE_ERROR);
  } catch (const InputError& error) {
    return kept(error, ALFI_INPUT_ERROR);
  } catch (const NumericError& error) {
    return kept(error, ALFI_NUMERIC_ERROR);
  } catch (const NotAvailableError& error) {
    return kept(error, ALFI_NOT_AVAILABLE);
  } catch (const DeviceError& error) {
    return kept(error, ALFI_DEVICE_ERROR);
  } catch (const std::bad_alloc&) {
    keep("out of memory");
    return ALFI_OUT_OF_MEMORY;
  } catch (const std::exception& error) {
    return kept(error, ALFI_OTHER_ERROR);
  } catch (...) {
    keep("an exception that is no std::exception");
    return ALFI_OTHER_ERROR;
  }
}

void require_array(const char* function, const char* argument, const void* array, std::int64_t got,
                   std::int64_t wanted) {
  if (got != wanted) {
    throw ShapeError(std::string(function) + ": " + argument + " has " + std::to_string(got) + " entries, expected " +
                     std::to_string(wanted));
  }
  if (wanted > 0) given(function, argument, static_cast<const unsigned char*>(array));
}

Context context_of(const char* function, std::int32_t device) {
  if (device == ALFI_CPU) return Context();
  if (device == ALFI_CUDA) return Context(Backend::cuda);
  throw InputError(std::string(function) + ": device is " + std::to_string(device) + ", expected ALFI_CPU (" +
                   std::to_string(ALFI_CPU) + ") or ALFI_CUDA (" + std::to_string(ALFI_CUDA) + ")");
}

}  // namespace c
}  // namespace v0
}  // namespace alfi

const char* alfi_last_error() { return alfi::c::last_failure().c_str(); }
const char* alfi_version() { return ALFI_VERSION; }
