// SPDX-License-Identifier: Apache-2.0
// The memory of an engine: tensors that meet never share bytes, and run() never touches the heap.
#include "octet_engine/arena.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <new>

#include "engine/support.hpp"
#include "support/random.hpp"

namespace {

constexpr std::size_t kDefault = alignof(std::max_align_t);

std::atomic<std::int64_t> allocations = 0;

// The allocation that fails, counted from the time it is set; none where it is negative.
std::atomic<std::int64_t> allocations_until_failure = -1;

void* allocate_or_null(std::size_t bytes, std::size_t alignment) {
  ++allocations;
  if (allocations_until_failure >= 0 && allocations_until_failure-- == 0) return nullptr;
  const std::size_t whole =
      (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
  return std::aligned_alloc(alignment, whole);
}

void* allocate(std::size_t bytes, std::size_t alignment) {
  void* const memory = allocate_or_null(bytes, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

// Every form is replaced: sanitizers bring their own of those that are not.
void* operator new(std::size_t bytes) { return allocate(bytes, kDefault); }
void* operator new[](std::size_t bytes) { return allocate(bytes, kDefault); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return allocate_or_null(bytes, kDefault);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return allocate_or_null(bytes, kDefault);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

using octet_engine::ArenaPlan;
using octet_engine::Lifetime;
using octet_engine::plan_arena;

void check_plan(const std::vector<Lifetime>& lifetimes, const ArenaPlan& plan) {
  REQUIRE(plan.offsets.size() == lifetimes.size());
  for (std::size_t a = 0; a < lifetimes.size(); ++a) {
    if (lifetimes[a].bytes == 0) continue;
    const std::size_t end = plan.offsets[a] + lifetimes[a].bytes;
    CHECK(plan.offsets[a] % octet::kAlignment == 0);
    CHECK(end <= plan.bytes);
    for (std::size_t b = 0; b < a; ++b) {
      const bool meet =
          lifetimes[a].first <= lifetimes[b].last && lifetimes[b].first <= lifetimes[a].last;
      const bool share =
          plan.offsets[a] < plan.offsets[b] + lifetimes[b].bytes && plan.offsets[b] < end;
      CHECK_FALSE((meet && share));
    }
  }
}

}  // namespace

TEST_CASE("A chain of tensors takes the memory of its two largest neighbours") {
  const std::vector<Lifetime> lifetimes = {{100, 0, 1}, {640, 1, 2}, {1280, 2, 3}, {64, 3, 4}};
  const ArenaPlan plan = plan_arena(lifetimes);
  check_plan(lifetimes, plan);
  CHECK(plan.bytes == 1280 + 640);
}

TEST_CASE("Tensors fill the gaps between larger ones") {
  const std::vector<Lifetime> lifetimes = {{640, 0, 9}, {320, 0, 3}, {128, 5, 9}, {64, 4, 9}};
  const ArenaPlan plan = plan_arena(lifetimes);
  check_plan(lifetimes, plan);
  CHECK(plan.bytes == 640 + 320);
}

TEST_CASE("Nothing takes no memory") {
  CHECK(plan_arena({}).bytes == 0);
  const std::vector<Lifetime> empty(3);
  CHECK(plan_arena(empty).bytes == 0);
}

TEST_CASE("Random tensors never overlap while both live") {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = 0; i < test_iterations(200); ++i) {
    std::vector<Lifetime> lifetimes(static_cast<std::size_t>(random.in(1, 40)));
    std::size_t sum = 0;
    for (Lifetime& lifetime : lifetimes) {
      lifetime.bytes = static_cast<std::size_t>(random.one_in(8) ? 0 : random.in(1, 5000));
      lifetime.first = static_cast<std::size_t>(random.in(0, 30));
      lifetime.last = lifetime.first + static_cast<std::size_t>(random.in(0, 10));
      sum += lifetime.bytes + octet::kAlignment;
    }
    const ArenaPlan plan = plan_arena(lifetimes);
    check_plan(lifetimes, plan);
    CHECK(plan.bytes <= sum);
  }
}

TEST_CASE("Tensors with very many neighbours never overlap either") {
  // All of them live until the last step.
  std::vector<Lifetime> lifetimes;
  for (std::size_t i = 0; i < 1000; ++i) lifetimes.push_back({1 + i % 7 * 100, i, 1000});
  check_plan(lifetimes, plan_arena(lifetimes));
}

TEST_CASE("Planning takes n log n") {
  // A chain, as nearly all models are, and tensors that all live to the end.
  const bool is_chain = GENERATE(true, false);
  const auto seconds = [&](std::size_t tensors) {
    std::vector<Lifetime> lifetimes;
    for (std::size_t i = 0; i < tensors; ++i) {
      lifetimes.push_back({64 + i * 31 % 5000, i, is_chain ? i + 1 : tensors});
    }
    double fastest = 1e9;
    for (int i = 0; i < 3; ++i) {
      const std::clock_t start = std::clock();
      const ArenaPlan plan = plan_arena(lifetimes);
      fastest = std::min(fastest, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
      CHECK(plan.bytes > 0);
    }
    return fastest;
  };
  // 4 times the tensors take a bit more than 4 times as long; in the square it would be 16.
  const double few = seconds(15000), many = seconds(60000);
  CAPTURE(is_chain, few, many);
  CHECK(many < 9 * few);
}

TEST_CASE("Wherever memory runs out, it is an error") {
  const std::vector<std::byte> bytes =
      engine_test::read(std::filesystem::path(OCTET_DIGITS_DIR) / "digits.tflite");
  bool is_enough = false;
  for (std::int64_t i = 0; !is_enough; ++i) {
    std::vector<std::byte> copy = bytes;
    allocations_until_failure = i;
    const auto model = octet_engine::Model::parse(std::move(copy));
    const auto engine = model ? octet_engine::Engine::create(*model)
                              : octet_engine::Expected<octet_engine::Engine>(model.error());
    is_enough = allocations_until_failure >= 0;
    allocations_until_failure = -1;
    CAPTURE(i);
    CHECK(is_enough == static_cast<bool>(engine));
    if (engine) continue;
    CHECK(engine.error().code == octet_engine::ErrorCode::memory);
    CHECK(engine.error().message.find("there is not enough memory for ") != std::string::npos);
  }
}

TEST_CASE("Engines share memory between tensors and never allocate while they run") {
  for (const std::filesystem::path& path : engine_test::model_files()) {
    const octet_engine::Model model = engine_test::load(path);
    for (const octet::Backend* backend : engine_test::backends()) {
      CAPTURE(path, backend->name);
      octet_engine::Engine engine = engine_test::create(model, *backend);
      CHECK(engine.memory().arena > 0);
      if (model.operators().size() > 5) CHECK(engine.memory().arena < engine.memory().tensors);

      const std::int64_t before = allocations;
      engine.run();
      engine.run();
      const std::int64_t after = allocations;
      CHECK(after == before);
    }
  }
}

TEST_CASE("No operation writes anything but its output while a tensor is still needed") {
  for (const std::filesystem::path& path : engine_test::model_files()) {
    CAPTURE(path);
    const octet_engine::Model model = engine_test::load(path);
    octet_engine::Engine engine = engine_test::create(model, octet::best_backend());
    // Values of every tensor when written, compared again by each operation that reads them.
    std::vector<std::vector<std::byte>> written(model.tensors().size());
    const auto keep = [&](std::int32_t tensor) {
      const auto bytes = engine.tensor(tensor);
      written[static_cast<std::size_t>(tensor)].assign(bytes.begin(), bytes.end());
    };
    for (const std::int32_t input : model.inputs()) keep(input);
    engine.run([&](std::size_t i) {
      const octet_engine::Operator& operation = model.operators()[i];
      for (const std::int32_t input : operation.inputs) {
        if (input == octet_engine::kAbsent || model.tensor(input).is_constant()) continue;
        CAPTURE(label(operation, i), input);
        CHECK(std::ranges::equal(engine.tensor(input), written[static_cast<std::size_t>(input)]));
      }
      for (const std::int32_t output : operation.outputs) keep(output);
    });
    for (const std::int32_t input : model.inputs()) {
      CHECK(std::ranges::equal(engine.tensor(input), written[static_cast<std::size_t>(input)]));
    }
  }
}
