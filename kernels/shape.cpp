#include "alfi/kernels/shape.hpp"

#include "alfi/core/error.hpp"
#include "alfi/kernels/elementwise.hpp"
#include "alfi/kernels/gpu/concatenate.hpp"
#include "alfi/kernels/rows/shape.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

/// How many rows of `many` one of `few` stands for.
template <class T, class U>
Index require_repeat(const char* function, const char* argument, MatView<T> few, MatView<U> many) {
  const Index repeat = few.rows > 0 ? many.rows / few.rows : 0;
  if (few.rows * repeat == many.rows) return repeat;
  throw ShapeError(std::string(function) + ": " + argument + " has shape " + shape_text(few) +
                   ", expected a divisor of " + std::to_string(many.rows) + " rows");
}

void require_columns(const char* function, const ColumnBlock& block, Index in_cols, Index out_cols) {
  if (block.count >= 0 && block.from >= 0 && block.to >= 0 && block.from + block.count <= in_cols &&
      block.to + block.count <= out_cols) {
    return;
  }
  throw ShapeError(std::string(function) + ": got " + std::to_string(block.count) + " columns from " +
                   std::to_string(block.from) + " to " + std::to_string(block.to) + ", expected them within " +
                   std::to_string(in_cols) + " and " + std::to_string(out_cols));
}

template <class T, class U>
void require_parts(const char* function, const ColumnParts<T>& parts, MatView<U> out) {
  if (parts.count < 0 || parts.count > kMaxParts) {
    throw ShapeError(std::string(function) + ": got " + std::to_string(parts.count) + " parts, expected at most " +
                     std::to_string(kMaxParts));
  }
  Index cols = 0;
  for (int p = 0; p < parts.count; ++p) {
    if (parts.part[p].cols > 0) require_repeat(function, "a part", parts.part[p], out);
    cols += parts.part[p].cols;
  }
  require_shape(function, "out", out, out.rows, cols);
}

template <class T>
Index require_diagonal(const char* function, MatView<T> triangle, Index rows, Index parameters) {
  require_shape(function, "triangle", triangle, rows, triangle_size(parameters));
  return parameters;
}

}  // namespace

template <class T>
void copy_columns(const Context& context, MatView<const T> in, MatView<T> out, const ColumnBlock& block) {
  const Index repeat = require_repeat("copy_columns", "in", in, out);
  require_columns("copy_columns", block, in.cols, out.cols);
  for_each_entry(context, out.rows, block.count, CopyColumns<T>{in, out, block, repeat});
}

template <class T>
void copy_columns_adjoint(const Context& context, MatView<const T> d_out, MatView<T> d_in, const ColumnBlock& block) {
  const Index repeat = require_repeat("copy_columns_adjoint", "d_in", d_in, d_out);
  require_columns("copy_columns_adjoint", block, d_in.cols, d_out.cols);
  gather_entries(context, d_in.rows, block.count, repeat, CopyColumnsAdjoint<T>{d_out, d_in, block, repeat});
}

template <class T>
void concatenate_columns(const Context& context, const ColumnParts<const T>& parts, MatView<T> out) {
  require_parts("concatenate_columns", parts, out);
  if constexpr (kCudaCompiled) {
    if (on_gpu(context)) return concatenate_on_gpu<T>(context, parts, out);
  }
  Index offset = 0;
  for (int p = 0; p < parts.count; ++p) {
    const MatView<const T> part = parts.part[p];
    if (part.cols > 0) copy_columns<T>(context, part, out, {0, offset, part.cols});
    offset += part.cols;
  }
}

template <class T>
void concatenate_columns_adjoint(const Context& context, MatView<const T> d_out, const ColumnParts<T>& d_parts) {
  require_parts("concatenate_columns_adjoint", d_parts, d_out);
  if constexpr (kCudaCompiled) {
    if (on_gpu(context)) return concatenate_adjoint_on_gpu<T>(context, d_out, d_parts);
  }
  Index offset = d_out.cols;
  for (int p = d_parts.count; p-- > 0;) {
    const MatView<T> part = d_parts.part[p];
    offset -= part.cols;
    if (part.data != nullptr && part.cols > 0) copy_columns_adjoint<T>(context, d_out, part, {0, offset, part.cols});
  }
}

template <class T>
void add_repeated(const Context& context, MatView<const T> x, T factor, MatView<const T> y, MatView<T> z) {
  const Index repeat = require_repeat("add_repeated", "y", y, z);
  require_shape("add_repeated", "x", x, z.rows, z.cols);
  require_shape("add_repeated", "y", y, y.rows, z.cols);
  for_each_entry(context, z.rows, z.cols, AddRepeated<T>{x, factor, y, z, repeat});
}

template <class T>
void add_repeated_adjoint(const Context& context, T factor, MatView<const T> d_z, MatView<T> d_x, MatView<T> d_y) {
  const char* function = "add_repeated_adjoint";
  if (!d_x.empty()) require_shape(function, "d_x", d_x, d_z.rows, d_z.cols);
  const Index repeat = d_y.empty() ? 0 : require_repeat(function, "d_y", d_y, d_z);
  if (!d_y.empty()) require_shape(function, "d_y", d_y, d_y.rows, d_z.cols);
  const AddRepeatedAdjoint<T> of_y{factor, d_z, d_y};
  if (on_gpu(context)) {
    const bool race = !d_x.empty() && d_x.data == d_y.data;
    const Index first = d_x.empty() ? 0 : d_z.size(), second = d_y.empty() ? 0 : d_y.size();
    for_each(context, race ? first : first + second, AddRepeatedAdjointEntry<T>{of_y, d_x.data, first});
    if (race) for_each(context, second, AddRepeatedAdjointEntry<T>{of_y, nullptr, 0});
    return;
  }
  if (!d_x.empty()) add_scaled<T>(context, T(1), d_z.flat(), d_x.flat());
  if (!d_y.empty()) for_each_on_cpu(d_y.rows, GatherRow<AddRepeatedAdjoint<T>>{of_y, d_y.cols, repeat});
}

template <class T>
void triangle_diagonal(const Context& context, MatView<const T> triangle, MatView<T> diagonal) {
  const Index cols = require_diagonal("triangle_diagonal", triangle, diagonal.rows, diagonal.cols);
  for_each_entry(context, diagonal.rows, cols, TriangleDiagonal<T>{triangle, diagonal});
}

template <class T>
void triangle_diagonal_adjoint(const Context& context, MatView<const T> d_diagonal, MatView<T> d_triangle) {
  const Index cols = require_diagonal("triangle_diagonal_adjoint", d_triangle, d_diagonal.rows, d_diagonal.cols);
  for_each_entry(context, d_diagonal.rows, cols, TriangleDiagonalAdjoint<T>{d_diagonal, d_triangle});
}

template <class T>
void diagonal_triangle(const Context& context, MatView<const T> diagonal, MatView<T> triangle) {
  const Index cols = require_diagonal("diagonal_triangle", triangle, diagonal.rows, diagonal.cols);
  for_each_entry(context, diagonal.rows, cols, DiagonalTriangle<T>{diagonal, triangle});
}

template <class T>
void diagonal_triangle_adjoint(const Context& context, MatView<const T> d_triangle, MatView<T> d_diagonal) {
  const Index cols = require_diagonal("diagonal_triangle_adjoint", d_triangle, d_diagonal.rows, d_diagonal.cols);
  for_each_entry(context, d_diagonal.rows, cols, DiagonalTriangleAdjoint<T>{d_triangle, d_diagonal});
}

namespace {

void require_scalars(const char* function, Index count) {
  if (count <= kMaxScalars) return;
  throw ShapeError(std::string(function) + ": got " + std::to_string(count) + " numbers, expected at most " +
                   std::to_string(kMaxScalars));
}

}  // namespace

template <class T>
void gather_scalars(const Context& context, const ScalarPlaces<const T>& from, VecView<T> to) {
  require_scalars("gather_scalars", to.size);
  for_each(context, to.size, GatherScalar<T>{from, to.data});
}

template <class T>
void add_to_scalars(const Context& context, VecView<const T> from, const ScalarPlaces<T>& to) {
  require_scalars("add_to_scalars", from.size);
  for_each(context, from.size, AddToScalar<T>{from.data, to});
}

#define ALFI_INSTANTIATE(T)                                                                                \
  template void copy_columns<T>(const Context&, MatView<const T>, MatView<T>, const ColumnBlock&);         \
  template void copy_columns_adjoint<T>(const Context&, MatView<const T>, MatView<T>, const ColumnBlock&); \
  template void concatenate_columns<T>(const Context&, const ColumnParts<const T>&, MatView<T>);           \
  template void concatenate_columns_adjoint<T>(const Context&, MatView<const T>, const ColumnParts<T>&);   \
  template void add_repeated<T>(const Context&, MatView<const T>, T, MatView<const T>, MatView<T>);        \
  template void add_repeated_adjoint<T>(const Context&, T, MatView<const T>, MatView<T>, MatView<T>);      \
  template void triangle_diagonal<T>(const Context&, MatView<const T>, MatView<T>);                        \
  template void triangle_diagonal_adjoint<T>(const Context&, MatView<const T>, MatView<T>);                \
  template void diagonal_triangle<T>(const Context&, MatView<const T>, MatView<T>);                        \
  template void gather_scalars<T>(const Context&, const ScalarPlaces<const T>&, VecView<T>);               \
  template void add_to_scalars<T>(const Context&, VecView<const T>, const ScalarPlaces<T>&);               \
  template void diagonal_triangle_adjoint<T>(const Context&, MatView<const T>, MatView<T>);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
