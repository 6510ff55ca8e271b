#include "alfi/core/error.hpp"

namespace alfi {
inline namespace v0 {

Error::~Error() = default;
ShapeError::~ShapeError() = default;
InputError::~InputError() = default;
NumericError::~NumericError() = default;
NotAvailableError::~NotAvailableError() = default;
DeviceError::~DeviceError() = default;

std::string shape_text(Index rows, Index cols) { return "[" + std::to_string(rows) + "," + std::to_string(cols) + "]"; }
std::string shape_text(Index size) { return "[" + std::to_string(size) + "]"; }

namespace {
[[noreturn]] void refuse(const char* function, const char* argument, const std::string& got,
                         const std::string& wanted) {
  throw ShapeError(std::string(function) + ": " + argument + " has shape " + got + ", expected " + wanted);
}
}  // namespace

void refuse_shape(const char* function, const char* argument, Index rows, Index cols, Index wanted_rows,
                  Index wanted_cols) {
  refuse(function, argument, shape_text(rows, cols), shape_text(wanted_rows, wanted_cols));
}
void refuse_shape(const char* function, const char* argument, Index size, Index wanted) {
  refuse(function, argument, shape_text(size), shape_text(wanted));
}

}  // namespace v0
}  // namespace alfi
