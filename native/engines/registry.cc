#include <array>

#include "native/engines/engine.h"
#include "native/sys/ring.h"

namespace posixpar {
namespace {

Status always() { return {}; }

constexpr std::array<Engine, 5> kEngines = {{
    {EngineKind::pread, "pread", always, engines_detail::open_pread},
    {EngineKind::direct, "direct", always, engines_detail::open_direct},
    {EngineKind::uring, "uring", sys::ring_available, engines_detail::open_uring},
    {EngineKind::uring_direct, "uring-direct", sys::ring_available, engines_detail::open_uring},
    {EngineKind::mmap, "mmap", always, engines_detail::open_mmap},
}};

}  // namespace

std::span<const Engine> engines() { return kEngines; }

const Engine& engine(EngineKind kind) { return kEngines[static_cast<std::size_t>(kind)]; }

}  // namespace posixpar
