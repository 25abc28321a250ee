#include "native/exec/plan/chunk_name.h"

namespace posixpar {

std::string chunk_name(const NameTemplate& name, const ChunkGeometry& geometry) {
  return name_at(name, [&](std::size_t d) { return geometry.coordinate(d); });
}

}  // namespace posixpar
