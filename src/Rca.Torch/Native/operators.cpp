// rca::conv2d and rca::max_pool2d: libtorch's operators of these names with its results, computed by kernels.h where that is faster, by
// libtorch in all other cases.
#include "kernels.h"

#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <omp.h>

#include <utility>

namespace rca {
namespace {

// c10::optional became std::optional along the way: it is never named here.
using MaybeTensor = decltype(std::declval<const c10::IValue&>().toOptional<Tensor>());
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Where libtorch brings an OpenMP of its own, this library's does not know how many threads were asked for; it counts for each thread anew.
void take_threads() { omp_set_num_threads(at::get_num_threads()); }

class Conv2d : public torch::autograd::Function<Conv2d> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& w, const MaybeTensor& bias, int64_t dilation) {
    at::AutoDispatchBelowADInplaceOrView guard;
    context->save_for_backward({x, w});
    context->saved_data["dilation"] = dilation;
    context->saved_data["bias"] = bias.has_value();
    take_threads();
    Tensor pixels = x.contiguous(), taps = w.contiguous(), offsets = bias ? bias->contiguous() : Tensor();
    return shallow(w) ? convolve_shallow(pixels, taps, offsets, dilation) : winograd(pixels, taps, offsets, dilation, false);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    at::NoGradGuard guard;
    auto saved = context->get_saved_variables();
    int64_t dilation = context->saved_data["dilation"].toInt();
    bool bias = context->saved_data["bias"].toBool() && context->needs_input_grad(2);
    Tensor x = saved[0].contiguous(), w = saved[1].contiguous(), dy = gradients[0].contiguous(), dx, dw;
    if (shallow(w)) {
      auto [input, weight, offset] = at::convolution_backward(dy, x, w, at::IntArrayRef(w.size(0)), {1, 1}, {dilation, dilation}, {dilation, dilation}, false, {0, 0}, 1,
                                                              {context->needs_input_grad(0), context->needs_input_grad(1), bias});
      return {input, weight, offset, Tensor()};
    }
    take_threads();
    if (context->needs_input_grad(0)) dx = winograd(dy, w, Tensor(), dilation, true);
    if (context->needs_input_grad(1)) dw = winograd_weights(x, dy, dilation);
    return {dx, dw, bias ? dy.sum({0, 2, 3}) : Tensor(), Tensor()};
  }

  static bool shallow(const Tensor& w) { return w.size(1) <= 4; }
};

class MaxPool2d : public torch::autograd::Function<MaxPool2d> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& x, int64_t size, int64_t stride, int64_t padding, bool ceil) {
    at::AutoDispatchBelowADInplaceOrView guard;
    context->save_for_backward({x});
    context->saved_data["window"] = c10::List<int64_t>({size, stride, padding, ceil});
    take_threads();
    return max_pool(x.contiguous(), {size, stride, padding, ceil});
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    at::NoGradGuard guard;
    auto window = context->saved_data["window"].toIntVector();
    take_threads();
    Tensor dx = max_pool_gradient(context->get_saved_variables()[0].contiguous(), gradients[0].contiguous(), {window[0], window[1], window[2], window[3] != 0});
    return {dx, Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

bool mixed_precision() {
#if RT_TORCH_MAJOR > 2 || (RT_TORCH_MAJOR == 2 && RT_TORCH_MINOR >= 4)
  return at::autocast::is_autocast_enabled(at::kCPU);
#else
  return at::autocast::is_cpu_enabled();
#endif
}

bool plain(const Tensor& t) { return t.device().is_cpu() && t.scalar_type() == at::kFloat && t.layout() == at::kStrided; }

// What does not fit goes to libtorch, which also says what is wrong with it.
bool suits(const Tensor& x, const Tensor& w, const MaybeTensor& bias, int64_t stride, int64_t padding, int64_t dilation) {
  if (!vectors_here() || mixed_precision() || !plain(x) || !plain(w) || x.dim() != 4 || w.dim() != 4) return false;
  if (bias && !(plain(*bias) && bias->dim() == 1 && bias->size(0) == w.size(0))) return false;
  if (x.size(1) != w.size(1) || w.size(2) != 3 || w.size(3) != 3 || stride != 1 || dilation < 1 || padding != dilation || x.numel() == 0) return false;
  return w.size(0) >= 32 && (Conv2d::shallow(w) || (w.size(1) >= 32 && winograd_waste(x.size(2), x.size(3), dilation) < 1.5));
}

bool suits(const Tensor& x, const Window& window) {
  if (!vectors_here() || !plain(x) || x.dim() != 4 || x.numel() == 0 || window.stride < 1 || window.stride > 2) return false;
  return window.size >= window.stride && window.padding >= 0 && 2 * window.padding <= window.size && window.size <= std::min(x.size(2), x.size(3));
}

Tensor conv2d(const Tensor& x, const Tensor& w, const MaybeTensor& bias, int64_t stride, int64_t padding, int64_t dilation) {
  if (suits(x, w, bias, stride, padding, dilation)) return Conv2d::apply(x, w, bias, dilation);
  return at::conv2d(x, w, bias ? *bias : Tensor(), stride, padding, dilation);
}

Tensor max_pool2d(const Tensor& x, int64_t size, int64_t stride, int64_t padding, bool ceil) {
  if (suits(x, {size, stride, padding, ceil})) return MaxPool2d::apply(x, size, stride, padding, ceil);
  return at::max_pool2d(x, size, stride, padding, 1, ceil);
}

}  // namespace
}  // namespace rca

TORCH_LIBRARY(rca, library) {
  library.def("conv2d(Tensor x, Tensor weight, Tensor? bias, int stride, int padding, int dilation) -> Tensor", rca::conv2d);
  library.def("max_pool2d(Tensor x, int size, int stride, int padding, bool ceil) -> Tensor", rca::max_pool2d);
}
