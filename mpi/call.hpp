#pragma once
#include <mpi.h>

#include <climits>
#include <string>

#include "alfi/core/error.hpp"

/// MPI's return values as exceptions, and its limits.

namespace alfi {
inline namespace v0 {
namespace mpi {

/// Throws Error "MPI_Name: what MPI says" unless it succeeded.
inline void require(int code, const char* function) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(code, text, &length);
  throw Error(std::string(function) + ": " + text);
}

/// Counts are int in MPI 3; in pieces where there is more.
constexpr std::size_t kMostBytes = std::size_t{1} << 30;

/// piece(at, count) for all bytes.
template <class Piece>
void in_pieces(std::size_t bytes, const Piece& piece) {
  for (std::size_t at = 0; at < bytes; at += kMostBytes) {
    piece(at, static_cast<int>(bytes - at < kMostBytes ? bytes - at : kMostBytes));
  }
}

}  // namespace mpi
}  // namespace v0
}  // namespace alfi
