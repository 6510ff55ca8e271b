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
///     bool rows_along() const, columns_along() const;               whether neighbours in k are neighbours in memory
///     bool rows_in_fours(term) const, columns_in_fours(term) const; whether neighbours in memory that count as such,
///     in
///                                                                   k or from line to line, are whole fours of floats
///                                                                   from multiples of 16 bytes on
///     bool sums_rows(place) const;                                  whether sum over k of a(m, k) is wanted, too
///     void finish<kCols>(lane, place, row_count, sums) const;       every lane, after the sums
/// The order of each sum depends on the range of k alone: in pieces of kDepthPiece, term after term.
/// Sums of large products of floats stay in registers (kernels/gpu/register_product.hpp).

namespace alfi {
inline namespace v0 {
namespace kernels {

/// The entries of a line are first[k * step]; zeros where first is null.
template <class T>
struct Line {
  const T* first;
  Index step;
};

/// The lines of a matrix: line i starts at data + i * stride.
template <class T>
struct Lines {
  const T* data;
  Index stride, step;
  ALFI_HD Line<T> operator[](Index i) const { return {data + i * stride, step}; }
  ALFI_HD bool along() const { return step == 1; }
  /// Of the lines 0 .. count - 1, from every fourth k or line on.
  ALFI_HD bool in_fours(Index count) const {
    if (reinterpret_cast<std::uintptr_t>(data) % 16 != 0) return false;
    return along() ? stride % 4 == 0 : stride == 1 && step % 4 == 0 && count % 4 == 0;
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

/// A job in tiles.
template <class Tile, class Job>
struct TiledJob {
  Job job;

  ALFI_HD Index row_tiles() const { return (job.rows() + Tile::kRows - 1) / Tile::kRows; }
  ALFI_HD Index blocks() const { return job.parts() * row_tiles() * job.column_tiles(Tile::kCols); }

  /// A piece of a term's depth.
  struct Piece {
    static constexpr int kStep = 8;
    int term;
    Index begin, end;  ///< end: of the term
    bool starts;       ///< the term
    ALFI_HD int size() const { return end - begin < kDepthPiece ? static_cast<int>(end - begin) : kDepthPiece; }
    /// What is multiplied: zeros fill the rest.
    ALFI_HD int padded() const { return (size() + kStep - 1) / kStep * kStep; }
  };

  ALFI_HD Place place_of(Index block) const {
    const Index columns = job.column_tiles(Tile::kCols), rest = block / columns;
    return {rest / row_tiles(), rest % row_tiles() * Tile::kRows, block % columns};
  }

  /// Of size 0 where there is none.
  ALFI_HD Piece first_piece(const Place& place, int term = 0) const {
    Depth depth{0, 0};
    for (; term < Job::kTerms; ++term) {
      depth = job.depth(place, term);
      if (depth.begin < depth.end) break;
    }
    return {term, depth.begin, depth.end, true};
  }
  ALFI_HD Piece piece_after(const Place& place, const Piece& now) const {
    const Index begin = now.begin + kDepthPiece;
    return begin < now.end ? Piece{now.term, begin, now.end, false} : first_piece(place, now.term + 1);
  }

  /// Lines of a tile; zeros beyond the last.
  template <class T>
  ALFI_HD Line<T> row_of_tile(const Place& place, int term, int i) const {
    return place.row + i < job.rows() ? job.row(term, place.row + i) : Line<T>{nullptr, 0};
  }
};

template <class T, class Arithmetic, class Tile, class Job>
struct Product : TiledJob<Tile, Job> {
  static constexpr const char* kName = Job::kName;
  static constexpr int kLanes = Tile::kLanes;
  using Piece = typename TiledJob<Tile, Job>::Piece;

  std::size_t shared_bytes() const { return static_cast<std::size_t>(kSums + 2 * kBuffer + Tile::kRows) * sizeof(T); }

  /// While a piece of depth is multiplied the next one is on its way into the other buffer.
  template <class Block>
  ALFI_HD void run(Block& block) const {
    const Place place = this->place_of(block.index());
    T* const sums = block.template shared<T>(kSums);
    T* const buffers = block.template shared<T>(2 * kBuffer);
    T* const row_sums = block.template shared<T>(Tile::kRows);
    Piece now = this->first_piece(place);
    block.phase([&](const Lane& lane) {
      load(lane, place, now, buffers);
      for (int i = lane.id; i < kSums; i += lane.count) sums[i] = T(0);
      for (int i = lane.id; i < Tile::kRows; i += lane.count) row_sums[i] = T(0);
      finish_copies();
    });
    for (Index number = 0; now.size() > 0; ++number) {
      const Piece next = this->piece_after(place, now);
      const T* const a = buffers + number % 2 * kBuffer;
      T* const other = buffers + (number + 1) % 2 * kBuffer;
      Arithmetic::template step<Tile>(block, a, a + kDepthPiece * kRowStride, sums, now.padded(),
                                      [&](const Lane& lane) {
                                        load(lane, place, next, other);
                                        if (this->job.sums_rows(place)) add_row_sums(lane, a, now.size(), row_sums);
                                      });
      now = next;
    }
    block.phase([&](const Lane& lane) {
      this->job.template finish<Tile::kCols>(lane, place, Tile::kRows, TileSums<T>{sums, kColStride, row_sums});
    });
  }

 private:
  static constexpr int kRowStride = Tile::kRows + Arithmetic::kPad, kColStride = Tile::kCols + Arithmetic::kPad;
  static constexpr Index kSums = Tile::kRows * kColStride, kBuffer = kDepthPiece * (kRowStride + kColStride);

  ALFI_HD void load(const Lane& lane, const Place& place, const Piece& of, T* to) const {
    if (of.size() == 0) return;
    load_side<Tile::kRows, kRowStride>(lane, this->job.rows_along(), of, to,
                                       [&](int i) { return this->template row_of_tile<T>(place, of.term, i); });
    load_side<Tile::kCols, kColStride>(lane, this->job.columns_along(), of, to + kDepthPiece * kRowStride, [&](int j) {
      return this->job.template column<Tile::kCols>(place, of.term, j);
    });
  }

  /// Neighbouring lanes read neighbours in memory: 8 of a line, where those are, else of 8 lines or more. Every lane
  /// fills the whole depth, zeros included: a loop of known length costs less than the copies it would save.
  template <int kSide, int kStride, class LineOf>
  ALFI_HD static void load_side(const Lane& lane, bool along, const Piece& of, T* to, const LineOf& line_of) {
    constexpr int kStep = Piece::kStep;
    for (int item = lane.id; item < kSide * kStep; item += lane.count) {
      const int i = along ? item / kStep : item % kSide, k = along ? item % kStep : item / kSide;
      const Line<T> line = line_of(i);
      const int left = line.first == nullptr ? 0 : of.size() - k;
      Index offset = (of.begin + k) * line.step;
      for (int done = 0; done < kDepthPiece; done += kStep) {
        copy_async(to + (k + done) * kStride + i, line.first, offset, done < left);
        offset += kStep * line.step;
      }
    }
  }

  ALFI_HD static void add_row_sums(const Lane& lane, const T* a, int size, T* row_sums) {
    for (int i = lane.id; i < Tile::kRows; i += lane.count) {
      T sum = T(0);
      for (int k = 0; k < size; ++k) sum += a[k * kRowStride + i];
      row_sums[i] += sum;
    }
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
