#pragma once
#include "alfi/core/aside.hpp"
#include "alfi/kernels/gpu/dense.hpp"
#include "alfi/kernels/gpu/several.hpp"
#include "alfi/kernels/gpu/sum_tree.hpp"

/// Gradients of weights on a GPU, d_weight [O,I] += sum over rows of d_y(r, o) x(r, i) and d_bias [O] alike: blocks sum
/// parts of the rows into scratch memory [part, O, columns of all weights then the bias], then the parts are added up.
/// Both may be done aside (core/aside.hpp).

namespace alfi {
inline namespace v0 {
namespace kernels {

/// How rows are split: enough parts to keep a GPU busy. A question of the shape alone, so the results are, too.
struct WeightParts {
  Index count, rows;  ///< rows: of a part
  Index outputs, cols;

  Index size() const { return count > 1 ? count * outputs * cols : 0; }  ///< one is not stored

  static WeightParts of(Index rows, Index outputs, Index inputs) {
    constexpr Index kLeastRows = 128, kBlocks = 512, kSide = 64;
    const Index across = inputs > 0 ? (inputs + kSide - 1) / kSide : 1, tiles = (outputs + kSide - 1) / kSide * across;
    const Index most = tiles == 0 || tiles > kBlocks ? 1 : kBlocks / tiles;
    const Index wanted = (rows + kLeastRows - 1) / kLeastRows, count = wanted < most ? wanted : most;
    return {count, count == 0 ? 0 : (rows + count - 1) / count, outputs, inputs + 1};
  }
};

/// Adds up the parts. A sum: those whose index has the same remainder by groups() in order, then the groups pairwise.
template <class T>
struct AddParts {
  static constexpr const char* kName = "add_parts";
  static constexpr int kLanes = 256;
  const T* partial;
  Index count, outputs, inputs, hidden;
  T *d_input, *d_hidden, *d_bias;  ///< [outputs, inputs], [outputs, hidden], [outputs]; null: not wanted

  ALFI_HD Index cols() const { return inputs + hidden + 1; }
  ALFI_HD int groups() const { return count < 16 ? 1 : 8; }
  ALFI_HD int items() const { return kLanes / groups(); }
  ALFI_HD Index blocks() const { return (outputs * cols() + items() - 1) / items(); }
  std::size_t shared_bytes() const { return sizeof(T) * kLanes; }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const int across = items();
    const Index size = outputs * cols(), begin = block.index() * across;
    T* const sums = block.template shared<T>(kLanes);
    block.phase([&](const Lane& lane) {
      for (int w = lane.id; w < kLanes; w += lane.count) {
        const Index item = begin + w % across;
        if (item < size) sums[w] = sum_of(partial + item, size, w / across);
      }
    });
    block.phase([&](const Lane& lane) {
      for (int i = lane.id; i < across && begin + i < size; i += lane.count) {
        T* const gradient = target(begin + i);
        if (gradient == nullptr) continue;
        *gradient += sum_tree<T>(groups(), [&](Index group) { return sums[group * across + i]; });
      }
    });
  }

 private:
  /// Of a group. Several loads at once: each takes long.
  ALFI_HD T sum_of(const T* parts, Index apart, int group) const {
    constexpr int kAtOnce = 8;
    T sum = T(0);
    for (Index part = group; part < count; part += kAtOnce * groups()) {
      T held[kAtOnce];
      ALFI_UNROLL
      for (int u = 0; u < kAtOnce; ++u) {
        const Index own = part + u * groups();
        held[u] = own < count ? parts[own * apart] : T(0);
      }
      ALFI_UNROLL
      for (int u = 0; u < kAtOnce; ++u) sum += held[u];
    }
    return sum;
  }
  ALFI_HD T* target(Index item) const {
    const Index row = item / cols(), col = item - row * cols();
    if (col < inputs) return d_input + row * inputs + col;
    if (col < inputs + hidden) return d_hidden + row * hidden + col - inputs;
    return d_bias == nullptr ? nullptr : d_bias + row;
  }
};

/// Rows of what a weight's gradient is summed with: entry (r, i) at data[r * row + i].
template <class T>
struct RowFactor {
  const T* data = nullptr;
  Index row = 0, cols = 0;
};

/// Gradients of few rows, of several weights in one launch: a thread sums an entry, in the order of the rows.
template <class T>
struct FewRowsGradients {
  static constexpr const char* kName = "few_rows_gradients";
  static constexpr int kMost = 6;
  /// Entries (o, i) of target += sum over rows of d(r, o) x(r, i), and of bias += that of d(r, o).
  struct Product {
    const T *d, *x;
    Index d_row, x_row, outputs, inputs;
    T* target;
    Index target_row;
    T* bias;  ///< null: not wanted

    ALFI_HD Index cols() const { return inputs + (bias != nullptr ? 1 : 0); }
  };
  Index rows;
  int count = 0;
  Product product[kMost] = {};

  void push(const Product& one) { product[count++] = one; }
  Index entries() const {
    Index all = 0;
    for (int p = 0; p < count; ++p) all += product[p].outputs * product[p].cols();
    return all;
  }
  ALFI_HD void operator()(Index i) const {
    int p = 0;
    while (i >= product[p].outputs * product[p].cols()) i -= product[p].outputs * product[p].cols(), ++p;
    const Product& own = product[p];
    const int cols = static_cast<int>(own.cols()), item = static_cast<int>(i);
    const int o = item / cols, k = item % cols;
    const T* d = own.d + o;
    T sum = T(0);
    if (k == own.inputs) {
      for (Index r = 0; r < rows; ++r) sum += d[r * own.d_row];
      own.bias[o] += sum;
    } else {
      const T* const x = own.x + k;
      for (Index r = 0; r < rows; ++r) sum += d[r * own.d_row] * x[r * own.x_row];
      own.target[o * own.target_row + k] += sum;
    }
  }
};

/// What the gradients of a layer or two, or of a cell, leave to a launch or two together: run() ends them.
template <class T>
struct GradientLaunches {
  static constexpr int kMostSums = 4, kMostAdds = 2;
  FewRowsGradients<T> few;
  Several<Product<T, FullPrecision<T>, SmallTile, DenseJob<T>>, kMostSums> sums = {};
  Several<AddParts<T>, kMostAdds> adds = {};

  explicit GradientLaunches(Index rows) : few{rows} {}

  void run(const Context& context) const {
    const WorkAside aside(context);
    if (few.count > 0) for_each(context, few.entries(), few);
    run_blocks(context, sums);
    run_blocks(context, adds);
  }
};

/// The work of one layer or cell: sum(), and after all of them add(), both with the launches' run() after them.
template <class T>
struct WeightGradients {
  WeightParts parts;
  Index rows;
  T* scratch;                    ///< parts.size() elements
  MatView<T> d_input, d_hidden;  ///< [outputs, inputs], [outputs, hidden]
  VecView<T> d_bias;             ///< [outputs]; empty: not wanted
  GradientLaunches<T>* launches;

  static WeightGradients of(Index rows, const LinearGradients<T>& d, T* scratch, GradientLaunches<T>* launches) {
    return {WeightParts::of(rows, d.weight.rows, d.weight.cols), rows, scratch, d.weight, {}, d.bias, launches};
  }

  /// Sums of the outputs [begin, begin + count): d has their gradients, d_row apart; x is multiplied into the columns
  /// from `column` on, h into those after; the bias' column is summed where wanted.
  void sum(const Context& context, const T* d, Index d_row, Index begin, Index count, Index column, RowFactor<T> x,
           RowFactor<T> h, bool bias) const {
    if (rows == 0) return;
    const bool with_bias = bias && !d_bias.empty();
    if (parts.count == 1) {
      push(d, d_row, begin, count, x, column, with_bias ? d_bias.data + begin : nullptr);
      if (h.cols > 0) push(d, d_row, begin, count, h, column + x.cols, nullptr);
      return;
    }
    DenseJob<T> job;
    T* const out = scratch + begin * parts.cols;
    job.a = columns_of(d, d_row);
    job.row_count = count;
    job.sum_size = rows;
    job.first = {columns_of(x.data, x.row), x.cols, out + column, parts.cols};
    job.second = {columns_of(h.data, h.row), h.cols, out + column + x.cols, parts.cols};
    job.part_count = parts.count;
    job.part_depth = parts.rows;
    job.out_part = parts.outputs * parts.cols;
    job.row_sums = with_bias ? out + parts.cols - 1 : nullptr;
    job.row_sums_row = parts.cols;
    const WorkAside aside(context);
    if (!run_large_product<T>(context, job)) launches->sums.push({{job}});
  }
  void add() const {
    if (parts.count <= 1) return;
    launches->adds.push({scratch, parts.count, parts.outputs, d_input.cols, d_hidden.cols, d_input.data, d_hidden.data,
                         d_bias.empty() ? nullptr : d_bias.data});
  }
  /// Of a layer: d [rows, outputs], x [rows, inputs].
  void sum_all(const Context& context, const T* d, MatView<const T> x) const {
    sum(context, d, parts.outputs, 0, parts.outputs, 0, {x.data, x.cols, x.cols}, {}, true);
    add();
  }

 private:
  /// Columns from `column` on are those of the input's weights, then of the hidden state's.
  void push(const T* d, Index d_row, Index begin, Index count, RowFactor<T> x, Index column, T* bias) const {
    const bool input = column < d_input.cols || d_hidden.empty();
    const MatView<T>& target = input ? d_input : d_hidden;
    launches->few.push({d, x.data, d_row, x.row, count, x.cols,
                        target.data + begin * target.cols + (input ? column : column - d_input.cols), target.cols,
                        bias});
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
