// SPDX-License-Identifier: Apache-2.0
// What stands between reset and main on a Cortex-M, and output by semihosting: requests to the
// debugger (here qemu) behind a breakpoint, r0 the kind of request, r1 its argument.
// Source: Arm's "Semihosting for AArch32 and AArch64", version 3.0.
#include <cstddef>
#include <cstdint>
#include <cstdio>

int main();

// Made by mps2_an386.ld.
extern "C" {
extern std::uint32_t firmware_stack_top, firmware_data_load;
extern std::uint32_t firmware_data_begin, firmware_data_end, firmware_bss_begin, firmware_bss_end;
}

namespace {

enum class Request : int { write_string = 0x04, exit_extended = 0x20 };

void request(Request kind, const void* argument) {
  register Request r0 asm("r0") = kind;
  register const void* r1 asm("r1") = argument;
  asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

[[noreturn]] void exit_with(int code) {
  constexpr int kApplicationExit = 0x20026;
  const int block[] = {kApplicationExit, code};
  request(Request::exit_extended, block);
  for (;;) {
  }
}

[[noreturn]] void reset() {
  const std::uint32_t* load = &firmware_data_load;
  for (std::uint32_t* p = &firmware_data_begin; p < &firmware_data_end;) *p++ = *load++;
  for (std::uint32_t* p = &firmware_bss_begin; p < &firmware_bss_end;) *p++ = 0;
  exit_with(main());
}

[[noreturn]] void fault() {
  request(Request::write_string, "processor fault\n");
  exit_with(2);
}

}  // namespace

// The C library's would need a heap.
extern "C" int puts(const char* text) {
  request(Request::write_string, text);
  request(Request::write_string, "\n");
  return 0;
}

// Initial stack pointer, reset, and the faults: NMI, hard fault, memory management, bus, usage.
struct VectorTable {
  const void* stack_top;
  void (*handlers[6])();
};
extern "C" [[gnu::section(".vectors")]] const VectorTable firmware_vectors;
const VectorTable firmware_vectors = {&firmware_stack_top,
                                      {reset, fault, fault, fault, fault, fault}};
