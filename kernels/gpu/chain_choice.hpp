#pragma once
#include "alfi/core/context.hpp"
#include "alfi/kernels/gpu/encode_chain_adjoint.hpp"

/// Which chain (kernels/gpu/chain.hpp) takes an encoder's layers.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Calls run(kThree, kTiles), integral constants, for the narrowest chain that takes the layers and has room for the
/// pass, EncodeChains or EncodeChainsAdjoint; false where none does. Where both passes have room they take the same
/// one.
template <template <bool, int> class Pass, class Run>
bool with_chain(const Context& context, const EncoderLayout& layout, const Run& run) {
  const auto try_chain = [&](auto three, auto tiles) {
    constexpr bool kThree = decltype(three)::value;
    constexpr int kTiles = decltype(tiles)::value;
    if (!ChainWeights<kThree, kTiles>::fit(layout)) return false;
    if (Pass<kThree, kTiles>::bytes(layout) > context.device()->properties().shared_limit) return false;
    run(three, tiles);
    return true;
  };
  // Both widths that the published and the default machines have, without a tile too much.
  using Narrow = std::integral_constant<int, 4>;
  using Wide = std::integral_constant<int, 7>;
  if (context.products() == ProductPrecision::tf32) {
    return try_chain(std::false_type{}, Narrow{}) || try_chain(std::false_type{}, Wide{});
  }
  return try_chain(std::true_type{}, Narrow{}) || try_chain(std::true_type{}, Wide{});
}

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
