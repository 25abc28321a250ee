#include "native/kernels/isa.h"

#include <algorithm>
#include <array>
#include <atomic>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace posixpar {
namespace {

constexpr std::array<Isa, 3> kAll = {Isa::scalar, Isa::sse4, Isa::avx2};

#if defined(__x86_64__)
/// Checks CPUID leaf 1, ECX bit 29 (Intel SDM, volume 2, CPUID), because clang's __builtin_cpu_supports does not know
/// "f16c".
bool has_f16c() {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & (1U << 29)) != 0;
}
#endif

Isa fastest_isa() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool sse4 = __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("sse4.1");
  if (sse4 && __builtin_cpu_supports("avx2") && has_f16c()) return Isa::avx2;
  if (sse4) return Isa::sse4;
#endif
  return Isa::scalar;
}

std::atomic<Isa>& active() {
  static std::atomic<Isa> isa{fastest_isa()};
  return isa;
}

}  // namespace

std::span<const Isa> available_isas() {
  static const Isa fastest = fastest_isa();
  return std::span(kAll).first(static_cast<std::size_t>(fastest) + 1);
}

Isa active_isa() { return active().load(std::memory_order_relaxed); }

bool set_active_isa(Isa isa) {
  const auto available = available_isas();
  if (std::find(available.begin(), available.end(), isa) == available.end()) return false;
  active().store(isa, std::memory_order_relaxed);
  return true;
}

std::string_view isa_name(Isa isa) {
  switch (isa) {
    case Isa::scalar:
      return "scalar";
    case Isa::sse4:
      return "sse4";
    case Isa::avx2:
      return "avx2";
  }
  return "";
}

}  // namespace posixpar
