#pragma once
#include <stdexcept>
#include <string>

#include "alfi/core/view.hpp"

/// Every failure of the library is one of these exceptions; its text says what was got and what was wanted.

namespace alfi {
inline namespace v0 {

/// Base of all: something could not be done.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An array whose shape does not fit the others.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// Input from a person or a file that cannot be used (configuration, observations, model file, options).
class InputError : public Error {
 public:
  using Error::Error;
};

/// A value that is not finite where it must be; names the step or the sample.
class NumericError : public Error {
 public:
  using Error::Error;
};

/// A device or feature that this build or machine does not have.
class NotAvailableError : public Error {
 public:
  using Error::Error;
};

/// The GPU or its driver refused: out of memory, a launch or a kernel that failed.
class DeviceError : public Error {
 public:
  using Error::Error;
};

/// Throws ShapeError "function: argument has shape [..], expected [..]" unless m is rows by cols.
template <class T>
void require_shape(const char* function, const char* argument, MatView<T> m, Index rows, Index cols) {
  if (m.rows == rows && m.cols == cols) return;
  throw ShapeError(std::string(function) + ": " + argument + " has shape " + shape_text(m) + ", expected [" +
                   std::to_string(rows) + "," + std::to_string(cols) + "]");
}
template <class T>
void require_size(const char* function, const char* argument, VecView<T> v, Index size) {
  if (v.size == size) return;
  throw ShapeError(std::string(function) + ": " + argument + " has shape " + shape_text(v) + ", expected [" +
                   std::to_string(size) + "]");
}

}  // namespace v0
}  // namespace alfi
