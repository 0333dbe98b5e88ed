// SPDX-License-Identifier: Apache-2.0
// What is found out about a processor, from the answers of machines that are made up.
#include "octet/detail/cpu.hpp"

#include <map>
#include <utility>

#include "support/catch.hpp"

#if defined(__x86_64__)
namespace {

using octet::detail::Cpu;
using octet::detail::detect_cpu;

// A machine with everything, whose answers tests change.
struct Machine {
  using Registers = octet::detail::ThisMachine::Registers;

  std::map<std::pair<unsigned, unsigned>, Registers> leaves = {
      {{1, 0}, {.c = 1u << 9 | 1u << 19 | 1u << 27}},
      {{7, 0},
       {.a = 1,
        .b = 1u << 5 | 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31,
        .c = 1u << 1 | 1u << 11,
        .d = 1u << 24 | 1u << 25}},
      {{7, 1}, {.a = 1u << 4}},
      {{0x1d, 0}, {.a = 1}},
      {{0x1d, 1}, {.a = 1024u << 16 | 8192, .b = 8u << 16 | 64, .c = 16}},
  };
  std::uint32_t saved = 0x600e7;
  bool grants_tiles = true;
  int* requests = nullptr;

  Registers cpuid(unsigned leaf, unsigned subleaf) const {
    const auto found = leaves.find({leaf, subleaf});
    return found == leaves.end() ? Registers{} : found->second;
  }
  std::uint32_t saved_registers() const { return saved; }
  bool request_tile_permission() const {
    if (requests != nullptr) ++*requests;
    return grants_tiles;
  }
};

// What is left of the machine that has everything after a change.
template <class Change>
Cpu detect_after(Change change) {
  Machine machine;
  change(machine);
  return detect_cpu(machine);
}

}  // namespace

TEST_CASE("a machine with everything has every instruction set") {
  const Cpu cpu = detect_cpu(Machine{});
  CHECK(cpu.sse41);
  CHECK(cpu.avx2);
  CHECK(cpu.avxvnni);
  CHECK(cpu.avx512vnni);
  CHECK(cpu.avx512vbmi);
  CHECK(cpu.amx_int8);
}

TEST_CASE("a machine without any answers has nothing") {
  const Cpu cpu = detect_after([](Machine& m) { m.leaves.clear(); });
  CHECK_FALSE(
      (cpu.sse41 || cpu.avx2 || cpu.avxvnni || cpu.avx512vnni || cpu.avx512vbmi || cpu.amx_int8));
}

TEST_CASE("amx_int8 needs its instructions, AVX512-VNNI, palettes, and leave to use tiles") {
  using Change = void (*)(Machine&);
  constexpr Change kChanges[] = {
      [](Machine& m) {
        m.leaves[{7, 0}].d &= ~(1u << 24);
      },
      [](Machine& m) {
        m.leaves[{7, 0}].d &= ~(1u << 25);
      },
      // The operating system saves neither half of the tile state, or one.
      [](Machine& m) { m.saved = 0xe7; },
      [](Machine& m) { m.saved = 0x200e7; },
      [](Machine& m) { m.saved = 0x400e7; },
      // Palettes.
      [](Machine& m) {
        m.leaves.erase({0x1d, 0});
      },
      [](Machine& m) {
        m.leaves.erase({0x1d, 1});
      },
      [](Machine& m) {
        m.leaves[{0x1d, 1}].a = 512u << 16 | 8192;
      },
      [](Machine& m) {
        m.leaves[{0x1d, 1}].b = 8u << 16 | 32;
      },
      [](Machine& m) {
        m.leaves[{0x1d, 1}].b = 4u << 16 | 64;
      },
      [](Machine& m) {
        m.leaves[{0x1d, 1}].c = 8;
      },
      [](Machine& m) { m.grants_tiles = false; },
  };
  for (const Change change : kChanges) {
    const Cpu cpu = detect_after(change);
    CHECK_FALSE(cpu.amx_int8);
    CHECK(cpu.avx512vnni);
  }
  CHECK_FALSE(detect_after([](Machine& m) { m.leaves[{7, 0}].c = 0; }).amx_int8);
}

TEST_CASE("AVX512_VBMI is a part of avx512vnni that may be missing") {
  const Cpu without = detect_after([](Machine& m) { m.leaves[{7, 0}].c &= ~(1u << 1); });
  CHECK(without.avx512vnni);
  CHECK_FALSE(without.avx512vbmi);
  CHECK_FALSE(detect_after([](Machine& m) { m.saved = 0x60007; }).avx512vbmi);
}

TEST_CASE("leave to use tiles is asked for once, and only where it would be used") {
  int requests = 0;
  detect_after([&](Machine& m) { m.requests = &requests; });
  CHECK(requests == 1);
  requests = 0;
  detect_after([&](Machine& m) {
    m.requests = &requests;
    m.leaves.erase({0x1d, 1});
  });
  CHECK(requests == 0);
}

TEST_CASE("registers that the operating system does not save are not used") {
  const Cpu no_zmm = detect_after([](Machine& m) { m.saved = 0x60007; });
  CHECK(no_zmm.avx2);
  CHECK(no_zmm.avxvnni);
  CHECK_FALSE((no_zmm.avx512vnni || no_zmm.amx_int8));
  const Cpu no_ymm = detect_after([](Machine& m) { m.saved = 0x3; });
  CHECK(no_ymm.sse41);
  CHECK_FALSE((no_ymm.avx2 || no_ymm.avxvnni || no_ymm.avx512vnni || no_ymm.amx_int8));
  const Cpu no_xsave = detect_after([](Machine& m) { m.leaves[{1, 0}].c &= ~(1u << 27); });
  CHECK(no_xsave.sse41);
  CHECK_FALSE((no_xsave.avx2 || no_xsave.avx512vnni || no_xsave.amx_int8));
}

TEST_CASE("AVX-VNNI is looked for only where its leaf exists") {
  CHECK_FALSE(detect_after([](Machine& m) { m.leaves[{7, 0}].a = 0; }).avxvnni);
  CHECK_FALSE(detect_after([](Machine& m) { m.leaves[{7, 1}].a = 0; }).avxvnni);
}

TEST_CASE("this machine answers the same twice") {
  const Cpu first = detect_cpu(), second = octet::detail::cpu();
  CHECK(first.sse41 == second.sse41);
  CHECK(first.avx2 == second.avx2);
  CHECK(first.avxvnni == second.avxvnni);
  CHECK(first.avx512vnni == second.avx512vnni);
  CHECK(first.avx512vbmi == second.avx512vbmi);
  CHECK(first.amx_int8 == second.amx_int8);
}
#endif
