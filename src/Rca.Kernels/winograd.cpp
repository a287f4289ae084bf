// 3×3 convolutions of stride 1 in float32 by Winograd's minimal filtering, F(4×4, 3×3): 36 products for 16 outputs in place of 144
// (Lavin and Gray, "Fast algorithms for convolutional neural networks", CVPR 2016). y = Aᵀ[(G w Gᵀ) ⊙ (Bᵀ x B)]A for each tile of 4×4
// outputs; the sum over channels makes each of the 36 positions a matrix product. A dilated convolution is one on each of the
// dilation² grids of every dilation-th pixel.
//
// Both sides of the products lie in panels of 16 channels, [position][channel / 16][tile][16]: transforms and products work on 16
// channels at a time. A sum has the same order whatever the number of threads.
#include "kernels.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <vector>

#if X86
#include <immintrin.h>
#endif

namespace rca {
namespace {

constexpr int64_t kOut = 4, kIn = 6, kPositions = kIn * kIn, kPanel = 16, kRows = 6;
// Floats of both sides of a block's products: of small blocks all that is written is read again from a cache, in large ones the weights pass by
// less often. Few weights are soon read anew, so that their blocks may be small.
constexpr int64_t kLeastFloats = 256 << 10, kMostFloats = 8 << 20, kCachedWeights = 48 << 10;
// Transformed weights from which on they go past the caches; fewer are still there when the products read them.
constexpr int64_t kPassingWeights = 256 << 10;

int64_t tiles_along(int64_t length, int64_t dilation) { return ceil_div(ceil_div(length, dilation), kOut); }

// How pictures are cut: for each grid of the dilation, rows of tiles.
struct Tiling {
  int64_t batch, height, width, dilation, across, down, rows;

  Tiling(const Tensor& x, int64_t d)
      : batch(x.size(0)), height(x.size(2)), width(x.size(3)), dilation(d),
        across(tiles_along(width, d)), down(tiles_along(height, d)), rows(batch * d * d * down) {}

  struct Row { int64_t picture, y, x, top; };  // first pixel of the grid; first line of the tiles, counted in the grid

  Row row(int64_t index) const {
    int64_t grid = index / down % (dilation * dilation);
    return {index / down / (dilation * dilation), grid / dilation, grid % dilation, index % down * kOut};
  }

  int64_t lines(const Row& r) const { return ceil_div(height - r.y, dilation); }
  int64_t columns(const Row& r) const { return ceil_div(width - r.x, dilation); }
};

// ---- the one-dimensional transforms of F(4, 3), with the points 0, ±1, ±2 and infinity; `s` lies between two values ----

ALWAYS_INLINE void input_transform(const float* v, int64_t s, float* o, int64_t t) {
  float a = v[0], b = v[s], c = v[2 * s], d = v[3 * s], e = v[4 * s], f = v[5 * s];
  o[0] = 4 * a - 5 * c + e;
  o[t] = d + e - 4 * (b + c);
  o[2 * t] = 4 * (b - c) - d + e;
  o[3 * t] = 2 * (d - b) - c + e;
  o[4 * t] = 2 * (b - d) - c + e;
  o[5 * t] = 4 * b - 5 * d + f;
}

ALWAYS_INLINE void output_transform(const float* v, int64_t s, float* o, int64_t t) {
  float p = v[s] + v[2 * s], m = v[s] - v[2 * s], q = v[3 * s] + v[4 * s], n = v[3 * s] - v[4 * s];
  o[0] = v[0] + p + q;
  o[t] = m + 2 * n;
  o[2 * t] = p + 4 * q;
  o[3 * t] = m + 8 * n + v[5 * s];
}

ALWAYS_INLINE void output_adjoint(const float* v, int64_t s, float* o, int64_t t) {
  float a = v[0], b = v[s], c = v[2 * s], d = v[3 * s], p = a + c, m = b + d, q = a + 4 * c, n = 2 * b + 8 * d;
  o[0] = a;
  o[t] = p + m;
  o[2 * t] = p - m;
  o[3 * t] = q + n;
  o[4 * t] = q - n;
  o[5 * t] = d;
}

ALWAYS_INLINE void weight_transform(const float* v, int64_t s, float* o, int64_t t) {
  float a = v[0], b = v[s], c = v[2 * s], p = (a + c) / 6, q = a / 24 + c / 6;
  o[0] = a / 4;
  o[t] = -p - b / 6;
  o[2 * t] = b / 6 - p;
  o[3 * t] = q + b / 12;
  o[4 * t] = q - b / 12;
  o[5 * t] = c;
}

ALWAYS_INLINE void weight_adjoint(const float* v, int64_t s, float* o, int64_t t) {
  float b = v[s], c = v[2 * s], d = v[3 * s], e = v[4 * s];
  o[0] = v[0] / 4 - (b + c) / 6 + (d + e) / 24;
  o[t] = (c - b) / 6 + (d - e) / 12;
  o[2 * t] = (d + e - b - c) / 6 + v[5 * s];
}

// ---- the same in both directions, for 16 channels and a row of tiles ----

// Tiles of kIn (or kOut) lines and columns, every kOut-th pixel one: `lines` is [line][pixel][16]; position p goes to `to + p·stride`.
template <void Transform(const float*, int64_t, float*, int64_t)>
ALWAYS_INLINE void to_positions(const float* lines, int64_t width, int64_t across, float* scratch, float* to, int64_t stride) {
#pragma GCC ivdep
  for (int64_t i = 0; i < width * kPanel; i++) Transform(lines + i, width * kPanel, scratch + i, width * kPanel);
  for (int64_t k = 0; k < kIn; k++)
    for (int64_t i = 0; i < across; i++) {
      const float* from = scratch + (k * width + i * kOut) * kPanel;
      float* out = to + k * kIn * stride + i * kPanel;
#pragma GCC ivdep
      for (int64_t c = 0; c < kPanel; c++) Transform(from + c, kPanel, out + c, stride);
    }
}

VECTORS void transform_inputs(const float* lines, int64_t across, float* scratch, float* to, int64_t stride) {
  to_positions<input_transform>(lines, kOut * across + 2, across, scratch, to, stride);
}

VECTORS void adjoin_outputs(const float* lines, int64_t across, float* scratch, float* to, int64_t stride) {
  to_positions<output_adjoint>(lines, kOut * across, across, scratch, to, stride);
}

// From positions to [line][pixel][16].
VECTORS void transform_outputs(const float* from, int64_t stride, int64_t across, float* lines) {
  int64_t width = kOut * across * kPanel;
  for (int64_t i = 0; i < across; i++) {
    float half[kIn * kOut * kPanel];
    for (int64_t k = 0; k < kIn; k++)
#pragma GCC ivdep
      for (int64_t c = 0; c < kPanel; c++) output_transform(from + k * kIn * stride + i * kPanel + c, stride, half + k * kOut * kPanel + c, kPanel);
#pragma GCC ivdep
    for (int64_t c = 0; c < kOut * kPanel; c++) output_transform(half + c, kOut * kPanel, lines + i * kOut * kPanel + c, width);
  }
}

// ---- products ----

// c (R × 16) = or += Σ a(k, i) b[k·16 + j], where a(k, i) lies at k·AK + i·AI in each of `blocks` blocks of `length` values of k. Without the
// unrolling of the inner loops GCC would keep the sums in memory once it unrolls the outer one.
#define DEFINE_PRODUCT(name, features, lanes)                                                                                             \
  template <int R, int AI, int AK>                                                                                                        \
  TARGET(features) void name(const float* a, int64_t blocks, int64_t length, int64_t block, const float* b, float* c, bool add) {         \
    typedef float Vector __attribute__((vector_size(lanes * 4), aligned(4)));                                                             \
    constexpr int n = kPanel / lanes;                                                                                                     \
    Vector sum[R][n] = {};                                                                                                                \
    for (int64_t part = 0; part < blocks; part++, a += block) {                                                                           \
      if (blocks > 1) for (int i = 0; i < R; i++) __builtin_prefetch(a + block + i * AI);                                                 \
      _Pragma("GCC unroll 4") for (int64_t k = 0; k < length; k++, b += kPanel)                                                           \
        _Pragma("GCC unroll 6") for (int i = 0; i < R; i++)                                                                               \
          _Pragma("GCC unroll 2") for (int j = 0; j < n; j++) sum[i][j] += a[k * AK + i * AI] * reinterpret_cast<const Vector*>(b)[j];    \
    }                                                                                                                                     \
    _Pragma("GCC unroll 6") for (int i = 0; i < R; i++)                                                                                   \
      _Pragma("GCC unroll 2") for (int j = 0; j < n; j++) {                                                                               \
        Vector& to = reinterpret_cast<Vector*>(c + i * kPanel)[j];                                                                        \
        to = add ? to + sum[i][j] : sum[i][j];                                                                                            \
      }                                                                                                                                   \
  }

DEFINE_PRODUCT(product_8, "avx2,fma", 8)
DEFINE_PRODUCT(product_16, "avx512f", 16)

using Product = void (*)(const float*, int64_t, int64_t, int64_t, const float*, float*, bool);

template <int R, int AI, int AK>
Product product_here() {
#if X86
  if (__builtin_cpu_supports("avx512f")) return product_16<R, AI, AK>;
#endif
  return product_8<R, AI, AK>;
}

// ---- blocks ----

// A batch seen as panels of 16 channels.
struct Panels {
  const Tiling& tiling;
  int64_t channels, count, tiles;  // tiles of the largest block, a multiple of kRows

  Panels(const Tiling& t, int64_t c, int64_t rows) : tiling(t), channels(c), count(ceil_div(c, kPanel)), tiles(ceil_div(rows * t.across, kRows) * kRows) {}

  // Between positions: never a multiple of what the caches' sets repeat at.
  int64_t stride() const { return count * tiles * kPanel + kPanel; }
  int64_t floats() const { return kPositions * stride(); }
  int64_t of(int64_t panel) const { return std::min(kPanel, channels - panel * kPanel); }

  // Where a line of the grid begins in the panel's first channel.
  int64_t pixel(const Tiling::Row& r, int64_t panel, int64_t line) const {
    return ((r.picture * channels + panel * kPanel) * tiling.height + r.y + line * tiling.dilation) * tiling.width + r.x;
  }
};

int64_t rows_of_block(const Tiling& t, int64_t inputs, int64_t outputs) {
  int64_t floats = std::clamp(2 * kPositions * inputs * outputs, kLeastFloats, kMostFloats);
  return std::clamp<int64_t>(floats / (kPositions * (inputs + outputs) * t.across), 1, t.rows);
}

// Pixels of a line between [channel][pixel], `plane` apart, and [pixel][16]. Values below `least` become `least`.

#if X86
// Eight rows of eight values, `step` apart, as columns.
VECTORS ALWAYS_INLINE void load_columns(const float* from, int64_t step, __m256* r) {
  __m256 pairs[8], fours[8];
  for (int i = 0; i < 8; i++) r[i] = _mm256_loadu_ps(from + i * step);
  for (int i = 0; i < 8; i += 2) {
    pairs[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
    pairs[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
  }
  for (int i = 0; i < 8; i += 4)
    for (int j = 0; j < 2; j++) {
      fours[i + 2 * j] = _mm256_shuffle_ps(pairs[i + j], pairs[i + j + 2], 0x44);
      fours[i + 2 * j + 1] = _mm256_shuffle_ps(pairs[i + j], pairs[i + j + 2], 0xee);
    }
  for (int i = 0; i < 4; i++) {
    r[i] = _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x20);
    r[i + 4] = _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x31);
  }
}
#endif

VECTORS void read_line(const float* from, int64_t plane, int64_t channels, int64_t columns, int64_t step, float* to) {
  int64_t done = 0;
#if X86
  if (channels == kPanel && step == 1)
    for (; done + 8 <= columns; done += 8)
      for (int64_t c = 0; c < kPanel; c += 8) {
        __m256 r[8];
        load_columns(from + c * plane + done, plane, r);
        for (int i = 0; i < 8; i++) _mm256_storeu_ps(to + (done + i) * kPanel + c, r[i]);
      }
#endif
  for (int64_t c = 0; c < channels; c++)
    for (int64_t i = done; i < columns; i++) to[i * kPanel + c] = from[c * plane + i * step];
}

VECTORS void write_line(const float* from, const float* offsets, float least, int64_t plane, int64_t channels, int64_t columns, int64_t step, float* to) {
  int64_t done = 0;
#if X86
  if (channels == kPanel && step == 1)
    for (; done + 8 <= columns; done += 8)
      for (int64_t c = 0; c < kPanel; c += 8) {
        __m256 r[8];
        load_columns(from + done * kPanel + c, kPanel, r);
        for (int i = 0; i < 8; i++) _mm256_storeu_ps(to + (c + i) * plane + done, _mm256_max_ps(_mm256_set1_ps(least), r[i] + offsets[c + i]));
      }
#endif
  for (int64_t c = 0; c < channels; c++)
    for (int64_t i = done; i < columns; i++) {
      float value = from[i * kPanel + c] + offsets[c];
      to[c * plane + i * step] = least > value ? least : value;
    }
}

// Transforms the tile rows [first, first + rows) of x; the tiles of a row have `border` pixels around them.
template <class Transform>
void transform_block(const float* x, const Panels& p, int64_t first, int64_t rows, int64_t border, Transform transform, float* to) {
  const Tiling& t = p.tiling;
  int64_t size = kOut + 2 * border, width = kOut * t.across + 2 * border;
  at::parallel_for(0, rows * p.count, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> pixels(size * width * kPanel), scratch(kIn * width * kPanel);
    for (int64_t item = begin; item < end; item++) {
      int64_t panel = item / rows, index = item % rows;
      auto row = t.row(first + index);
      int64_t lines = t.lines(row), columns = std::min(t.columns(row), width - border);
      std::fill(pixels.begin(), pixels.end(), 0.f);
      for (int64_t k = 0; k < size; k++) {
        int64_t line = row.top + k - border;
        if (line < 0 || line >= lines) continue;
        read_line(x + p.pixel(row, panel, line), t.height * t.width, p.of(panel), columns, t.dilation, pixels.data() + (k * width + border) * kPanel);
      }
      transform(pixels.data(), t.across, scratch.data(), to + (panel * p.tiles + index * t.across) * kPanel, p.stride());
    }
  });
}

// Positions back to the pixels of the tile rows [first, first + rows) of y.
void restore_block(const float* from, const Panels& p, int64_t first, int64_t rows, const float* bias, float least, float* y) {
  const Tiling& t = p.tiling;
  int64_t width = kOut * t.across;
  at::parallel_for(0, rows * p.count, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> pixels(kOut * width * kPanel);
    for (int64_t item = begin; item < end; item++) {
      int64_t panel = item / rows, index = item % rows;
      auto row = t.row(first + index);
      int64_t lines = std::min(kOut, t.lines(row) - row.top), columns = t.columns(row);
      transform_outputs(from + (panel * p.tiles + index * t.across) * kPanel, p.stride(), t.across, pixels.data());
      float offsets[kPanel] = {};
      if (bias) std::copy_n(bias + panel * kPanel, p.of(panel), offsets);
      for (int64_t k = 0; k < lines; k++)
        write_line(pixels.data() + k * width * kPanel, offsets, least, t.height * t.width, p.of(panel), columns, t.dilation, y + p.pixel(row, panel, row.top + k));
    }
  });
}

// A line of 16; `past` the caches where there is a way.
VECTORS ALWAYS_INLINE void write_panel(const float* from, bool past, float* to) {
#if X86
  if (past) {
    for (int64_t c = 0; c < kPanel; c += 8) _mm256_stream_ps(to + c, _mm256_loadu_ps(from + c));
    return;
  }
#endif
  std::copy_n(from, kPanel, to);
}

// One input's taps of 16 outputs, [tap][16]; `turned` by half a turn.
VECTORS void transform_taps(const float* taps, bool turned, bool past, float* to, int64_t stride) {
  int64_t step = turned ? -kPanel : kPanel;
  if (turned) taps += 8 * kPanel;
  float half[3 * kIn * kPanel], whole[kIn * kPanel];
  for (int64_t j = 0; j < 3; j++)
#pragma GCC ivdep
    for (int64_t c = 0; c < kPanel; c++) weight_transform(taps + j * step + c, 3 * step, half + j * kPanel + c, 3 * kPanel);
  for (int64_t k = 0; k < kIn; k++) {
#pragma GCC ivdep
    for (int64_t c = 0; c < kPanel; c++) weight_transform(half + 3 * k * kPanel + c, kPanel, whole + c, kPanel);
    for (int64_t p = 0; p < kIn; p++) write_panel(whole + p * kPanel, past, to + (k * kIn + p) * stride);
  }
}

// G w Gᵀ of w (O, I, 3, 3) as [position][O / 16][I][16]; turned, and with O and I exchanged, for the gradient of the input. Channels that
// fill up a panel are 0.
struct Weights {
  int64_t outputs, inputs, panels, depth;
  bool adjoint;

  Weights(const Tensor& w, bool a)
      : outputs(w.size(a ? 1 : 0)), inputs(w.size(a ? 0 : 1)), panels(ceil_div(outputs, kPanel)), depth(ceil_div(inputs, kPanel) * kPanel), adjoint(a) {}

  int64_t stride() const { return panels * depth * kPanel + kPanel; }
  int64_t floats() const { return kPositions * stride(); }

  void transform(const float* from, float* to) const {
    int64_t across = depth / kPanel;
    bool past = floats() >= kPassingWeights;
    at::parallel_for(0, panels * across, 1, [&](int64_t begin, int64_t end) {
      for (int64_t item = begin; item < end; item++) {
        float taps[9 * kPanel * kPanel] = {}; // [input][tap][output]
        int64_t output = item / across * kPanel, input = item % across * kPanel;
        int64_t wide = std::min(kPanel, outputs - output), deep = std::min(kPanel, inputs - input);
        if (adjoint)
          for (int64_t i = 0; i < deep; i++) read_line(from + 9 * ((input + i) * outputs + output), 9, wide, 9, 1, taps + 9 * kPanel * i);
        else
          read_line(from + 9 * (output * inputs + input), 9 * inputs, wide, 9 * deep, 1, taps);
        for (int64_t i = 0; i < kPanel; i++) transform_taps(taps + 9 * kPanel * i, adjoint, past, to + output * depth + (input + i) * kPanel, stride());
      }
#if X86
      _mm_sfence();
#endif
    });
  }
};

// Memory of this thread that lasts until it is asked for again.
float* workspace(int64_t floats) {
  struct Memory {
    void* data = nullptr;
    size_t size = 0;
    ~Memory() { std::free(data); }
  };
  static thread_local Memory memory;
  size_t size = ceil_div(floats * sizeof(float), kHugePage) * kHugePage;
  if (size > memory.size) {
    std::free(memory.data);
    memory.size = 0;
    memory.data = std::aligned_alloc(kHugePage, size);
    if (!memory.data) throw std::bad_alloc();
    memory.size = size;
    prefer_huge_pages(memory.data, size);
  }
  return static_cast<float*>(memory.data);
}

}  // namespace

double winograd_waste(int64_t height, int64_t width, int64_t dilation) {
  return double(tiles_along(height, dilation) * tiles_along(width, dilation) * kOut * kOut * dilation * dilation) / double(height * width);
}

Tensor winograd(const Tensor& x, const Tensor& w, const Tensor& bias, float least, int64_t dilation, bool adjoint) {
  Tiling t(x, dilation);
  Weights u(w, adjoint);
  int64_t most = rows_of_block(t, u.inputs, u.outputs);
  Panels in(t, u.inputs, most), out(t, u.outputs, most);
  Tensor y = fresh({t.batch, u.outputs, t.height, t.width}, x);
  float *weights = workspace(u.floats() + in.floats() + out.floats()), *v = weights + u.floats(), *m = v + in.floats();
  u.transform(w.data_ptr<float>(), weights);
  int64_t together = std::max<int64_t>(1, kCachedWeights / (u.depth * kPanel)), groups = ceil_div(out.count, together);
  auto multiply = product_here<kRows, kPanel, 1>();
  for (int64_t first = 0; first < t.rows; first += most) {
    int64_t rows = std::min(most, t.rows - first);
    transform_block(x.data_ptr<float>(), in, first, rows, 1, transform_inputs, v);
    // A few panels of weights stay in the second cache while all tiles pass by.
    at::parallel_for(0, kPositions * groups, 1, [&](int64_t begin, int64_t end) {
      for (int64_t item = begin; item < end; item++) {
        int64_t p = item / groups, group = item % groups * together;
        for (int64_t tile = 0; tile < rows * t.across; tile += kRows)
          for (int64_t panel = group; panel < std::min(group + together, out.count); panel++)
            multiply(v + p * in.stride() + tile * kPanel, in.count, kPanel, in.tiles * kPanel, weights + p * u.stride() + panel * u.depth * kPanel,
                     m + p * out.stride() + (panel * out.tiles + tile) * kPanel, false);
      }
    });
    restore_block(m, out, first, rows, bias.defined() ? bias.data_ptr<float>() : nullptr, least, y.data_ptr<float>());
  }
  return y;
}

Tensor winograd_weights(const Tensor& x, const Tensor& dy, int64_t dilation) {
  Tiling t(x, dilation);
  int64_t inputs = x.size(1), outputs = dy.size(1), most = rows_of_block(t, inputs, outputs);
  Panels in(t, inputs, most), out(t, outputs, most);
  int64_t stride = in.count * out.count * kPanel * kPanel + kPanel; // of sums, [position][I / 16][O][16]
  float *sums = workspace(kPositions * stride + in.floats() + out.floats()), *v = sums + kPositions * stride, *m = v + in.floats();
  auto multiply = product_here<4, 1, kPanel>();
  for (int64_t first = 0; first < t.rows; first += most) {
    int64_t rows = std::min(most, t.rows - first), tiles = rows * t.across;
    transform_block(x.data_ptr<float>(), in, first, rows, 1, transform_inputs, v);
    transform_block(dy.data_ptr<float>(), out, first, rows, 0, adjoin_outputs, m);
    at::parallel_for(0, kPositions * in.count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t item = begin; item < end; item++) {
        int64_t p = item / in.count, panel = item % in.count;
        for (int64_t output = 0; output < out.count * kPanel; output += 4)
          multiply(m + p * out.stride() + output / kPanel * out.tiles * kPanel + output % kPanel, 1, tiles, 0,
                   v + p * in.stride() + panel * in.tiles * kPanel, sums + p * stride + (panel * out.count * kPanel + output) * kPanel, first > 0);
      }
    });
  }
  Tensor dw = fresh({outputs, inputs, 3, 3}, x);
  float* to = dw.data_ptr<float>();
  at::parallel_for(0, outputs, 1, [&](int64_t begin, int64_t end) {
    float half[3 * kIn];
    for (int64_t output = begin; output < end; output++)
      for (int64_t input = 0; input < inputs; input++) {
        const float* from = sums + (input / kPanel * out.count * kPanel + output) * kPanel + input % kPanel;
        for (int64_t j = 0; j < kIn; j++) weight_adjoint(from + j * stride, kIn * stride, half + j, kIn);
        for (int64_t j = 0; j < 3; j++) weight_adjoint(half + j * kIn, 1, to + 9 * (output * inputs + input) + 3 * j, 1);
      }
  });
  return dw;
}

}  // namespace rca
