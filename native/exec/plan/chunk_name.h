#pragma once
/// \file The names of chunks that are files of one directory, as in a Zarr store.
#include <string>

#include "native/exec/plan/geometry.h"
#include "native/exec/plan/plan.h"

namespace posixpar {

/// Returns the name that a template gives the chunk on which `geometry` is.
std::string chunk_name(const NameTemplate& name, const ChunkGeometry& geometry);

}  // namespace posixpar
