// 3×3 convolutions of stride 1 of pictures with few channels, such as the first layer's of RGB: 24 pixels of four outputs at a time stay in
// registers while the few taps pass by. libtorch's way lays pictures and results out anew, which takes longer than the convolution.
#include "kernels.h"

#include <algorithm>
#include <vector>

namespace rca {
namespace {

typedef float Vector __attribute__((vector_size(32), aligned(4)));
constexpr int64_t kLanes = 8, kVectors = 3, kStrip = kLanes * kVectors, kOutputs = 4;

// A strip of pixels of kOutputs outputs: `lines` holds the three lines of each channel, weights lie as [channel][line][column][kOutputs].
VECTORS void convolve_strip(const float* lines, int64_t width, int64_t channels, int64_t dilation, const float* weights, const float* bias, float least, float* to) {
  Vector sum[kOutputs][kVectors];
  for (int o = 0; o < kOutputs; o++)
    for (int j = 0; j < kVectors; j++) sum[o][j] = Vector{} + bias[o];
  for (int64_t line = 0; line < 3 * channels; line++, lines += width)
    for (int64_t tap = 0; tap < 3; tap++, weights += kOutputs) {
      Vector x[kVectors];
      for (int j = 0; j < kVectors; j++) x[j] = *reinterpret_cast<const Vector*>(lines + tap * dilation + j * kLanes);
      for (int o = 0; o < kOutputs; o++)
        for (int j = 0; j < kVectors; j++) sum[o][j] += weights[o] * x[j];
    }
  for (int o = 0; o < kOutputs; o++)
    for (int j = 0; j < kVectors; j++) *reinterpret_cast<Vector*>(to + o * kStrip + j * kLanes) = sum[o][j] < least ? Vector{} + least : sum[o][j];
}

}  // namespace

Tensor convolve_shallow(const Tensor& x, const Tensor& w, const Tensor& bias, float least, int64_t dilation) {
  int64_t channels = x.size(1), height = x.size(2), width = x.size(3), outputs = w.size(0), groups = ceil_div(outputs, kOutputs), taps = 9 * channels;
  Tensor y = fresh({x.size(0), outputs, height, width}, x);
  std::vector<float> weights(groups * taps * kOutputs), offsets(groups * kOutputs);
  for (int64_t o = 0; o < outputs; o++) {
    for (int64_t tap = 0; tap < taps; tap++) weights[(o / kOutputs * taps + tap) * kOutputs + o % kOutputs] = w.data_ptr<float>()[o * taps + tap];
    if (bias.defined()) offsets[o] = bias.data_ptr<float>()[o];
  }
  const float* from = x.data_ptr<float>();
  float* to = y.data_ptr<float>();
  at::parallel_for(0, x.size(0) * height, 1, [&](int64_t begin, int64_t end) {
    int64_t padded = ceil_div(width, kStrip) * kStrip + 2 * dilation;
    std::vector<float> lines(3 * channels * padded);
    float strip[kOutputs * kStrip];
    for (int64_t item = begin; item < end; item++) {
      int64_t picture = item / height, row = item % height;
      for (int64_t line = 0; line < 3 * channels; line++) {
        int64_t source = row + (line % 3 - 1) * dilation;
        float* pixels = lines.data() + line * padded + dilation;
        if (source < 0 || source >= height) std::fill_n(pixels, width, 0.f);
        else std::copy_n(from + ((picture * channels + line / 3) * height + source) * width, width, pixels);
      }
      for (int64_t group = 0; group < groups; group++)
        for (int64_t column = 0; column < width; column += kStrip) {
          convolve_strip(lines.data() + column, padded, channels, dilation, weights.data() + group * taps * kOutputs, offsets.data() + group * kOutputs, least, strip);
          for (int64_t o = group * kOutputs; o < std::min(outputs, (group + 1) * kOutputs); o++)
            std::copy_n(strip + o % kOutputs * kStrip, std::min(kStrip, width - column), to + ((picture * outputs + o) * height + row) * width + column);
        }
    }
  });
  return y;
}

}  // namespace rca
