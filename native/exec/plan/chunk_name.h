#pragma once
/// \file Builds the names of chunks that are separate files in a directory, as in a Zarr store.
#include <string>

#include "native/exec/plan/geometry.h"
#include "native/exec/plan/plan.h"

namespace posixpar {

/// Returns the name of the chunk at the position of `geometry`.
std::string chunk_name(const NameTemplate& name, const ChunkGeometry& geometry);

}  // namespace posixpar
