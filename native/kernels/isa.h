#pragma once
/// \file Which instruction set the kernels use: chosen once at run time, overridable by name so that tests compare all.
#include <cstdint>
#include <span>
#include <string_view>

namespace posixpar {

/// Kernel variants, each a superset of the one before it. `scalar` is the reference and exists on every machine.
/// `sse4` needs SSSE3 and SSE4.1; `avx2` needs AVX2 and F16C.
enum class Isa : std::uint8_t { scalar = 0, sse4 = 1, avx2 = 2 };

/// The variants that this machine can run, slowest first; never empty.
[[nodiscard]] std::span<const Isa> available_isas();

/// The variant that kernels use now: the fastest available, unless set_active_isa() chose another.
[[nodiscard]] Isa active_isa();

/// Makes all threads use `isa` from now on, for tests and benchmarks. Returns false (and changes nothing) when this
/// machine cannot run it.
bool set_active_isa(Isa isa);

/// "scalar", "sse4", "avx2".
[[nodiscard]] std::string_view isa_name(Isa isa);

}  // namespace posixpar
