// rca::conv2d, with or without a ReLU behind it, and rca::max_pool2d: libtorch's operators of these names with its results, computed by
// kernels.h where that is faster, by libtorch in all other cases. Mixed precision is not looked for: who wants it calls libtorch's.
#include "kernels.h"

#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <omp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace rca {

void prefer_huge_pages(void* memory, size_t size) {
  uintptr_t page = sysconf(_SC_PAGESIZE);
  uintptr_t begin = (reinterpret_cast<uintptr_t>(memory) + page - 1) / page * page, end = (reinterpret_cast<uintptr_t>(memory) + size) / page * page;
  if (end > begin) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

Tensor fresh(at::IntArrayRef sizes, const Tensor& like) {
  Tensor t = at::empty(sizes, like.options());
  if (t.nbytes() >= (32 << 20)) prefer_huge_pages(t.data_ptr(), t.nbytes()); // smaller ones come from the heap, see TorchRuntime
  return t;
}

namespace {

// c10::optional became std::optional along the way: it is never named here.
using MaybeTensor = decltype(std::declval<const c10::IValue&>().toOptional<Tensor>());
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Where libtorch brings an OpenMP of its own, this library's does not know how many threads were asked for; it counts for each thread anew.
void take_threads() { omp_set_num_threads(at::get_num_threads()); }

void only_once() { TORCH_CHECK(!at::GradMode::is_enabled(), "rca's operators have no second derivative"); }

class Conv2d : public torch::autograd::Function<Conv2d> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& w, const MaybeTensor& bias, int64_t dilation, bool relu) {
    at::AutoDispatchBelowADInplaceOrView guard;
    context->saved_data["dilation"] = dilation;
    context->saved_data["bias"] = bias.has_value();
    context->saved_data["relu"] = relu;
    take_threads();
    Tensor pixels = x.contiguous(), taps = w.contiguous(), offsets = bias ? bias->contiguous() : Tensor();
    float least = relu ? 0 : kLowest;
    Tensor y = shallow(w) ? convolve_shallow(pixels, taps, offsets, least, dilation) : winograd(pixels, taps, offsets, least, dilation, false);
    context->save_for_backward({x, w, relu ? y : Tensor()});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    only_once();
    auto saved = context->get_saved_variables();
    int64_t dilation = context->saved_data["dilation"].toInt();
    bool bias = context->saved_data["bias"].toBool() && context->needs_input_grad(2);
    Tensor x = saved[0].contiguous(), w = saved[1].contiguous(), dy = gradients[0].contiguous(), dx, dw;
    if (context->saved_data["relu"].toBool()) dy = at::threshold_backward(dy, saved[2], 0);
    if (shallow(w)) {
      auto [input, weight, offset] = at::convolution_backward(dy, x, w, at::IntArrayRef(w.size(0)), {1, 1}, {dilation, dilation}, {dilation, dilation}, false, {0, 0}, 1,
                                                              {context->needs_input_grad(0), context->needs_input_grad(1), bias});
      return {input, weight, offset, Tensor(), Tensor()};
    }
    take_threads();
    if (context->needs_input_grad(0)) dx = winograd(dy, w, Tensor(), kLowest, dilation, true);
    if (context->needs_input_grad(1)) dw = winograd_weights(x, dy, dilation);
    return {dx, dw, bias ? dy.sum({0, 2, 3}) : Tensor(), Tensor(), Tensor()};
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
    only_once();
    auto window = context->saved_data["window"].toIntVector();
    take_threads();
    Tensor dx = max_pool_gradient(context->get_saved_variables()[0].contiguous(), gradients[0].contiguous(), {window[0], window[1], window[2], window[3] != 0});
    return {dx, Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

bool plain(const Tensor& t) { return t.device().is_cpu() && t.scalar_type() == at::kFloat && t.layout() == at::kStrided; }

// Pictures with channels outermost.
bool pictures(const Tensor& t) { return plain(t) && t.dim() == 4 && t.numel() > 0 && t.suggest_memory_format() == at::MemoryFormat::Contiguous; }

// What does not fit goes to libtorch, which also says what is wrong with it.
bool suits(const Tensor& x, const Tensor& w, const MaybeTensor& bias, int64_t stride, int64_t padding, int64_t dilation) {
  if (!vectors_here() || !pictures(x) || !plain(w) || w.dim() != 4) return false;
  if (bias && !(plain(*bias) && bias->dim() == 1 && bias->size(0) == w.size(0))) return false;
  if (x.size(1) != w.size(1) || w.size(2) != 3 || w.size(3) != 3 || stride != 1 || padding != dilation) return false;
  if (dilation < 1 || dilation > std::max(x.size(2), x.size(3))) return false;
  return w.size(0) >= 32 && (Conv2d::shallow(w) || (w.size(1) >= 32 && winograd_waste(x.size(2), x.size(3), dilation) < 1.5));
}

bool suits(const Tensor& x, const Window& window) {
  if (!vectors_here() || !pictures(x) || window.stride < 1 || window.stride > 2) return false;
  return window.size >= window.stride && window.padding >= 0 && 2 * window.padding <= window.size && window.size <= std::min(x.size(2), x.size(3));
}

Tensor conv2d(const Tensor& x, const Tensor& w, const MaybeTensor& bias, int64_t stride, int64_t padding, int64_t dilation, bool relu) {
  if (suits(x, w, bias, stride, padding, dilation)) return Conv2d::apply(x, w, bias, dilation, relu);
  Tensor y = at::conv2d(x, w, bias ? *bias : Tensor(), stride, padding, dilation);
  return relu ? y.relu_() : y;
}

Tensor max_pool2d(const Tensor& x, int64_t size, int64_t stride, int64_t padding, bool ceil) {
  if (suits(x, {size, stride, padding, ceil})) return MaxPool2d::apply(x, size, stride, padding, ceil);
  return at::max_pool2d(x, size, stride, padding, 1, ceil);
}

}  // namespace
}  // namespace rca

TORCH_LIBRARY(rca, library) {
  library.def("conv2d(Tensor x, Tensor weight, Tensor? bias, int stride, int padding, int dilation, bool relu) -> Tensor", rca::conv2d);
  library.def("max_pool2d(Tensor x, int size, int stride, int padding, bool ceil) -> Tensor", rca::max_pool2d);
}
