// SPDX-License-Identifier: Apache-2.0
#include "octet_quantizer/samples.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <random>
#include <string>

#include "octet_engine/files.hpp"
#include "octet_engine/npy.hpp"

namespace octet_quantizer {

namespace {

using octet_engine::NpyArray;
using octet_engine::TensorType;

template <class To, class From>
std::vector<To> cast_all(const std::vector<std::byte>& bytes) {
  std::vector<From> values(bytes.size() / sizeof(From));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  std::vector<To> cast;
  for (const From value : values) cast.push_back(static_cast<To>(value));
  return cast;
}

template <class To>
std::vector<To> values_of(const NpyArray& array) {
  switch (array.type) {
    case TensorType::int8: return cast_all<To, std::int8_t>(array.data);
    case TensorType::uint8: return cast_all<To, std::uint8_t>(array.data);
    case TensorType::int16: return cast_all<To, std::int16_t>(array.data);
    case TensorType::int32: return cast_all<To, std::int32_t>(array.data);
    case TensorType::int64: return cast_all<To, std::int64_t>(array.data);
    default: return cast_all<To, float>(array.data);
  }
}

std::size_t elements_of(const Network& network, std::int32_t input) {
  return static_cast<std::size_t>(shape_of(tensor_of(network, input)).size());
}

// All values of a file.
Expected<std::vector<float>> read_values(const std::filesystem::path& path) {
  if (path.extension() == ".npy") {
    const auto array = octet_engine::read_npy(path);
    if (!array) return array.error();
    return values_of<float>(*array);
  }
  const auto bytes = octet_engine::read_file(path);
  if (!bytes) return bytes.error();
  return cast_all<float, float>(*bytes);
}

// Uniform in [0, 1), the same on every machine.
class Uniform {
 public:
  explicit Uniform(std::uint32_t seed) : engine_(seed) {}
  float operator()() { return static_cast<float>(engine_() >> 8) / 0x1p24f; }

 private:
  std::mt19937 engine_;
};

// A pattern of low frequencies: sines of random direction, the finer the weaker.
class Pattern {
 public:
  explicit Pattern(Uniform& uniform) {
    for (Wave& wave : waves_) {
      const float y = 6 * uniform() - 3, x = 6 * uniform() - 3, phase = kTurn * uniform();
      wave = {y, x, phase, 1 / (1 + std::hypot(y, x))};
    }
  }

  // At a place in [0, 1) x [0, 1).
  float operator()(float row, float column) const {
    float sum = 0;
    for (const Wave& wave : waves_) {
      sum += wave.amplitude * std::sin(kTurn * (wave.y * row + wave.x * column) + wave.phase);
    }
    return sum;
  }

 private:
  static constexpr float kTurn = 2 * std::numbers::pi_v<float>;
  struct Wave {
    float y, x, phase, amplitude;
  };
  Wave waves_[8];
};

// One image, h x w x c, within [0, 1]. Its channels have most of what they show in common.
std::vector<float> draw_image(const octet::ShapeNhwc& shape, Uniform& uniform) {
  const float brightness = 0.3f + 0.4f * uniform(), contrast = 0.1f + 0.3f * uniform();
  const float colour = 0.3f * contrast * uniform(), noise = 0.04f * uniform();
  const Pattern light(uniform);
  std::vector<Pattern> tints;
  for (std::int32_t c = 0; c < shape.c; ++c) tints.emplace_back(uniform);
  std::vector<float> image;
  for (std::int32_t y = 0; y < shape.h; ++y) {
    for (std::int32_t x = 0; x < shape.w; ++x) {
      const float row = static_cast<float>(y) / static_cast<float>(shape.h);
      const float column = static_cast<float>(x) / static_cast<float>(shape.w);
      const float common = brightness + contrast * light(row, column);
      for (const Pattern& tint : tints) {
        const float value = common + colour * tint(row, column) + noise * (uniform() - 0.5f);
        image.push_back(std::clamp(value, 0.0f, 1.0f));
      }
    }
  }
  return image;
}

}  // namespace

Expected<Samples> Samples::load(const Network& network,
                                std::span<const std::filesystem::path> files) {
  const std::vector<std::int32_t>& inputs = graph_of(network).inputs;
  if (files.size() != inputs.size()) {
    return invalid("the network has " + std::to_string(inputs.size()) + " inputs, " +
                   std::to_string(files.size()) + " files were given");
  }
  Samples samples;
  for (std::size_t i = 0; i < files.size(); ++i) {
    auto values = read_values(files[i]);
    if (!values) return values.error();
    const std::size_t elements = elements_of(network, inputs[i]);
    if (values->empty() || values->size() % elements != 0) {
      return invalid(files[i].string() + " holds " + std::to_string(values->size()) +
                     " numbers, which are no whole samples of " + std::to_string(elements));
    }
    const std::size_t count = values->size() / elements;
    if (i > 0 && count != samples.size_) {
      return invalid(files[i].string() + " holds " + std::to_string(count) + " samples, " +
                     files[0].string() + " " + std::to_string(samples.size_));
    }
    samples.size_ = count;
    samples.inputs_.push_back(std::move(*values));
  }
  return samples;
}

Samples Samples::synthesize(const Network& network, std::size_t count,
                            const octet::RealRange& range, std::uint32_t seed) {
  Uniform uniform(seed);
  Samples samples;
  samples.size_ = count;
  for (const std::int32_t input : graph_of(network).inputs) {
    const Tensor& tensor = tensor_of(network, input);
    const bool is_image = tensor.shape.size() == 4;
    octet::ShapeNhwc shape = is_image ? nhwc_of(tensor) : octet::ShapeNhwc{};
    if (!is_image) shape.w = static_cast<std::int32_t>(elements_of(network, input));
    std::vector<float>& all = samples.inputs_.emplace_back();
    for (std::size_t i = 0; i < count * static_cast<std::size_t>(shape.n); ++i) {
      for (const float value : draw_image(shape, uniform)) {
        all.push_back(std::lerp(range.min, range.max, value));
      }
    }
  }
  return samples;
}

Sample Samples::operator[](std::size_t i) const {
  Sample sample;
  for (const std::vector<float>& all : inputs_) {
    const auto elements = static_cast<std::ptrdiff_t>(all.size() / size_);
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(i) * elements;
    sample.emplace_back(begin, begin + elements);
  }
  return sample;
}

Expected<std::vector<std::int64_t>> load_labels(const std::filesystem::path& path) {
  const auto array = octet_engine::read_npy(path);
  if (!array) return array.error();
  return values_of<std::int64_t>(*array);
}

}  // namespace octet_quantizer
