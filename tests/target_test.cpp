// SPDX-License-Identifier: Apache-2.0
// Each word of the vocabulary of each target does what scalar code does, and touches no more memory
// than it says.
#include <cstring>
#include <deque>
#include <numeric>

#include "octet/kernel/epilogue.hpp"
#include "octet/kernel/table/look_up.hpp"
#include "support/backends.hpp"
#include "support/guarded_buffer.hpp"
#include "support/roundings.hpp"
#include "support/values.hpp"

struct TestVocabulary {
  void (*arithmetic)(const std::int32_t* a, const std::int32_t* b, std::int32_t* sum,
                     std::int32_t* difference, std::int32_t* lower, std::int32_t* higher);
  void (*splat_acc)(std::int32_t x, std::int32_t* out);
  void (*shift_left)(const std::int32_t* x, const std::int32_t* count, std::int32_t* out);
  void (*requantize)(const std::int32_t* x, const octet::PanelConstants& constants, int channel,
                     octet::Rounding rounding, std::int32_t* out);
  void (*pack)(const std::uint8_t* in, bool is_signed, void* out);
  // sum + group * weights
  void (*dot)(const std::int32_t* sum, const void* group, const void* weights, std::int32_t* out);
  // sum + each group of a vector of packed activations * weights; false where there is no such word
  bool (*dot_elements)(const std::int32_t* sum, const void* groups, const void* weights,
                       std::int32_t* out);
  // zip(rows) * weights
  void (*dot_zipped)(const std::uint8_t* const* rows, bool is_signed, const void* weights,
                     std::int32_t* out);
  // Up to Layout::bands parts; otherwise it does nothing.
  void (*load_parts)(const std::uint8_t* const* places, int parts, bool is_signed, void* out);
  // 16-bit activations: sums += group * weights, and zip(rows) * weights in the order of the rows.
  void (*dot_words)(const std::int16_t* group, const void* weights, std::int64_t* sums);
  void (*dot_zipped_words)(const std::int16_t* const* rows, const void* weights, std::int16_t* out);
  void (*requantize_sums)(const std::int64_t* sums, const std::int32_t* multiplier,
                          const std::int32_t* shift, std::int32_t* out);
  // Kernels themselves, which are hardly more than the words they are made of.
  void (*look_up)(const std::uint8_t* entries, std::int64_t count, const void* x, void* y);
};

template <class T>
struct TestTypedVocabulary {
  void (*widen)(const T* in, std::int32_t* out);
  void (*narrow)(const std::int32_t* in, T* out);
  // These three do nothing for more than a byte.
  void (*narrow4)(const std::int32_t* in, const octet::OutputRange& range, T* rows);
  void (*unzip)(const std::int32_t* in, T* out);
  void (*store_rows)(const T* values, int rows, T* out, std::int64_t stride);
  void (*finish_block)(std::int32_t* accumulators, int rows, int columns, int width,
                       const octet::PanelConstants& constants, const octet::OutputRange& range,
                       octet::Epilogue epilogue, T* out, std::int64_t stride);
  // Blocks of bytes; these two do nothing for more than a byte either.
  void (*compare_bytes)(const T* a, const T* b, const octet::OutputRange& range, T* higher,
                        T* clamped);
  void (*sum_bytes)(const T* in, int count, std::int32_t* out);
};

#define OCTET_KERNEL "target_kernel-inl.hpp"
#include "octet/detail/foreach_target.hpp"

namespace {

using octet::Layout;
using octet::Rounding;

const TestVocabulary& vocabulary_of(const octet::Backend& backend) {
  static constexpr const TestVocabulary* kVocabularies[] = {
#define OCTET_TEST_VOCABULARY(target) &octet::target::kTestVocabulary,
      OCTET_FOR_EACH_BACKEND(OCTET_TEST_VOCABULARY)
#undef OCTET_TEST_VOCABULARY
  };
  return *kVocabularies[backend.index];
}

template <class T>
const TestTypedVocabulary<T>& vocabulary_of(const octet::Backend& backend) {
  static constexpr const TestTypedVocabulary<T>* kVocabularies[] = {
#define OCTET_TEST_VOCABULARY(target) &octet::target::kTestTypedVocabulary<T>,
      OCTET_FOR_EACH_BACKEND(OCTET_TEST_VOCABULARY)
#undef OCTET_TEST_VOCABULARY
  };
  return *kVocabularies[backend.index];
}

// body(vocabulary, layout, random) for every backend of this machine; for_each_typed_vocabulary<T>
// with what depends on the type of elements.
template <class Body>
void for_each_vocabulary(const Body& body) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    body(vocabulary_of(backend), layout_of(backend), random);
  });
}

template <class T, class Body>
void for_each_typed_vocabulary(const Body& body) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    body(vocabulary_of<T>(backend), layout_of(backend), random);
  });
}

constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kHighest = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t kVectorLimit = 1 << 30;  // of the magnitude of differences and products

// One vector of values in guarded memory.
template <class T>
struct Vector : GuardedBuffer<T> {
  explicit Vector(std::int64_t size) : GuardedBuffer<T>(size, Guard::after) {}
  Vector(std::span<const T> content) : GuardedBuffer<T>(content, Guard::after) {}
  T* data() { return this->span().data(); }
  T& operator[](int i) { return this->span()[static_cast<std::size_t>(i)]; }
};

// Any value, values near the ends of the range, near zero, and powers of two with their neighbours.
std::int32_t random_accumulator(Random& random, std::int32_t magnitude) {
  switch (random.in(0, 4)) {
    case 0: return magnitude - random.in(0, 3);
    case 1: return -magnitude + random.in(0, 3);
    case 2: return random.in(-300, 300);
    case 3: {
      const std::int32_t power = (1 << random.in(0, 30)) + random.in(-1, 1);
      return std::clamp(random.one_in(2) ? power : -power, -magnitude, magnitude);
    }
    default: return random.in(-magnitude, magnitude);
  }
}

std::int32_t random_multiplier(Random& random) {
  switch (random.in(0, 6)) {
    case 0: return 0;
    case 1: return (1 << 30) + random.in(0, 2);
    case 2: return kHighest - random.in(0, 2);
    default: return random.in(1 << 30, kHighest);
  }
}

// A panel of `columns` channels of one weight of zero: constants are all that matters.
struct ConstantsPanel {
  GuardedBuffer<std::byte> memory;
  octet::PanelConstants constants;

  ConstantsPanel(const Layout& layout, int columns, const octet::OutputStage& stage,
                 octet::Epilogue epilogue = octet::Epilogue::vector)
      : memory(static_cast<std::int64_t>(octet::detail::panel_bytes(layout, 1, columns)),
               Guard::after) {
    octet::detail::pack_constants(
        layout, 1, columns,
        {octet::detail::quantization_of<std::int8_t>(0, 0), stage, {}, epilogue},
        [](int column) { return column; }, [](std::int64_t, std::int32_t) { return 0; },
        memory.span().data());
    constants = octet::detail::panel_constants(memory.span().data(), columns);
  }
};

// What accumulators are combined with, by exclusive or, before they are requantized.
std::int32_t bias_of(const Layout& layout) {
  return layout.requantize_form == octet::RequantizeForm::biased ? octet::kAccumulatorBias : 0;
}

}  // namespace

TEST_CASE("lanes are added, subtracted and compared") {
  for_each_vocabulary([](const TestVocabulary& vocabulary, const Layout& layout, Random& random) {
    const int lanes = layout.lanes;
    Vector<std::int32_t> a(lanes), b(lanes), sum(lanes), difference(lanes), lower(lanes),
        higher(lanes);
    for (int i = 0; i < 200; ++i) {
      for (int lane = 0; lane < lanes; ++lane) {
        a[lane] = random_accumulator(random, kVectorLimit);
        b[lane] = random_accumulator(random, kVectorLimit - 1);
      }
      vocabulary.arithmetic(a.data(), b.data(), sum.data(), difference.data(), lower.data(),
                            higher.data());
      for (int lane = 0; lane < lanes; ++lane) {
        CAPTURE(lane, a[lane], b[lane]);
        REQUIRE(sum[lane] == a[lane] + b[lane]);
        REQUIRE(difference[lane] == a[lane] - b[lane]);
        REQUIRE(lower[lane] == std::min(a[lane], b[lane]));
        REQUIRE(higher[lane] == std::max(a[lane], b[lane]));
      }
      // Sums wrap.
      for (int lane = 0; lane < lanes; ++lane) a[lane] = b[lane] = kHighest - random.in(0, 9);
      vocabulary.arithmetic(a.data(), b.data(), sum.data(), difference.data(), lower.data(),
                            higher.data());
      for (int lane = 0; lane < lanes; ++lane) {
        REQUIRE(sum[lane] == static_cast<std::int32_t>(2u * static_cast<std::uint32_t>(a[lane])));
      }
    }
    for (const std::int32_t x : {0, 1, -1, kLowest, kHighest, 0x12345678}) {
      vocabulary.splat_acc(x, sum.data());
      for (int lane = 0; lane < lanes; ++lane) REQUIRE(sum[lane] == x);
    }
  });
}

TEST_CASE("lanes are shifted by counts of their own") {
  for_each_vocabulary([](const TestVocabulary& vocabulary, const Layout& layout, Random& random) {
    const int lanes = layout.lanes;
    Vector<std::int32_t> x(lanes), count(lanes), left(lanes);
    for (int i = 0; i < 400; ++i) {
      for (int lane = 0; lane < lanes; ++lane) {
        x[lane] = random_accumulator(random, kHighest) - random.in(0, 1);
        count[lane] = (i + lane) % 32;
      }
      vocabulary.shift_left(x.data(), count.data(), left.data());
      for (int lane = 0; lane < lanes; ++lane) {
        CAPTURE(lane, x[lane], count[lane]);
        REQUIRE(left[lane] == octet::shift_left_wrapping(x[lane], count[lane]));
      }
    }
  });
}

TEST_CASE("vectors requantize as the definition says") {
  const Rounding rounding = octet::kRoundings[GENERATE(range(std::size_t{0}, kClosedForms))];
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    const Layout& layout = layout_of(backend);
    const int columns = 2 * layout.lanes;
    const bool doubling = layout.requantize_form == octet::RequantizeForm::doubling;
    // Instructions that double and round are exact for every accumulator.
    const bool any = doubling && octet::rounds_products(rounding);
    Vector<std::int32_t> x(layout.lanes), out(layout.lanes);
    for (std::int64_t i = test_iterations(500); i > 0; --i) {
      std::vector<std::int32_t> multiplier, shift;
      for (int c = 0; c < columns; ++c) {
        multiplier.push_back(random_multiplier(random));
        shift.push_back(-static_cast<std::int32_t>((i + c) % 32));
      }
      // The zero point is folded into the constants where it fits.
      const std::int32_t zero_point = i % 4 == 0 ? 0 : random.in(-128, 255);
      const ConstantsPanel panel(layout, columns,
                                 {.zero_point = zero_point,
                                  .multiplier = multiplier,
                                  .shift = shift,
                                  .rounding = rounding});
      for (const int channel : {0, layout.lanes}) {
        for (int repeat = 0; repeat < 8; ++repeat) {
          for (int lane = 0; lane < layout.lanes; ++lane) {
            x[lane] = random_accumulator(random, kHighest) ^ bias_of(layout);
          }
          vocabulary_of(backend).requantize(x.data(), panel.constants, channel, rounding,
                                            out.data());
          for (int lane = 0; lane < layout.lanes; ++lane) {
            const auto c = static_cast<std::size_t>(channel + lane);
            const std::int32_t accumulator = x[lane] ^ bias_of(layout);
            const bool folds = !doubling && octet::has_room_for_zero_point(zero_point, -shift[c]);
            const std::int32_t folded = folds ? zero_point : 0;
            if (!any && !octet::closed_form_fits_int32(
                            accumulator, multiplier[c],
                            octet::requantize_constants(shift[c], rounding), folded)) {
              continue;
            }
            const std::int32_t expected = octet::multiply_by_quantized_multiplier(
                                              accumulator, multiplier[c], shift[c], rounding) +
                                          folded;
            if (out[lane] == expected) continue;
            CAPTURE(lane, x[lane], multiplier[c], shift[c], zero_point);
            REQUIRE(out[lane] == expected);
          }
        }
      }
    }
    SUCCEED();
  });
}

TEMPLATE_TEST_CASE("values are widened and narrowed", "", std::int8_t, std::uint8_t, std::int16_t,
                   std::int32_t) {
  using Limits = std::numeric_limits<TestType>;
  for_each_typed_vocabulary<TestType>(
      [](const auto& vocabulary, const Layout& layout, Random& random) {
        Vector<std::int32_t> wide(layout.lanes);
        Vector<TestType> narrow(layout.lanes);
        for (int i = 0; i < 100; ++i) {
          for (int lane = 0; lane < layout.lanes; ++lane) {
            narrow[lane] = random.one_in(4)
                               ? Limits::min()
                               : static_cast<TestType>(random.in(Limits::min(), Limits::max()));
          }
          vocabulary.widen(narrow.data(), wide.data());
          for (int lane = 0; lane < layout.lanes; ++lane) REQUIRE(wide[lane] == narrow[lane]);

          for (int lane = 0; lane < layout.lanes; ++lane) {
            wide[lane] = random.one_in(4) ? Limits::max() : random.in(Limits::min(), Limits::max());
          }
          vocabulary.narrow(wide.data(), narrow.data());
          for (int lane = 0; lane < layout.lanes; ++lane) REQUIRE(narrow[lane] == wide[lane]);
        }
      });
}

TEMPLATE_TEST_CASE("four vectors are narrowed to bytes that saturate", "", std::int8_t,
                   std::uint8_t) {
  using Limits = std::numeric_limits<TestType>;
  for_each_typed_vocabulary<TestType>(
      [](const auto& vocabulary, const Layout& layout, Random& random) {
        const int size = 4 * layout.lanes;
        Vector<std::int32_t> wide(size);
        Vector<TestType> rows(size);
        for (int i = 0; i < 200; ++i) {
          octet::OutputRange range{0, Limits::min(), Limits::max()};
          if (random.one_in(2)) {
            range.min = random.in(Limits::min(), Limits::max());
            range.max = random.in(range.min, Limits::max());
          }
          for (std::int32_t& x : wide.span()) {
            x = random.one_in(2) ? random.in(-600, 600) : random_accumulator(random, kHighest);
          }
          vocabulary.narrow4(wide.data(), range, rows.data());
          for (int v = 0; v < 4; ++v) {
            for (int lane = 0; lane < layout.lanes; ++lane) {
              const int place = v * layout.lanes + lane;
              CAPTURE(v, lane, wide[place], range.min, range.max);
              const std::int32_t expected = octet::clamp(wide[place], range.min, range.max);
              REQUIRE(rows[place] == expected);
            }
          }

          for (const int height : {2, 4}) {
            const int width = size / height, stride = width + random.in(0, 3);
            const int extent = (height - 1) * stride + width;
            const auto before = random_values<TestType>(random, extent);
            Vector<TestType> stored(extent);
            std::copy(before.begin(), before.end(), stored.data());
            vocabulary.store_rows(rows.data(), height, stored.data(), stride);
            for (int k = 0; k < extent; ++k) {
              const int column = k % stride, row = k / stride;
              CAPTURE(height, stride, k);
              REQUIRE(stored[k] == (column < width ? rows[row * width + column]
                                                   : before[static_cast<std::size_t>(k)]));
            }
          }
        }
      });
}

TEMPLATE_TEST_CASE("the vectors of a block become its pixels", "", std::int8_t, std::uint8_t) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    const Layout& layout = layout_of(backend);
    const int block = layout.zip_channels();
    const auto pixels = random_values<TestType>(random, 4 * block);
    Vector<std::int32_t> zipped(4 * block);
    for (int v = 0; v < layout.depth; ++v) {
      for (int pixel = 0; pixel < 4; ++pixel) {
        for (int lane = 0; lane < layout.lanes; ++lane) {
          const int channel = octet::detail::zipped_channel(layout, v, lane);
          zipped[(v * 4 + pixel) * layout.lanes + lane] =
              pixels[static_cast<std::size_t>(pixel * block + channel)];
        }
      }
    }
    Vector<TestType> out(4 * block);
    vocabulary_of<TestType>(backend).unzip(zipped.data(), out.data());
    REQUIRE(std::equal(pixels.begin(), pixels.end(), out.data()));
  });
}

TEMPLATE_TEST_CASE("blocks of bytes are compared and clamped", "", std::int8_t, std::uint8_t) {
  using Limits = std::numeric_limits<TestType>;
  for_each_typed_vocabulary<TestType>(
      [](const auto& vocabulary, const Layout& layout, Random& random) {
        const int size = 4 * layout.lanes;
        Vector<TestType> a(size), b(size), higher(size), clamped(size);
        for (int i = 0; i < 300; ++i) {
          octet::OutputRange range{0, Limits::min(), Limits::max()};
          if (random.one_in(2)) {
            range.min = random.in(Limits::min(), Limits::max());
            range.max = random.in(range.min, Limits::max());
          }
          for (auto* const x : {&a, &b}) {
            const auto values = random_values<TestType>(random, size);
            std::copy(values.begin(), values.end(), x->data());
          }
          vocabulary.compare_bytes(a.data(), b.data(), range, higher.data(), clamped.data());
          for (int k = 0; k < size; ++k) {
            CAPTURE(k, +a[k], +b[k], range.min, range.max);
            REQUIRE(higher[k] == std::max(a[k], b[k]));
            REQUIRE(clamped[k] == octet::clamp(a[k], range.min, range.max));
          }
        }
      });
}

TEST_CASE("bytes are looked up in any table") {
  for_each_vocabulary([](const auto& vocabulary, const Layout& layout, Random& random) {
    for (int i = 0; i < 100; ++i) {
      const auto entries = random.vector<std::uint8_t>(256);
      const std::int64_t size = i == 0 ? 256 : random.in(1, 5 * 4 * 4 * layout.lanes);
      auto x = random.vector<std::uint8_t>(size);
      if (i == 0) std::iota(x.begin(), x.end(), std::uint8_t{0});
      Vector<std::uint8_t> in(x);
      Vector<std::uint8_t> out(size);
      vocabulary.look_up(entries.data(), size, in.data(), out.data());
      for (int k = 0; k < size; ++k) {
        CAPTURE(k, +in[k]);
        REQUIRE(out[k] == entries[in[k]]);
      }
    }
  });
}

TEMPLATE_TEST_CASE("up to 256 blocks of bytes are summed exactly", "", std::int8_t, std::uint8_t) {
  using Limits = std::numeric_limits<TestType>;
  for_each_typed_vocabulary<TestType>(
      [](const auto& vocabulary, const Layout& layout, Random& random) {
        const int size = 4 * layout.lanes;
        Vector<std::int32_t> sums(size);
        for (int i = 0; i < 60; ++i) {
          const int count = i < 30 ? random.in(0, 256) : 256;
          Vector<TestType> in(count * size);
          const auto values = random_values<TestType>(random, count * size);
          std::copy(values.begin(), values.end(), in.data());
          if (i % 3 == 0) std::fill_n(in.data(), count * size, Limits::min());
          if (i % 3 == 1) std::fill_n(in.data(), count * size, Limits::max());
          vocabulary.sum_bytes(in.data(), count, sums.data());
          for (int k = 0; k < size; ++k) {
            std::int32_t expected = 0;
            for (int n = 0; n < count; ++n) expected += in[n * size + k];
            CAPTURE(k, count);
            REQUIRE(sums[k] == expected);
          }
        }
      });
}

TEST_CASE("bytes are moved into the domain of the target and multiplied exactly") {
  for_each_vocabulary([](const TestVocabulary& vocabulary, const Layout& layout, Random& random) {
    const int block = layout.zip_channels(), depth = layout.depth, lanes = layout.lanes;
    const int element = layout.element_bytes();
    Vector<std::byte> weights(block * depth), first_weights(block);
    std::vector<std::int32_t> weight(static_cast<std::size_t>(block * depth));
    std::deque<Vector<std::uint8_t>> rows;
    std::vector<const std::uint8_t*> pointers;
    for (int i = 0; i < depth; ++i) pointers.push_back(rows.emplace_back(block).data());
    Vector<std::byte> packed(block * element), group(depth * element);
    Vector<std::int32_t> out(block), sum(lanes), total(lanes), elements(lanes * lanes);
    for (std::int64_t n = test_iterations(300); n > 0; --n) {
      const bool is_signed = n % 2 == 0;
      for (auto& row : rows) {
        const auto values = random_values<std::uint8_t>(random, block);
        std::copy(values.begin(), values.end(), row.data());
      }
      const auto values = random_values<std::int8_t>(random, block * depth);
      for (int i = 0; i < block * depth; ++i) {
        weight[static_cast<std::size_t>(i)] = values[static_cast<std::size_t>(i)];
        weights[i] = static_cast<std::byte>(values[static_cast<std::size_t>(i)]);
      }
      const auto activation = [&](int row, int channel) {
        const std::uint8_t byte = rows[static_cast<std::size_t>(row)][channel];
        return octet::detail::to_domain(is_signed ? static_cast<std::int8_t>(byte) : int{byte},
                                        layout.domain, is_signed);
      };

      vocabulary.pack(pointers[0], is_signed, packed.data());
      for (int i = 0; i < block; ++i) {
        std::int16_t word;
        if (element == 2) {
          std::memcpy(&word, packed.data() + 2 * i, 2);
        } else if (layout.domain == octet::Domain::signed8) {
          word = static_cast<std::int8_t>(packed[i]);
        } else {
          word = static_cast<std::uint8_t>(packed[i]);
        }
        REQUIRE(word == activation(0, i));
      }

      vocabulary.dot_zipped(pointers.data(), is_signed, weights.data(), out.data());
      for (int v = 0; v < depth; ++v) {
        for (int lane = 0; lane < lanes; ++lane) {
          const int channel = octet::detail::zipped_channel(layout, v, lane);
          std::int32_t expected = 0;
          for (int i = 0; i < depth; ++i) {
            expected += activation(i, channel) *
                        weight[static_cast<std::size_t>((v * lanes + lane) * depth + i)];
          }
          CAPTURE(v, lane);
          REQUIRE(out[v * lanes + lane] == expected);
        }
      }

      for (int parts = 2; parts <= layout.bands; parts *= 2) {
        // Each part from a row of its own, behind which there is no memory.
        const int part = block / parts;
        std::deque<Vector<std::uint8_t>> places;
        std::vector<const std::uint8_t*> places_pointers;
        for (int i = 0; i < parts; ++i) {
          auto& place = places.emplace_back(part);
          std::copy_n(rows[0].data() + i * part, part, place.data());
          places_pointers.push_back(place.data());
        }
        Vector<std::byte> joined(block * element);
        vocabulary.load_parts(places_pointers.data(), parts, is_signed, joined.data());
        REQUIRE(std::equal(packed.span().begin(), packed.span().end(), joined.data()));
      }

      // The first group of the packed row times one vector of weights, onto sums that may wrap.
      std::memcpy(group.data(), packed.data(), group.size());
      std::memcpy(first_weights.data(), weights.data(), first_weights.size());
      for (int lane = 0; lane < lanes; ++lane) sum[lane] = random_accumulator(random, kHighest);
      vocabulary.dot(sum.data(), group.data(), first_weights.data(), total.data());
      for (int lane = 0; lane < lanes; ++lane) {
        auto expected = static_cast<std::uint32_t>(sum[lane]);
        for (int i = 0; i < depth; ++i) {
          expected += static_cast<std::uint32_t>(
              activation(0, i) * weight[static_cast<std::size_t>(lane * depth + i)]);
        }
        REQUIRE(total[lane] == static_cast<std::int32_t>(expected));
      }
      if (!vocabulary.dot_elements(sum.data(), packed.data(), first_weights.data(),
                                   elements.data())) {
        continue;
      }
      for (int i = 0; i < lanes; ++i) {
        vocabulary.dot(sum.data(), packed.data() + i * depth * element, first_weights.data(),
                       total.data());
        REQUIRE(std::equal(total.data(), total.data() + lanes, elements.data() + i * lanes));
      }
    }
  });
}

TEST_CASE("words are multiplied by bytes exactly") {
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    const Layout& layout = *octet::detail::kLayouts16x8[backend.index];
    const auto& vocabulary = vocabulary_of(backend);
    const int lanes = layout.lanes, depth = layout.depth, block = lanes * depth;
    Vector<std::int16_t> group(depth), out(block);
    Vector<std::int8_t> weights(block), zipped_weights(block * depth);
    Vector<std::int64_t> sums(lanes);
    for (int i = 0; i < 200; ++i) {
      if (random.one_in(4)) {
        std::fill_n(group.data(), depth, std::int16_t{-32768});
        std::fill_n(weights.data(), block, std::int8_t{-128});
      } else {
        random.fill(group.span());
        random.fill(weights.span());
      }
      std::vector<std::int64_t> expected;
      for (int lane = 0; lane < lanes; ++lane) {
        sums[lane] = static_cast<std::int64_t>(random.next()) >> 8;
        std::int64_t sum = sums[lane];
        for (int d = 0; d < depth; ++d) sum += group[d] * weights[lane * depth + d];
        expected.push_back(sum);
      }
      vocabulary.dot_words(group.data(), weights.data(), sums.data());
      REQUIRE(difference<std::int64_t>(sums.span(), expected) == "");

      // Small ones, whose sums 16 bits hold.
      std::deque<Vector<std::int16_t>> rows;
      std::vector<const std::int16_t*> pointers;
      for (int d = 0; d < depth; ++d) {
        auto& row = rows.emplace_back(block);
        random.fill(row.span(), -100, 100);
        pointers.push_back(row.data());
      }
      random.fill(zipped_weights.span());
      vocabulary.dot_zipped_words(pointers.data(), zipped_weights.data(), out.data());
      for (int v = 0; v < depth; ++v) {
        for (int lane = 0; lane < lanes; ++lane) {
          const int channel = octet::detail::zipped_channel(layout, v, lane);
          std::int32_t sum = 0;
          for (int d = 0; d < depth; ++d) {
            sum += rows[static_cast<std::size_t>(d)][channel] *
                   zipped_weights[(v * lanes + lane) * depth + d];
          }
          REQUIRE(out[channel] == sum);
        }
      }
    }
  });
}

TEST_CASE("sums of 64 bits requantize as the definition says") {
  Random random(test_seed());
  CAPTURE(random.seed());
  constexpr std::int64_t kMost = std::int64_t{1} << 47;
  for_each_backend([&](const octet::Backend& backend) {
    const int lanes = layout_of(backend).lanes;
    Vector<std::int64_t> sums(lanes);
    Vector<std::int32_t> multiplier(lanes), shift(lanes), out(lanes);
    for (int i = 0; i < 2000; ++i) {
      std::vector<std::int32_t> expected;
      for (int lane = 0; lane < lanes; ++lane) {
        const std::int64_t extremes[] = {-kMost, -kMost + 1, kMost - 1, -1, 0, 1};
        const std::int64_t any = static_cast<std::int64_t>(random.next()) >> 16;
        sums[lane] = random.one_in(4) ? extremes[random.in(0, 5)] : any >> random.in(0, 40);
        const std::int32_t whole = random_multiplier(random), exponent = random.in(-31, 7);
        multiplier[lane] = octet::reduced_multiplier(whole);
        shift[lane] = 15 - exponent;
        expected.push_back(octet::multiply_by_quantized_multiplier(sums[lane], whole, exponent));
      }
      vocabulary_of(backend).requantize_sums(sums.data(), multiplier.data(), shift.data(),
                                             out.data());
      REQUIRE(difference<std::int32_t>(out.span(), expected) == "");
    }
  });
}

TEMPLATE_TEST_CASE("blocks of accumulators are finished without touching what is beside them", "",
                   std::int8_t, std::uint8_t, std::int16_t, std::int32_t) {
  using Out = TestType;
  using Limits = std::numeric_limits<Out>;
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    const Layout& layout = layout_of(backend);
    for (int columns = 1; columns <= layout.panel_columns(); ++columns) {
      for (const auto epilogue :
           {octet::Epilogue::vector, octet::Epilogue::vector_left_shift, octet::Epilogue::scalar}) {
        const auto width = static_cast<int>(octet::detail::round_up(columns, layout.lanes));
        const int rows = random.in(1, layout.micro_rows);
        const std::int32_t left = epilogue == octet::Epilogue::vector ? 0 : random.in(0, 4);
        const Rounding rounding = octet::kRoundings[random.next() % kClosedForms];
        // Instructions that double and round are exact for every accumulator.
        const bool any = epilogue == octet::Epilogue::scalar ||
                         (layout.requantize_form == octet::RequantizeForm::doubling &&
                          octet::rounds_products(rounding));
        const std::int32_t magnitude = kHighest >> left;
        const std::int32_t zero_point =
            sizeof(Out) == 4 ? 0 : random.in(Limits::min(), Limits::max());
        // Vectors find the zero point in their constants.
        std::int32_t most_right = 31;
        while (!any && !octet::has_room_for_zero_point(zero_point, most_right)) {
          --most_right;
        }
        std::vector<std::int32_t> multiplier, shift;
        for (int c = 0; c < width; ++c) {
          multiplier.push_back(random_multiplier(random));
          shift.push_back(random.one_in(8) ? left : -random.in(0, most_right));
        }
        octet::OutputStage stage{
            .zero_point = zero_point, .multiplier = multiplier, .shift = shift};
        stage.rounding = rounding;
        if (random.one_in(2)) {
          stage.min = random.in(Limits::min(), Limits::max());
          stage.max = random.in(stage.min, Limits::max());
        }
        Vector<std::int32_t> accumulators(rows * width);
        for (int i = 0; i < rows * width; ++i) {
          const auto c = static_cast<std::size_t>(i % width);
          const std::int32_t shift_left = std::max(shift[c], 0);
          const auto constants = octet::requantize_constants(shift[c] - shift_left, rounding);
          // With a zero point for which there is room that suits every second one at least.
          do {
            accumulators[i] = random_accumulator(random, magnitude);
          } while (!any && !octet::closed_form_fits_int32(accumulators[i] << shift_left,
                                                          multiplier[c], constants, zero_point));
        }
        const std::int64_t stride = columns + random.in(0, 3);
        Vector<Out> out((rows - 1) * stride + columns), expected((rows - 1) * stride + columns);
        for (int r = 0; r < rows; ++r) {
          for (int c = 0; c < columns; ++c) {
            expected.span()[static_cast<std::size_t>(r * stride + c)] =
                sizeof(Out) == 4 ? static_cast<Out>(accumulators[r * width + c])
                                 : octet::requantize<Out>(accumulators[r * width + c], stage, c);
          }
        }
        for (std::int32_t& x : accumulators.span()) x ^= bias_of(layout);
        const ConstantsPanel panel(layout, width, stage, epilogue);
        vocabulary_of<Out>(backend).finish_block(
            accumulators.data(), rows, columns, width, panel.constants,
            octet::detail::output_range<Out>(stage), epilogue, out.data(), stride);
        CAPTURE(columns, static_cast<int>(epilogue), rows, stride);
        REQUIRE(difference<Out>(out.span(), expected.span()) == "");
      }
    }
  });
}
