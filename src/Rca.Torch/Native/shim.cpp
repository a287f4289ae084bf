// Boxed-dispatch shim over libtorch: one entry point, rt_call, runs any operator by name. The rest is
// lifetime, memory, autograd, autocast and process-wide settings. Every function that can fail returns 0
// for success and leaves its message in rt_last_error; no exception crosses into C#.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/Event.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/csrc/autograd/autograd.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#define API extern "C" __attribute__((visibility("default")))

// Which libtorch this is compiled against; CMake finds out.
#define TORCH_AT_LEAST(major, minor) (RT_TORCH_MAJOR > (major) || (RT_TORCH_MAJOR == (major) && RT_TORCH_MINOR >= (minor)))

// Raised with every change of a signature or layout below; Native.cs holds the same number.
constexpr int kShimVersion = 6;

// c10::optional became std::optional along the way: it is never named here.
using OptionalTensorList = decltype(std::declval<const c10::IValue&>().toOptionalTensorList());
using at::Tensor;
using c10::IValue;
using c10::TensorImpl;
using c10::TypeKind;

static thread_local std::string last_error;

template <class F>
static int guard(F&& f) noexcept {
  try {
    f();
    return 0;
  } catch (const c10::Error& e) {
    last_error = e.what_without_backtrace();
  } catch (const std::exception& e) {
    last_error = e.what();
  } catch (...) {
    last_error = "unknown C++ exception";
  }
  return 1;
}

API const char* rt_last_error() { return last_error.c_str(); }
API const char* rt_torch_version() { return RT_TORCH_VERSION; }
API int rt_shim_version() { return kShimVersion; }

// ---- handles: a TensorImpl* that owns one reference; null is the undefined tensor ----

static void* release_to_caller(Tensor t) {
  return t.defined() ? static_cast<void*>(t.unsafeReleaseTensorImpl()) : nullptr;
}

static Tensor new_reference(void* handle) {
  if (!handle) return Tensor();
  auto* impl = static_cast<TensorImpl*>(handle);
  c10::raw::intrusive_ptr::incref(impl);
  return Tensor(c10::intrusive_ptr<TensorImpl, c10::UndefinedTensorImpl>::reclaim(impl));
}

API void rt_release(void* handle) {
  if (handle) c10::raw::intrusive_ptr::decref(static_cast<TensorImpl*>(handle));
}

// ---- tagged values ----

enum Tag : int32_t { T_NONE, T_TENSOR, T_INT, T_DOUBLE, T_BOOL, T_STRING, T_INTS, T_DOUBLES, T_TENSORS, T_DEVICE };

struct Value {
  int32_t tag, n;
  union {
    int64_t i;
    double d;
    void* p;
  };
};
static_assert(sizeof(Value) == 16, "layout shared with C#");

// What the schema wants where a plain tag would be ambiguous.
enum ArgKind : uint8_t { K_PLAIN, K_FLOAT, K_INT_LIST, K_FLOAT_LIST, K_BOOL_LIST, K_TENSOR_LIST, K_OPTIONAL_TENSOR_LIST };

struct Operator {
  c10::OperatorHandle handle;
  const c10::FunctionSchema* schema;
  std::vector<ArgKind> kinds;
};

static ArgKind kind_of(c10::TypePtr t) {
  if (t->kind() == TypeKind::OptionalType) t = t->containedType(0);
  if (t->kind() == TypeKind::FloatType) return K_FLOAT;
  if (t->kind() != TypeKind::ListType) return K_PLAIN;
  switch (t->containedType(0)->kind()) {
    case TypeKind::FloatType: return K_FLOAT_LIST;
    case TypeKind::BoolType: return K_BOOL_LIST;
    case TypeKind::TensorType: return K_TENSOR_LIST;
    case TypeKind::OptionalType: return K_OPTIONAL_TENSOR_LIST;
    default: return K_INT_LIST;  // int, and SymInt from 2.0 on
  }
}

// The operator lives as long as the process; the caller keeps it.
API int rt_operator_find(const char* name, const char* overload, void** result) {
  return guard([&] {
    auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
    auto* op = new Operator{handle, &handle.schema(), {}};
    for (auto& a : op->schema->arguments()) op->kinds.push_back(kind_of(a.type()));
    *result = op;
  });
}

// Text results are copied; the return value is their full length, so that a caller can retry with room for it.
static int copy_text(const std::string& s, char* buffer, int capacity) {
  if (capacity > 0) {
    strncpy(buffer, s.c_str(), capacity - 1);
    buffer[capacity - 1] = 0;
  }
  return int(s.size());
}

API int rt_operator_schema(void* op, char* buffer, int capacity) {
  return copy_text(c10::toString(*static_cast<Operator*>(op)->schema), buffer, capacity);
}

template <class T, class S>
static IValue list_of(const Value& v) {
  c10::List<T> list;
  list.reserve(v.n);
  auto* p = static_cast<const S*>(v.p);
  for (int i = 0; i < v.n; i++) list.push_back(T(p[i]));
  return list;
}

static IValue to_ivalue(const Value& v, ArgKind kind, const c10::Argument& argument) {
  switch (v.tag) {
    case T_NONE: return IValue();
    case T_TENSOR: return v.p ? IValue(new_reference(v.p)) : IValue();
    case T_INT:
      if (kind == K_FLOAT) return IValue(double(v.i));
      if (kind == K_INT_LIST) {  // int[2]: one number stands for all
        c10::List<int64_t> list;
        for (int i = 0, n = argument.N() ? *argument.N() : 1; i < n; i++) list.push_back(v.i);
        return list;
      }
      return IValue(v.i);
    case T_DOUBLE: return IValue(v.d);
    case T_BOOL: return IValue(v.i != 0);
    case T_STRING: return IValue(std::string(static_cast<const char*>(v.p), v.n));
    case T_INTS:
      if (kind == K_FLOAT_LIST) return list_of<double, int64_t>(v);
      if (kind == K_BOOL_LIST) return list_of<bool, int64_t>(v);
      return list_of<int64_t, int64_t>(v);
    case T_DOUBLES: return list_of<double, double>(v);
    case T_TENSORS: {
      auto** p = static_cast<void**>(v.p);
      if (kind == K_OPTIONAL_TENSOR_LIST) {
        OptionalTensorList list;
        list.reserve(v.n);
        for (int i = 0; i < v.n; i++)
          if (p[i]) list.push_back(new_reference(p[i]));
          else list.push_back(OptionalTensorList::value_type());
        return list;
      }
      c10::List<Tensor> list;
      list.reserve(v.n);
      for (int i = 0; i < v.n; i++) list.push_back(new_reference(p[i]));
      return list;
    }
    case T_DEVICE: return IValue(c10::Device(static_cast<c10::DeviceType>(v.i), static_cast<c10::DeviceIndex>(v.n)));
  }
  TORCH_CHECK(false, "unknown tag ", v.tag, " for argument '", argument.name(), "'");
}

static void from_ivalue(IValue& r, Value& o) {
  o.n = 0;
  o.i = 0;
  if (r.isTensor()) {
    o.tag = T_TENSOR;
    o.p = release_to_caller(std::move(r).toTensor());
  } else if (r.isInt()) {
    o.tag = T_INT;
    o.i = r.toInt();
  } else if (r.isDouble()) {
    o.tag = T_DOUBLE;
    o.d = r.toDouble();
  } else if (r.isBool()) {
    o.tag = T_BOOL;
    o.i = r.toBool();
  } else if (r.isTensorList()) {
    auto v = r.toTensorVector();
    auto** p = static_cast<void**>(malloc(sizeof(void*) * (v.size() + 1)));
    for (size_t i = 0; i < v.size(); i++) p[i] = release_to_caller(std::move(v[i]));
    o.tag = T_TENSORS;
    o.n = int(v.size());
    o.p = p;  // the caller frees the array with rt_free
  } else if (r.isNone()) {
    o.tag = T_NONE;
  } else {
    TORCH_CHECK(false, "results of type ", r.tagKind(), " are not supported");
  }
}

API void rt_free(void* p) { free(p); }

// Arguments left out at the end take the schema's defaults. With rets null, results are dropped (in-place operators).
API int rt_call(void* operator_, const Value* args, int nargs, Value* rets, int nrets) {
  return guard([&] {
    auto& op = *static_cast<Operator*>(operator_);
    const auto& wanted = op.schema->arguments();
    TORCH_CHECK(nargs <= int(wanted.size()), op.schema->name(), ": too many arguments");
    torch::jit::Stack stack;
    stack.reserve(wanted.size());
    for (int i = 0; i < nargs; i++) stack.push_back(to_ivalue(args[i], op.kinds[i], wanted[i]));
    for (size_t i = nargs; i < wanted.size(); i++) {
      TORCH_CHECK(wanted[i].default_value().has_value(), op.schema->name(), ": argument '", wanted[i].name(), "' is required");
      stack.push_back(*wanted[i].default_value());
    }
    op.handle.callBoxed(&stack);
    if (!rets) return;
    TORCH_CHECK(int(stack.size()) == nrets, op.schema->name(), ": ", stack.size(), " results, ", nrets, " expected");
    for (int i = 0; i < nrets; i++) from_ivalue(stack[i], rets[i]);
  });
}

// ---- tensors and memory ----

API int rt_from_memory(const void* data, const int64_t* sizes, int ndim, int dtype, void** result) {
  return guard([&] {
    auto t = at::empty(at::IntArrayRef(sizes, ndim), at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)));
    memcpy(t.data_ptr(), data, t.nbytes());
    *result = release_to_caller(std::move(t));
  });
}

// Elements in memory order. They live as long as the tensor.
API int rt_data(void* handle, void** data, int64_t* bytes) {
  return guard([&] {
    auto t = new_reference(handle);
    TORCH_CHECK(t.device().is_cpu() && t.is_non_overlapping_and_dense(), "the elements are not one block of memory on the processor");
    *data = t.data_ptr();
    *bytes = int64_t(t.nbytes());
  });
}

static void copy_elements(const Tensor& t, void* destination, int64_t bytes) {
  TORCH_CHECK(int64_t(t.nbytes()) == bytes, "the tensor has ", t.nbytes(), " bytes, the destination ", bytes);
  memcpy(destination, t.data_ptr(), bytes);
}

API int rt_to_memory(void* handle, void* destination, int64_t bytes) {
  return guard([&] {
    c10::NoGradGuard no_grad;
    auto t = new_reference(handle).to(at::kCPU).contiguous();
    copy_elements(t, destination, bytes);
  });
}

// ---- readback: a tensor's elements on their way to the processor, for whom nobody waits before they are needed ----

struct Readback {
  Tensor elements; // in pinned memory where they come from a device
  std::optional<c10::Event> arrived; // of the device
};

API int rt_readback_start(void* handle, void** result) {
  return guard([&] {
    c10::NoGradGuard no_grad;
    auto t = new_reference(handle).contiguous();
    auto readback = std::make_unique<Readback>();
    if (t.device().is_cpu()) {
      readback->elements = t.clone();
    } else {
      readback->elements = at::empty(t.sizes(), t.options().device(at::kCPU).pinned_memory(true));
      readback->elements.copy_(t, true);
      readback->arrived.emplace(t.device().type());
      readback->arrived->record(c10::impl::VirtualGuardImpl(t.device().type()).getStream(t.device()));
    }
    *result = readback.release();
  });
}

API int rt_readback_take(void* readback_, void* destination, int64_t bytes) {
  return guard([&] {
    auto& readback = *static_cast<Readback*>(readback_);
    if (readback.arrived) {
#if TORCH_AT_LEAST(2, 4)
      readback.arrived->synchronize();
#else
      while (!readback.arrived->query()) std::this_thread::yield(); // there is nothing else to wait by
#endif
    }
    copy_elements(readback.elements, destination, bytes);
  });
}

API void rt_readback_free(void* readback) { delete static_cast<Readback*>(readback); }

struct Info {
  int32_t ndim, dtype, device, device_index;
  int64_t numel;
  int32_t requires_grad, is_leaf, contiguous, channels_last;
};

API int rt_info(void* handle, Info* info, int64_t* sizes, int capacity) {
  return guard([&] {
    auto t = new_reference(handle);
    *info = {int32_t(t.dim()), int32_t(t.scalar_type()), int32_t(t.device().type()), int32_t(t.device().index()), t.numel(),
             t.requires_grad(), t.is_leaf(), t.is_contiguous(), t.is_contiguous(at::MemoryFormat::ChannelsLast)};
    TORCH_CHECK(t.dim() <= capacity, "tensors of more than ", capacity, " dimensions are not supported");
    for (int d = 0; d < t.dim(); d++) sizes[d] = t.size(d);
  });
}

// ---- autograd ----

API int rt_set_requires_grad(void* handle, int on) {
  return guard([&] { new_reference(handle).set_requires_grad(on != 0); });
}

API int rt_grad(void* handle, void** result) {
  return guard([&] { *result = release_to_caller(new_reference(handle).grad()); });
}

API int rt_set_grad(void* handle, void* grad) {
  return guard([&] { new_reference(handle).mutable_grad() = new_reference(grad); });
}

API int rt_backward(void* handle) {
  return guard([&] { torch::autograd::backward({new_reference(handle)}, {}); });
}

API int rt_grad_mode(int on) {
  int before = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(on != 0);
  return before;
}

API int rt_grad_enabled() { return c10::GradMode::is_enabled(); }

// ---- autocast: what enter finds, leave restores ----

struct AutocastState {
  int32_t device, enabled, dtype;
};

// Of this thread, for a device.
API int rt_autocast_enabled(int device) {
#if TORCH_AT_LEAST(2, 4)
  return at::autocast::is_autocast_enabled(static_cast<c10::DeviceType>(device));
#else
  return device == int(c10::DeviceType::CPU) ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled();
#endif
}

API int rt_autocast_enter(int device, int dtype, AutocastState* before) {
  return guard([&] {
    before->device = device;
    before->enabled = rt_autocast_enabled(device);
#if TORCH_AT_LEAST(2, 4)
    auto d = static_cast<c10::DeviceType>(device);
    before->dtype = int32_t(at::autocast::get_autocast_dtype(d));
    at::autocast::set_autocast_dtype(d, static_cast<at::ScalarType>(dtype));
    at::autocast::set_autocast_enabled(d, true);
#else
    if (device == int(c10::DeviceType::CPU)) {
      before->dtype = int32_t(at::autocast::get_autocast_cpu_dtype());
      at::autocast::set_autocast_cpu_dtype(static_cast<at::ScalarType>(dtype));
      at::autocast::set_cpu_enabled(true);
    } else {
      before->dtype = int32_t(at::autocast::get_autocast_gpu_dtype());
      at::autocast::set_autocast_gpu_dtype(static_cast<at::ScalarType>(dtype));
      at::autocast::set_enabled(true);
    }
#endif
    at::autocast::increment_nesting();
  });
}

API int rt_autocast_leave(const AutocastState* before) {
  return guard([&] {
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    auto dtype = static_cast<at::ScalarType>(before->dtype);
#if TORCH_AT_LEAST(2, 4)
    auto d = static_cast<c10::DeviceType>(before->device);
    at::autocast::set_autocast_enabled(d, before->enabled);
    at::autocast::set_autocast_dtype(d, dtype);
#else
    if (before->device == int(c10::DeviceType::CPU)) {
      at::autocast::set_cpu_enabled(before->enabled);
      at::autocast::set_autocast_cpu_dtype(dtype);
    } else {
      at::autocast::set_enabled(before->enabled);
      at::autocast::set_autocast_gpu_dtype(dtype);
    }
#endif
  });
}

// ---- process-wide settings ----

API int rt_set_num_threads(int n) { return guard([&] { at::set_num_threads(n); }); }
API int rt_get_num_threads() { return at::get_num_threads(); }
API int rt_manual_seed(uint64_t seed) { return guard([&] { at::manual_seed(seed); }); }

// While it is on, operators without a way that repeats itself fail.
API int rt_set_deterministic(int on) {
  return guard([&] {
    auto& context = at::globalContext();
    context.setDeterministicAlgorithms(on, false);
    context.setDeterministicCuDNN(on);
#if TORCH_AT_LEAST(2, 2)
    context.setDeterministicFillUninitializedMemory(false);  // nothing here reads what it has not written
#endif
  });
}

API int rt_deterministic() { return at::globalContext().deterministicAlgorithms(); }
API int rt_cuda_available() { return at::hasCUDA(); }
API int rt_describe(char* buffer, int capacity) { return copy_text(at::show_config() + "\n" + at::get_parallel_info(), buffer, capacity); }
