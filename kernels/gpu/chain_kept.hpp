#pragma once
#include "alfi/kernels/gpu/chain.hpp"

/// A layer's activations, or its gradient, as halves in registers: gated by ReLUs, and kept from phase to phase.

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class Link>
struct ChainKept {
  static constexpr int kRowTiles = Link::kRowTiles, kTiles = Link::kWidth / 8;
  template <class Warp, class X>
  using PerLane = typename Warp::template PerLane<X>;

  typename Link::TwoPairs part[Link::kParts][kRowTiles][kTiles];

  /// The gradient before a ReLU that gave `values`, scaled.
  template <class Warp>
  ALFI_HD static void gate(const Warp& warp, typename Link::template Rows<Warp>& d, float factor,
                           const typename Link::template Halves<Warp>& values,
                           typename Link::template Halves<Warp>& to) {
    Link::template each<kTiles>(warp, d, [&](int, float& value, int, int, int) { value *= factor; });
    Link::template split<kTiles>(warp, d, to);
    each_pair(warp, [&](int lane, int i, int j, int h) {
      const HalfPair open = positive_halves(values.part[0][i][j][lane].v[h]);
      ALFI_UNROLL
      for (int p = 0; p < Link::kParts; ++p) to.part[p][i][j][lane].v[h] &= open;
    });
  }

  /// To registers, and from them.
  template <class Warp>
  ALFI_HD static void keep(const Warp& warp, const typename Link::template Halves<Warp>& halves,
                           PerLane<Warp, ChainKept>& kept) {
    each_pair(warp, [&](int lane, int i, int j, int h) {
      ALFI_UNROLL
      for (int p = 0; p < Link::kParts; ++p) kept[lane].part[p][i][j].v[h] = halves.part[p][i][j][lane].v[h];
    });
  }
  template <class Warp>
  ALFI_HD static void take(const Warp& warp, const PerLane<Warp, ChainKept>& kept,
                           typename Link::template Halves<Warp>& halves) {
    each_pair(warp, [&](int lane, int i, int j, int h) {
      ALFI_UNROLL
      for (int p = 0; p < Link::kParts; ++p) halves.part[p][i][j][lane].v[h] = kept[lane].part[p][i][j].v[h];
    });
  }

 private:
  template <class Warp, class Body>
  ALFI_HD static void each_pair(const Warp& warp, const Body& body) {
    warp.each([&](int lane) {
      ALFI_UNROLL
      for (int i = 0; i < kRowTiles; ++i) {
        ALFI_UNROLL
        for (int j = 0; j < kTiles; ++j) {
          ALFI_UNROLL
          for (int h = 0; h < 2; ++h) body(lane, i, j, h);
        }
      }
    });
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
