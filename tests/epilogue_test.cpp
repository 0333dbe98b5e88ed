// SPDX-License-Identifier: Apache-2.0
// Accumulators become outputs on each target as the definition of requantization says, and no
// memory beside the outputs is touched.
#include "octet/kernel/epilogue.hpp"

#include <vector>

#include "support/backends.hpp"
#include "support/lanes.hpp"
#include "support/roundings.hpp"
#include "support/values.hpp"

struct TestRequantization {
  void (*requantize)(const std::int32_t* x, const octet::PanelConstants& constants, int channel,
                     octet::Rounding rounding, std::int32_t* out);
  void (*requantize_sums)(const std::int64_t* sums, const std::int32_t* multiplier,
                          const std::int32_t* shift, std::int32_t* out);
};

template <class T>
struct TestOutputs {
  // These two do nothing for more than a byte.
  void (*narrow4)(const std::int32_t* in, const octet::OutputRange& range, T* rows);
  void (*store_rows)(const T* values, int rows, T* out, std::int64_t stride);
  void (*finish_block)(std::int32_t* accumulators, int rows, int columns, int width,
                       const octet::PanelConstants& constants, const octet::OutputRange& range,
                       octet::Epilogue epilogue, T* out, std::int64_t stride);
};

#define OCTET_KERNEL "epilogue_kernel-inl.hpp"
#include "octet/detail/foreach_target.hpp"

namespace {

using octet::Layout;
using octet::Rounding;

const TestRequantization& requantization_of(const octet::Backend& backend) {
  static constexpr const TestRequantization* kOf[] = OCTET_OF_EACH_TARGET(kTestRequantization);
  return *kOf[backend.index];
}

template <class T>
const TestOutputs<T>& outputs_of(const octet::Backend& backend) {
  static constexpr const TestOutputs<T>* kOf[] = OCTET_OF_EACH_TARGET(kTestOutputs<T>);
  return *kOf[backend.index];
}

std::int32_t random_multiplier(Random& random) {
  switch (random.in(0, 6)) {
    case 0: return 0;
    case 1: return (1 << 30) + random.in(0, 2);
    case 2: return kHighest - random.in(0, 2);
    default: return random.in(1 << 30, kHighest);
  }
}

// Of outputs of a type, `min` and `max` of an output stage or an output range.
template <class Out, class Bounds>
void draw_bounds(Random& random, Bounds& bounds) {
  using Limits = std::numeric_limits<Out>;
  bounds.min = random.in(Limits::min(), Limits::max());
  bounds.max = random.in(bounds.min, Limits::max());
}

// A panel of `columns` channels of one weight of zero: constants are all that matters.
struct ConstantsPanel {
  GuardedBuffer<std::byte> memory;
  octet::PanelConstants constants;

  ConstantsPanel(const Layout& layout, int columns, const octet::OutputStage& stage,
                 octet::Epilogue epilogue = octet::Epilogue::vector,
                 std::span<const std::int32_t> bias = {})
      : memory(static_cast<std::int64_t>(octet::detail::panel_bytes(layout, 1, columns)),
               Guard::after) {
    octet::detail::pack_constants(
        layout, 1, columns,
        {octet::detail::quantization_of<std::int8_t>(0, 0), stage, bias, epilogue},
        [](int column) { return column; }, [](std::int64_t, std::int32_t) { return 0; },
        memory.span().data());
    constants = octet::detail::panel_constants(memory.span().data(), columns);
  }
};

// What accumulators are combined with, by exclusive or, before they are requantized.
std::int32_t bias_of(const Layout& layout) {
  return layout.requantize_form == octet::RequantizeForm::biased ? octet::kAccumulatorBias : 0;
}

// Whether instructions that double and round requantize every accumulator exactly.
bool suits_all(const Layout& layout, Rounding rounding) {
  return layout.requantize_form == octet::RequantizeForm::doubling &&
         octet::rounds_products(rounding);
}

// Whether vectors requantize this one exactly, and add that zero point.
bool suits_vectors(const Layout& layout, Rounding rounding, std::int32_t x, std::int32_t multiplier,
                   std::int32_t shift, std::int32_t zero_point) {
  const std::int32_t left = std::max(shift, 0);
  return suits_all(layout, rounding) ||
         octet::closed_form_fits_int32(x << left, multiplier,
                                       octet::requantize_constants(shift - left, rounding),
                                       zero_point);
}

}  // namespace

TEST_CASE("vectors requantize as the definition says") {
  const Rounding rounding = octet::kRoundings[GENERATE(range(std::size_t{0}, kClosedForms))];
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    const Layout& layout = layout_of(backend);
    const int columns = 2 * layout.lanes;
    const bool doubling = layout.requantize_form == octet::RequantizeForm::doubling;
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
          requantization_of(backend).requantize(x.data(), panel.constants, channel, rounding,
                                                out.data());
          for (int lane = 0; lane < layout.lanes; ++lane) {
            const auto c = static_cast<std::size_t>(channel + lane);
            const std::int32_t accumulator = x[lane] ^ bias_of(layout);
            const bool folds = !doubling && octet::has_room_for_zero_point(zero_point, -shift[c]);
            const std::int32_t folded = folds ? zero_point : 0;
            if (!suits_vectors(layout, rounding, accumulator, multiplier[c], shift[c], folded)) {
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

TEMPLATE_TEST_CASE("four vectors are narrowed to bytes that saturate", "", std::int8_t,
                   std::uint8_t) {
  using Limits = std::numeric_limits<TestType>;
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    const Layout& layout = layout_of(backend);
    const TestOutputs<TestType>& outputs = outputs_of<TestType>(backend);
    const int size = 4 * layout.lanes;
    Vector<std::int32_t> wide(size);
    Vector<TestType> rows(size);
    for (int i = 0; i < 200; ++i) {
      octet::OutputRange range{0, Limits::min(), Limits::max()};
      if (random.one_in(2)) draw_bounds<TestType>(random, range);
      for (std::int32_t& x : wide.span()) {
        x = random.one_in(2) ? random.in(-600, 600) : random_accumulator(random, kHighest);
      }
      outputs.narrow4(wide.data(), range, rows.data());
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
        outputs.store_rows(rows.data(), height, stored.data(), stride);
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
      requantization_of(backend).requantize_sums(sums.data(), multiplier.data(), shift.data(),
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
        const bool any = epilogue == octet::Epilogue::scalar || suits_all(layout, rounding);
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
        if (random.one_in(2)) draw_bounds<Out>(random, stage);
        Vector<std::int32_t> accumulators(rows * width);
        for (int i = 0; i < rows * width; ++i) {
          const auto c = static_cast<std::size_t>(i % width);
          // With a zero point for which there is room that suits every second one at least.
          do {
            accumulators[i] = random_accumulator(random, magnitude);
          } while (!any && !suits_vectors(layout, rounding, accumulators[i], multiplier[c],
                                          shift[c], zero_point));
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
        outputs_of<Out>(backend).finish_block(
            accumulators.data(), rows, columns, width, panel.constants,
            octet::detail::output_range<Out>(stage), epilogue, out.data(), stride);
        CAPTURE(columns, static_cast<int>(epilogue), rows, stride);
        REQUIRE(difference<Out>(out.span(), expected.span()) == "");
      }
    }
  });
}

TEMPLATE_TEST_CASE("roundings without a closed form are finished twice, and near halves once more",
                   "", std::int8_t, std::uint8_t, std::int16_t) {
  using Out = TestType;
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    const Layout& layout = layout_of(backend);
    if (layout.lanes == 1) return;
    for (std::int64_t i = test_iterations(300); i > 0; --i) {
      const int columns = random.in(1, layout.panel_columns());
      const auto width = static_cast<int>(octet::detail::round_up(columns, layout.lanes));
      const int rows = random.in(1, layout.micro_rows);
      const Rounding rounding = random.one_in(2) ? Rounding::float32_half_even : Rounding::nvdla;
      // What a channel with a weight of 0 adds up to is its bias: accumulators between 0 and it.
      std::vector<std::int32_t> multiplier, shift, bias;
      octet::OutputStage stage{.rounding = rounding};
      stage.zero_point = random.one_in(2) ? 0 : random.in(-128, 127);
      for (int c = 0; c < width; ++c) {
        multiplier.push_back(random_multiplier(random));
        shift.push_back(-random.in(0, stage.zero_point == 0 ? 31 : 20));
        bias.push_back(random.in(kLowest / 2, kHighest / 2) >> random.in(0, 24));
      }
      stage.multiplier = multiplier;
      stage.shift = shift;
      if (random.one_in(2)) draw_bounds<Out>(random, stage);
      const std::int64_t stride = columns + random.in(0, 3);
      Vector<std::int32_t> accumulators(rows * width);
      Vector<Out> out((rows - 1) * stride + columns), expected((rows - 1) * stride + columns);
      for (int k = 0; k < rows * width; ++k) {
        const auto c = static_cast<std::size_t>(k % width);
        const std::int32_t most = bias[c];
        accumulators[k] = random.in(std::min(most, 0), std::max(most, 0));
        if (random.one_in(2)) accumulators[k] >>= random.in(0, 16);
        // Near a half of a power of two, where there are ties.
        if (random.one_in(2)) accumulators[k] &= -1 << random.in(0, 16);
        if (accumulators[k] < std::min(most, 0)) accumulators[k] = most;
        if (k % width < columns) {
          expected[static_cast<int>(k / width * stride) + k % width] =
              octet::requantize<Out>(accumulators[k], stage, static_cast<std::int32_t>(c));
        }
        accumulators[k] ^= bias_of(layout);
      }
      const ConstantsPanel panel(layout, width, stage, octet::Epilogue::vector_twice, bias);
      outputs_of<Out>(backend).finish_block(accumulators.data(), rows, columns, width,
                                            panel.constants,
                                            octet::detail::output_range<Out>(stage),
                                            octet::Epilogue::vector_twice, out.data(), stride);
      CAPTURE(columns, rows, stride, octet::to_string(rounding));
      REQUIRE(difference<Out>(out.span(), expected.span()) == "");
    }
  });
}
