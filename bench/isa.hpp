// SPDX-License-Identifier: Apache-2.0
// The instruction sets that octet and its peers are limited to together, so that like meets like.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "octet/backends.hpp"
#include "octet/detail/cpu.hpp"

namespace octet_bench {

struct Isa {
  std::string_view name;
  std::string_view backend;  // octet's
  const char* onednn;        // ONEDNN_MAX_CPU_ISA
  const char* openblas;      // OPENBLAS_CORETYPE: its kernels for this vector width
  bool (*available)();
};

// Best first. The last one is for machines with none of the others, and nobody asks for it.
inline constexpr Isa kIsas[] = {
    {"amx", "amx_int8", "AVX512_CORE_AMX", "SkylakeX",
     [] { return octet::detail::cpu().amx_int8; }},
    {"avx512vnni", "avx512vnni", "AVX512_CORE_VNNI", "SkylakeX",
     [] { return octet::detail::cpu().avx512vnni; }},
    {"avxvnni", "avxvnni", "AVX2_VNNI", "Haswell", [] { return octet::detail::cpu().avxvnni; }},
    {"avx2", "avx2", "AVX2", "Haswell", [] { return octet::detail::cpu().avx2; }},
    {"sse41", "sse41", "SSE41", "Nehalem", [] { return octet::detail::cpu().sse41; }},
    {"none", "", nullptr, nullptr, [] { return true; }},
};

inline constexpr const Isa* kNone = std::end(kIsas) - 1;

// A null pointer if there is none of that name.
inline const Isa* find_isa(std::string_view name) {
  for (const Isa& isa : kIsas) {
    if (isa.name == name) return &isa;
  }
  return nullptr;
}

// True if code for the instruction set `name` may run under the limit `isa`.
inline bool allows(const Isa& isa, std::string_view name) {
  const Isa* const other = find_isa(name);
  return other != nullptr && other >= &isa;
}

// octet's backends that this machine can run under the limit.
inline std::vector<const octet::Backend*> backends(const Isa& isa) {
  std::vector<const octet::Backend*> allowed;
  for (const octet::Backend* backend : octet::kBackends) {
    const bool beyond = std::any_of(
        kIsas, &isa, [&](const Isa& larger) { return larger.backend == backend->name; });
    if (!beyond && backend->available()) allowed.push_back(backend);
  }
  return allowed;
}

namespace detail {

[[noreturn]] inline void refuse(const std::string& message) {
  std::cerr << message << "\n";
  std::exit(2);
}

inline const Isa& best_isa() {
  const Isa* isa = kIsas;
  while (!isa->available()) ++isa;
  return *isa;
}

inline const Isa& require_isa(std::string_view name) {
  const Isa* const isa = find_isa(name);
  if (isa == nullptr || isa == kNone) {
    std::string names;
    for (const Isa* known = kIsas; known != kNone; ++known) names += " " + std::string(known->name);
    refuse("--isa takes one of:" + names);
  }
  if (!isa->available()) refuse("this machine cannot run " + std::string(name));
  return *isa;
}

// Takes `--isa NAME` or `--isa=NAME` out of the arguments; empty if there is none.
inline std::string_view take_isa_argument(int& argc, char** argv) {
  constexpr std::string_view kOption = "--isa";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    int used = 0;
    std::string_view value;
    if (argument == kOption) {
      if (i + 1 == argc) refuse("--isa needs a name");
      value = argv[i + 1];
      used = 2;
    } else if (argument.starts_with("--isa=")) {
      value = argument.substr(kOption.size() + 1);
      used = 1;
    }
    if (used == 0) continue;
    for (int j = i; j + used <= argc; ++j) argv[j] = argv[j + used];
    argc -= used;
    return value;
  }
  return {};
}

// True if the environment variable had another value.
inline bool set_variable(const char* name, const char* value) {
  const char* const old = std::getenv(name);
  if (value == nullptr || (old != nullptr && std::strcmp(old, value) == 0)) return false;
  setenv(name, value, 1);
  return true;
}

}  // namespace detail

// The limit that `--isa` asks for, the best instruction set of this machine by default. Libraries
// read their environment variables while they are loaded, so where these must change the program
// starts over.
inline const Isa& limit_isa(int& argc, char** argv) {
  std::vector<char*> arguments(argv, argv + argc + 1);
  const std::string_view name = detail::take_isa_argument(argc, argv);
  const Isa& isa = name.empty() ? detail::best_isa() : detail::require_isa(name);
  const bool onednn = detail::set_variable("ONEDNN_MAX_CPU_ISA", isa.onednn);
  const bool openblas = detail::set_variable("OPENBLAS_CORETYPE", isa.openblas);
  if (onednn || openblas) {
    execv("/proc/self/exe", arguments.data());
    detail::refuse("cannot start over with the limits of --isa");
  }
  return isa;
}

}  // namespace octet_bench
