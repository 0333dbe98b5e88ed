// SPDX-License-Identifier: Apache-2.0
#include <octet/average_pool2d.hpp>
#include <octet/max_pool2d.hpp>
#include <octet/reference/average_pool2d.hpp>
#include <octet/reference/max_pool2d.hpp>

#include "evaluate.hpp"

namespace conformance {
namespace {

struct AveragePool {
  template <class T>
  using Prepared = octet::AveragePool2d<T>;

  template <class T>
  static void reference(const octet::Pool2dParams& params, const T* input, T* output) {
    octet::reference::average_pool2d(params, input, output);
  }
};

struct MaxPool {
  template <class T>
  using Prepared = octet::MaxPool2d<T>;

  template <class T>
  static void reference(const octet::Pool2dParams& params, const T* input, T* output) {
    octet::reference::max_pool2d(params, input, output);
  }
};

template <class Pool>
Evaluation evaluate_pool(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input = file.tensor("input");
  const TensorInfo output = file.tensor_info("output");
  require(input.dtype == output.dtype, "input and output differ in dtype");

  octet::Pool2dParams params;
  params.input = input.nhwc("input");
  params.filter = file.extent("filter_size");
  params.stride = file.extent("stride");
  params.padding =
      file.padding(params.input, params.filter, params.stride, {1, 1}, output.nhwc("output"));
  file.activation(params.min, params.max);
  require(octet::output_shape(params) == output.nhwc("output"),
          "output.shape does not follow from the input's");
  require(params.padding.top < params.filter.h && params.padding.bottom < params.filter.h &&
              params.padding.left < params.filter.w && params.padding.right < params.filter.w,
          "padding holds a whole window");

  return visit_type<std::int8_t, std::uint8_t, std::int16_t>(
      input.dtype, "activations", [&](auto type) {
        using T = typename decltype(type)::type;
        const std::vector<T> x = input.as<T>();
        std::vector<T> y = unwritten<T>(output.size());
        if (backend == nullptr) {
          Pool::reference(params, x.data(), y.data());
          return output_of(y);
        }
        if constexpr (sizeof(T) == 1) {
          return run_prepared(Pool::template Prepared<T>::prepare(params, *backend), std::move(y),
                              x);
        } else {
          return skip("int16 activations on backends");
        }
      });
}

}  // namespace

const Operation operations::average_pool2d{"average_pool2d", Runs::everywhere,
                                           evaluate_pool<AveragePool>, nullptr};
const Operation operations::max_pool2d{"max_pool2d", Runs::everywhere, evaluate_pool<MaxPool>,
                                       nullptr};

}  // namespace conformance
