#pragma once
#include <cstdint>

#include "alfi/kernels/gpu/tile_product.hpp"

/// Matrix products on a GPU: a block computes one tile of sum over k of a(m, k) b(n, k), then hands it to a job, which
/// knows where the factors lie and what becomes of the sums. A job is a trivially copyable struct with
///     static constexpr const char* kName;
///     static constexpr int kTerms;                                  sums over k that are added up
///     Index parts() const, rows() const, column_tiles(int cols) const;    of tiles with cols columns
///     Depth depth(place, term) const;                               the range of k
///     Line<T> row(term, m) const;                                   a(m, .)
///     Line<T> column<kCols>(place, term, j) const;                  b(n, .) of the tile's column j
///     Along rows_along(term) const, columns_along(term) const;      how they lie in memory
///     bool sums_rows(place) const;                                  whether sum over k of a(m, k) is wanted, too
///     void finish<kCols>(lane, place, row_count, sums) const;       every lane, after the sums
/// The order of each sum depends on the range of k alone: in pieces of kDepthPiece, term after term.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// The entries of a line are first[k * step]; zeros where first is null.
template <class T>
struct Line {
  const T* first;
  Index step;
};

/// How lines lie: whether neighbours in k are neighbours in memory, else neighbouring lines are; and whether 16 bytes
/// of such neighbours, from a multiple of as many on, begin at a multiple of 16.
struct Along {
  bool depth, wide;
};

/// The lines of a matrix: line i starts at data + i * stride.
template <class T>
struct Lines {
  const T* data;
  Index stride, step;
  ALFI_HD Line<T> operator[](Index i) const { return {data + i * stride, step}; }
  ALFI_HD Along along() const {
    constexpr Index kPack = 16 / static_cast<Index>(sizeof(T));
    const bool depth = step == 1;
    return {depth, (depth ? stride : step) % kPack == 0 && reinterpret_cast<std::uintptr_t>(data) % 16 == 0};
  }
};
template <class T>
Lines<T> rows_of(const T* data, Index row) {
  return {data, row, 1};
}
template <class T>
Lines<T> columns_of(const T* data, Index row) {
  return {data, 1, row};
}

/// Which tile.
struct Place {
  Index part, row, column_tile;  ///< row: its first
};

struct Depth {
  Index begin, end;
};

/// A tile's sums, in shared memory.
template <class T>
struct TileSums {
  const T* entries;
  int stride;
  const T* rows;  ///< where the job wants them
  ALFI_HD T operator()(int i, int j) const { return entries[i * stride + j]; }
};

template <class T, class Arithmetic, class Tile, class Job>
struct Product {
  static constexpr const char* kName = Job::kName;
  static constexpr int kLanes = Tile::kLanes;
  Job job;

  ALFI_HD Index row_tiles() const { return (job.rows() + Tile::kRows - 1) / Tile::kRows; }
  ALFI_HD Index blocks() const { return job.parts() * row_tiles() * job.column_tiles(Tile::kCols); }
  std::size_t shared_bytes() const { return static_cast<std::size_t>(kSums + 2 * kBuffer + Tile::kRows) * sizeof(T); }

  /// While a piece of depth is multiplied the next one is on its way into the other buffer.
  template <class Block>
  ALFI_HD void run(Block& block) const {
    const Place place = place_of(block.index());
    T* const sums = block.template shared<T>(kSums);
    T* const buffers = block.template shared<T>(2 * kBuffer);
    T* const row_sums = block.template shared<T>(Tile::kRows);
    Piece now = piece(place, 0);
    block.phase([&](const Lane& lane) {
      load(lane, place, now, buffers);
      for (int i = lane.id; i < kSums; i += lane.count) sums[i] = T(0);
      for (int i = lane.id; i < Tile::kRows; i += lane.count) row_sums[i] = T(0);
      finish_copies();
    });
    for (Index number = 0; now.size > 0; ++number) {
      const Piece next = piece(place, number + 1);
      T* const own = buffers + number % 2 * kBuffer;
      T* const other = buffers + (number + 1) % 2 * kBuffer;
      const Side<T> a{own, job.rows_along(now.term).depth}, b{own + kRowsSize, job.columns_along(now.term).depth};
      Arithmetic::template step<Tile>(block, a, b, sums, now.padded(), [&](const Lane& lane) {
        load(lane, place, next, other);
        if (job.sums_rows(place)) add_row_sums(lane, a, now.size, row_sums);
      });
      now = next;
    }
    block.phase([&](const Lane& lane) {
      job.template finish<Tile::kCols>(lane, place, Tile::kRows, TileSums<T>{sums, tile_stride(Tile::kCols), row_sums});
    });
  }

 private:
  static constexpr Index kSums = Tile::kRows * tile_stride(Tile::kCols);
  static constexpr Index kRowsSize = piece_size(Tile::kRows), kBuffer = kRowsSize + piece_size(Tile::kCols);
  static constexpr int kPack = 16 / static_cast<int>(sizeof(T));

  /// A piece of the depth, within one term.
  struct Piece {
    int term;
    Index begin;
    int size;
    /// What is multiplied: zeros fill the rest.
    ALFI_HD int padded() const { return (size + kDepthStep - 1) / kDepthStep * kDepthStep; }
  };

  ALFI_HD Place place_of(Index block) const {
    const Index columns = job.column_tiles(Tile::kCols), rest = block / columns;
    return {rest / row_tiles(), rest % row_tiles() * Tile::kRows, block % columns};
  }

  /// Of size 0 after the last one.
  ALFI_HD Piece piece(const Place& place, Index number) const {
    for (int term = 0;; ++term) {
      const Depth depth = job.depth(place, term);
      const Index begin = depth.begin + number * kDepthPiece, left = depth.end - begin;
      if (left >= kDepthPiece) return {term, begin, kDepthPiece};
      if (left > 0) return {term, begin, static_cast<int>(left)};
      if (term + 1 == Job::kTerms) return {term, begin, 0};
      number -= (depth.end - depth.begin + kDepthPiece - 1) / kDepthPiece;
    }
  }

  ALFI_HD void load(const Lane& lane, const Place& place, const Piece& of, T* to) const {
    if (of.size == 0) return;
    load_side<Tile::kRows>(lane, job.rows_along(of.term), of, to, [&](int i) {
      return place.row + i < job.rows() ? job.row(of.term, place.row + i) : Line<T>{nullptr, 0};
    });
    load_side<Tile::kCols>(lane, job.columns_along(of.term), of, to + kRowsSize,
                           [&](int j) { return job.template column<Tile::kCols>(place, of.term, j); });
  }

  /// Neighbouring lanes read neighbours in memory, 16 bytes at once where these begin at multiples of 16. The whole
  /// depth is filled, zeros included: a loop of known length costs less than the copies it would save.
  template <int kSide, class LineOf>
  ALFI_HD static void load_side(const Lane& lane, Along along, const Piece& of, T* to, const LineOf& line_of) {
    const bool wide = along.wide && (!along.depth || of.begin % kPack == 0);
    for (int item = lane.id; item < kSide * kDepthPiece / kPack; item += lane.count) {
      if (along.depth) {
        constexpr int kPacks = kDepthPiece / kPack;
        const int i = item / kPacks, k = item % kPacks * kPack;
        const Line<T> line = line_of(i);
        T* const place = to + i * kLineStride + k;
        if (wide) {
          copy_neighbours_async(place, line.first, of.begin + k, line.first == nullptr ? 0 : among(of.size - k));
          continue;
        }
        for (int e = 0; e < kPack; ++e) {
          copy_async(place + e, line.first, (of.begin + k + e) * line.step, line.first != nullptr && k + e < of.size);
        }
      } else {
        constexpr int kPacks = kSide / kPack;
        const int i = item % kPacks * kPack, k = item / kPacks;
        T* const place = to + k * tile_stride(kSide) + i;
        const Line<T> line = line_of(i);
        int lines = 0;
        for (int e = 0; e < kPack; ++e) lines += k < of.size && line_of(i + e).first != nullptr ? 1 : 0;
        if (wide) {
          copy_neighbours_async(place, line.first, (of.begin + k) * line.step, lines);
          continue;
        }
        for (int e = 0; e < kPack; ++e) {
          const Line<T> own = line_of(i + e);
          copy_async(place + e, own.first, (of.begin + k) * own.step, e < lines);
        }
      }
    }
  }
  ALFI_HD static int among(int left) { return left < 0 ? 0 : left < kPack ? left : kPack; }

  ALFI_HD static void add_row_sums(const Lane& lane, const Side<T>& a, int size, T* row_sums) {
    const int line = a.by_lines ? kLineStride : 1, deeper = a.by_lines ? 1 : tile_stride(Tile::kRows);
    for (int i = lane.id; i < Tile::kRows; i += lane.count) {
      T sum = T(0);
      for (int k = 0; k < size; ++k) sum += a.data[i * line + k * deeper];
      row_sums[i] += sum;
    }
  }
};

template <class T, class Arithmetic, class Job>
void run_product_in(const Context& context, const Job& job) {
  // A count of blocks that keeps most of a large GPU busy. Not a question to the device: but for speed the choice of
  // tile changes nothing.
  constexpr Index kEnough = 200;
  const Product<T, Arithmetic, LargeTile, Job> large{job};
  if (large.blocks() >= kEnough) return run_blocks(context, large);
  const Product<T, Arithmetic, MediumTile, Job> medium{job};
  if (medium.blocks() >= kEnough) return run_blocks(context, medium);
  run_blocks(context, Product<T, Arithmetic, SmallTile, Job>{job});
}

/// Runs job as the context's products() says; in double always in full.
template <class T, class Job>
void run_product(const Context& context, const Job& job) {
  if constexpr (sizeof(T) == sizeof(float)) {
    if (context.products() == ProductPrecision::tf32) return run_product_in<T, TensorCores<false>>(context, job);
    if (context.products() == ProductPrecision::tf32x3) return run_product_in<T, TensorCores<true>>(context, job);
  }
  run_product_in<T, FullPrecision<T>>(context, job);
}

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
