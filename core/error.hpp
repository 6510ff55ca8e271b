#pragma once
#include <stdexcept>
#include <string>

#include "alfi/core/view.hpp"

/// Every failure of the library is one of these exceptions; its text says what was got and what was wanted. Destructors
/// and what only a failure needs are in error.cpp: the types' tables are there once, not in every object that throws.

namespace alfi {
inline namespace v0 {

/// Base of all: something could not be done.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ~Error() override;
};

/// An array whose shape does not fit the others.
class ShapeError : public Error {
 public:
  using Error::Error;
  ~ShapeError() override;
};

/// Input from a person or a file that cannot be used (configuration, observations, model file, options).
class InputError : public Error {
 public:
  using Error::Error;
  ~InputError() override;
};

/// A value that is not finite where it must be; names the step or the sample.
class NumericError : public Error {
 public:
  using Error::Error;
  ~NumericError() override;
};

/// A device or feature that this build or machine does not have.
class NotAvailableError : public Error {
 public:
  using Error::Error;
  ~NotAvailableError() override;
};

/// The GPU or its driver refused: out of memory, a launch or a kernel that failed.
class DeviceError : public Error {
 public:
  using Error::Error;
  ~DeviceError() override;
};

/// Throw ShapeError "function: argument has shape [..], expected [..]".
[[noreturn]] void refuse_shape(const char* function, const char* argument, Index rows, Index cols, Index wanted_rows,
                               Index wanted_cols);
[[noreturn]] void refuse_shape(const char* function, const char* argument, Index size, Index wanted);

/// Throws ShapeError "function: argument has shape [..], expected [..]" unless m is rows by cols.
template <class T>
void require_shape(const char* function, const char* argument, MatView<T> m, Index rows, Index cols) {
  if (m.rows == rows && m.cols == cols) return;
  refuse_shape(function, argument, m.rows, m.cols, rows, cols);
}
template <class T>
void require_size(const char* function, const char* argument, VecView<T> v, Index size) {
  if (v.size == size) return;
  refuse_shape(function, argument, v.size, size);
}

}  // namespace v0
}  // namespace alfi
