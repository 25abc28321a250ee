#include "native/engines/engine.h"

namespace posixpar {
namespace {

#define POSIXPAR_ENTRY(kind) &engines_detail::kind##_engine,
/// All engines, in the order of EngineKind, without `automatic`.
constexpr const Engine* kEngines[] = {POSIXPAR_FOR_EACH_ENGINE(POSIXPAR_ENTRY)};
#undef POSIXPAR_ENTRY

}  // namespace

const Engine& engine(EngineKind kind) { return *kEngines[static_cast<std::size_t>(kind) - 1]; }

}  // namespace posixpar
