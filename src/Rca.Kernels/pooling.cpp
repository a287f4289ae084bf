// Largest values of windows. libtorch's way for (B, C, H, W) looks at single values and keeps an 8-byte position for each result; this one
// takes the largest of the lines first, then that of neighbours, and looks for positions when the gradient asks for them.
#include "kernels.h"

#include <algorithm>
#include <vector>

namespace rca {
namespace {

ALWAYS_INLINE float larger(float value, float than) { return value > than || value != value ? value : than; }

struct Range { int64_t first, last; };

// The inputs of one output along a side.
Range inputs_of(int64_t output, const Window& w, int64_t length) {
  int64_t first = output * w.stride - w.padding;
  return {std::max<int64_t>(0, first), std::min(length, first + w.size)};
}

VECTORS void largest_of_lines(const float* lines, int64_t count, int64_t width, float* to) {
  std::copy_n(lines, width, to);
  for (int64_t k = 1; k < count; k++)
    for (int64_t i = 0; i < width; i++) to[i] = larger(lines[k * width + i], to[i]);
}

template <int Stride>
VECTORS void largest_of_neighbours(const float* values, int64_t size, int64_t count, float* to) {
  for (int64_t i = 0; i < count; i++) to[i] = values[i * Stride];
  for (int64_t k = 1; k < size; k++)
    for (int64_t i = 0; i < count; i++) to[i] = larger(values[i * Stride + k], to[i]);
}

}  // namespace

Tensor max_pool(const Tensor& x, const Window& window) {
  int64_t height = x.size(2), width = x.size(3), down = window.outputs(height), across = window.outputs(width);
  Tensor y = fresh({x.size(0), x.size(1), down, across}, x);
  const float* from = x.data_ptr<float>();
  float* to = y.data_ptr<float>();
  auto neighbours = window.stride == 1 ? largest_of_neighbours<1> : largest_of_neighbours<2>;
  at::parallel_for(0, x.size(0) * x.size(1) * down, ceil_div(at::internal::GRAIN_SIZE, width * window.size), [&](int64_t begin, int64_t end) {
    std::vector<float> line(std::max(width, (across - 1) * window.stride + window.size) + window.padding, kLowest);
    for (int64_t item = begin; item < end; item++) {
      Range rows = inputs_of(item % down, window, height);
      largest_of_lines(from + (item / down * height + rows.first) * width, rows.last - rows.first, width, line.data() + window.padding);
      neighbours(line.data(), window.size, across, to + item * across);
    }
  });
  return y;
}

Tensor max_pool_gradient(const Tensor& x, const Tensor& dy, const Window& window) {
  int64_t height = x.size(2), width = x.size(3), down = dy.size(2), across = dy.size(3);
  Tensor dx = fresh(x.sizes(), x);
  const float *values = x.data_ptr<float>(), *from = dy.data_ptr<float>();
  float* to = dx.data_ptr<float>();
  at::parallel_for(0, x.size(0) * x.size(1), ceil_div(at::internal::GRAIN_SIZE, height * width), [&](int64_t begin, int64_t end) {
    for (int64_t plane = begin; plane < end; plane++) {
      std::fill_n(to + plane * height * width, height * width, 0.f);
      for (int64_t i = 0; i < down * across; i++) {
        Range rows = inputs_of(i / across, window, height), columns = inputs_of(i % across, window, width);
        int64_t largest = (plane * height + rows.first) * width + columns.first;
        float value = kLowest;
        for (int64_t row = rows.first; row < rows.last; row++)
          for (int64_t column = columns.first; column < columns.last; column++) {
            int64_t here = (plane * height + row) * width + column;
            if (values[here] > value || values[here] != values[here]) value = values[largest = here];
          }
        to[largest] += from[plane * down * across + i];
      }
    }
  });
  return dx;
}

}  // namespace rca
