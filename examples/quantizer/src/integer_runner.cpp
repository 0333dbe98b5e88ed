// SPDX-License-Identifier: Apache-2.0
#include "octet_quantizer/integer_runner.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <utility>

#include "octet/quantize/quantize.hpp"

namespace octet_quantizer {

namespace {

using octet_engine::TensorType;

octet::TensorQuantization quantization_of(const octet_engine::Tensor& tensor) {
  return {tensor.quantization.scales[0],
          static_cast<std::int32_t>(tensor.quantization.zero_point(0))};
}

// call(T{}) with the type of a tensor's elements.
template <class Call>
auto with_elements(const octet_engine::Tensor& tensor, const Call& call) {
  switch (tensor.type) {
    case TensorType::int16: return call(std::int16_t{});
    case TensorType::uint8: return call(std::uint8_t{});
    default: return call(std::int8_t{});
  }
}

std::vector<float> to_reals(const octet_engine::Tensor& tensor, std::span<const std::byte> bytes) {
  if (tensor.type == TensorType::float32) {
    std::vector<float> reals(bytes.size() / sizeof(float));
    std::memcpy(reals.data(), bytes.data(), bytes.size());
    return reals;
  }
  return with_elements(tensor, [&]<class T>(T) {
    std::vector<T> elements(bytes.size() / sizeof(T));
    std::memcpy(elements.data(), bytes.data(), bytes.size());
    std::vector<float> reals(elements.size());
    octet::dequantize<T>(elements, quantization_of(tensor), reals);
    return reals;
  });
}

}  // namespace

Expected<std::unique_ptr<IntegerRunner>> IntegerRunner::create(std::vector<std::byte> file) {
  auto model = octet_engine::Model::parse(std::move(file));
  if (!model) return model.error();
  std::unique_ptr<IntegerRunner> runner(new IntegerRunner(std::move(*model)));
  auto engine = octet_engine::Engine::create(runner->model_);
  if (!engine) return engine.error();
  runner->engine_ = std::make_unique<octet_engine::Engine>(std::move(*engine));
  return runner;
}

void IntegerRunner::run(const Sample& sample, const std::function<void(std::size_t)>& after) {
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const octet_engine::Tensor& tensor = engine_->input_tensor(i);
    const std::span<std::byte> memory = engine_->input(i);
    if (tensor.type == TensorType::float32) {
      std::memcpy(memory.data(), sample[i].data(), memory.size());
      continue;
    }
    with_elements(tensor, [&]<class T>(T) {
      std::vector<T> elements(sample[i].size());
      octet::quantize<T>(sample[i], quantization_of(tensor), elements);
      std::memcpy(memory.data(), elements.data(), memory.size());
    });
  }
  after ? engine_->run(after) : engine_->run();
}

std::vector<float> IntegerRunner::reals_of(std::int32_t tensor) const {
  return to_reals(model_.tensor(tensor), engine_->tensor(tensor));
}

std::vector<float> IntegerRunner::output(std::size_t i) const {
  return to_reals(engine_->output_tensor(i), engine_->output(i));
}

octet::RealRange IntegerRunner::range_of(std::int32_t index) const {
  const octet_engine::Tensor& tensor = model_.tensor(index);
  return with_elements(tensor,
                       [&]<class T>(T) { return octet::real_range<T>(quantization_of(tensor)); });
}

double IntegerRunner::microseconds(int runs) {
  using Clock = std::chrono::steady_clock;
  double fastest = std::numeric_limits<double>::infinity();
  for (int i = 0; i < runs; ++i) {
    const Clock::time_point start = Clock::now();
    engine_->run();
    const std::chrono::duration<double, std::micro> time = Clock::now() - start;
    fastest = std::min(fastest, time.count());
  }
  return fastest;
}

}  // namespace octet_quantizer
