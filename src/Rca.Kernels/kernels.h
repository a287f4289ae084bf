// What this library computes itself because libtorch is slow at it on processors: float32, pictures as (B, C, H, W), threads of at::parallel_for.
// operators.cpp decides when.
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <limits>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define X86 1
#define TARGET(features) __attribute__((target(features)))
#else
#define X86 0
#define TARGET(features)
#endif
// For the inner loops: eight values at a time.
#define VECTORS TARGET("avx2,fma")
#define ALWAYS_INLINE inline __attribute__((always_inline))

namespace rca {

using at::Tensor;

// Asks for new memory in pages of 2 MiB: one fault where there would be 512. A wish that the system may leave unheard.
constexpr int64_t kHugePage = 2 << 20;
void prefer_huge_pages(void* memory, size_t size);

// A tensor to be written. The largest ones are new memory each time.
Tensor fresh(at::IntArrayRef sizes, const Tensor& like);

inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// False where the inner loops would go by four lanes or fewer, which was not measured.
inline bool vectors_here() {
#if X86
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

// ---- winograd.cpp: 3×3, stride 1, padding that keeps the size ----

// Outputs computed for each one wanted.
double winograd_waste(int64_t height, int64_t width, int64_t dilation);

// x (B, I, H, W), w (O, I, 3, 3), bias (O) or undefined → (B, O, H, W), no value below `least`. `adjoint`: x (B, O, H, W) → (B, I, H, W), the
// gradient of the input.
Tensor winograd(const Tensor& x, const Tensor& w, const Tensor& bias, float least, int64_t dilation, bool adjoint);

// x (B, I, H, W) and the gradient of y (B, O, H, W) → the gradient of w (O, I, 3, 3).
Tensor winograd_weights(const Tensor& x, const Tensor& dy, int64_t dilation);

// ---- shallow.cpp: the same convolution of pictures with few channels ----

Tensor convolve_shallow(const Tensor& x, const Tensor& w, const Tensor& bias, float least, int64_t dilation);

// ---- pooling.cpp ----

constexpr float kLowest = -std::numeric_limits<float>::infinity();

struct Window {
  int64_t size, stride, padding;
  bool ceil;

  // Outputs along a side, as libtorch counts them.
  int64_t outputs(int64_t length) const {
    int64_t count = (length + 2 * padding - size + (ceil ? stride - 1 : 0)) / stride + 1;
    return ceil && (count - 1) * stride >= length + padding ? count - 1 : count;
  }
};

// x (B, C, H, W) → the largest value in each window; one that is not a number counts as the largest.
Tensor max_pool(const Tensor& x, const Window& window);

// The gradient of x from that of the result: each value goes to the first largest of its window, or to the last that is not a number.
Tensor max_pool_gradient(const Tensor& x, const Tensor& dy, const Window& window);

}  // namespace rca
