#pragma once

/// The vector code of kernels/cpu/ that takes most of a meta-step, by Google's Highway, chosen for the processor at run
/// time as ours is: what bench/peers/highway_main.cpp holds ours against.

namespace peer {

/// c[i][j] = max(bias[i] + sum_k a[i][k] b[k][j], 0); rows made of fives and sixes, as evenly as can be (50 are);
/// cols a multiple of 64.
struct Layer {
  long rows, cols, depth;
  const float* a;
  const float* b;
  float* c;
  const float* bias;
};
void layer(const Layer& layer);

/// size a multiple of 64.
void tanh(float* values, long size);

/// Of the code that the processor was given.
const char* level();

}  // namespace peer
