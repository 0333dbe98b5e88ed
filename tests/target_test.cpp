// SPDX-License-Identifier: Apache-2.0
// Each word of the vocabulary of each target does what scalar code does, and touches no more memory
// than it says.
#include <cstring>
#include <deque>
#include <numeric>

#include "octet/kernel/epilogue.hpp"
#include "octet/kernel/table/look_up.hpp"
#include "support/backends.hpp"
#include "support/lanes.hpp"
#include "support/values.hpp"

struct TestVocabulary {
  void (*arithmetic)(const std::int32_t* a, const std::int32_t* b, std::int32_t* sum,
                     std::int32_t* difference, std::int32_t* lower, std::int32_t* higher);
  void (*splat_acc)(std::int32_t x, std::int32_t* out);
  void (*shift_left)(const std::int32_t* x, const std::int32_t* count, std::int32_t* out);
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
  // Kernels themselves, which are hardly more than the words they are made of.
  void (*look_up)(const std::uint8_t* entries, std::int64_t count, const void* x, void* y);
};

template <class T>
struct TestTypedVocabulary {
  void (*widen)(const T* in, std::int32_t* out);
  void (*narrow)(const std::int32_t* in, T* out);
  // Blocks of bytes; these do nothing for more than a byte.
  void (*unzip)(const std::int32_t* in, T* out);
  void (*compare_bytes)(const T* a, const T* b, const octet::OutputRange& range, T* higher,
                        T* clamped);
  void (*sum_bytes)(const T* in, int count, std::int32_t* out);
};

#define OCTET_KERNEL "target_kernel-inl.hpp"
#include "octet/detail/foreach_target.hpp"

namespace {

using octet::Layout;

const TestVocabulary& vocabulary_of(const octet::Backend& backend) {
  static constexpr const TestVocabulary* kVocabularies[] = OCTET_OF_EACH_TARGET(kTestVocabulary);
  return *kVocabularies[backend.index];
}

template <class T>
const TestTypedVocabulary<T>& vocabulary_of(const octet::Backend& backend) {
  static constexpr const TestTypedVocabulary<T>* kVocabularies[] =
      OCTET_OF_EACH_TARGET(kTestTypedVocabulary<T>);
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

}  // namespace

TEST_CASE("lanes are added, subtracted and compared") {
  for_each_vocabulary([](const TestVocabulary& vocabulary, const Layout& layout, Random& random) {
    const int lanes = layout.lanes;
    Vector<std::int32_t> a(lanes), b(lanes), sum(lanes), difference(lanes), lower(lanes),
        higher(lanes);
    constexpr std::int32_t kHalf = 1 << 30;  // so that differences fit 32 bits
    for (int i = 0; i < 200; ++i) {
      for (int lane = 0; lane < lanes; ++lane) {
        a[lane] = random_accumulator(random, kHalf);
        b[lane] = random_accumulator(random, kHalf - 1);
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
