#pragma once
/// \file Selects the instruction set of the kernels once at run time. Tests select each supported instruction set and
/// compare the results.
#include <cstdint>
#include <span>
#include <string_view>

namespace posixpar {

/// Kernel variants; each includes the previous one. `scalar` is the reference and runs on every machine. `sse4` needs
/// SSSE3 and SSE4.1; `avx2` needs AVX2 and F16C.
enum class Isa : std::uint8_t { scalar = 0, sse4 = 1, avx2 = 2 };

/// Returns the variants that this machine supports, slowest first; never empty.
[[nodiscard]] std::span<const Isa> available_isas();

/// Returns the variant in use: the fastest available, unless set_active_isa() selected another.
[[nodiscard]] Isa active_isa();

/// Selects the variant for all threads, for tests and benchmarks.
/// \returns false, and changes nothing, if this machine does not support `isa`.
bool set_active_isa(Isa isa);

/// Returns "scalar", "sse4" or "avx2".
[[nodiscard]] std::string_view isa_name(Isa isa);

}  // namespace posixpar
