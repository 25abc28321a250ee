#pragma once
/// \file Builds the names of chunks that are separate files in a directory, as in a Zarr store.
#include <cstddef>
#include <string>

#include "native/exec/plan/geometry.h"
#include "native/exec/plan/plan.h"

namespace posixpar {

/// Returns the name of the chunk at the position of `geometry`.
std::string chunk_name(const NameTemplate& name, const ChunkGeometry& geometry);

/// Returns the name of the file whose grid coordinate in each dimension `d` is `coordinate(d)`.
template <typename Coordinate>
std::string name_at(const NameTemplate& name, Coordinate coordinate) {
  std::string text = name.literals.front();
  for (std::size_t f = 0; f < name.fields.size(); f++) {
    const std::string digits = std::to_string(coordinate(name.fields[f].dimension));
    if (digits.size() < name.fields[f].width) text.append(name.fields[f].width - digits.size(), '0');
    text += digits;
    text += name.literals[f + 1];
  }
  return text;
}

}  // namespace posixpar
