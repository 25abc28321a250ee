#include "native/exec/plan/chunk_name.h"

namespace posixpar {

std::string chunk_name(const NameTemplate& name, const ChunkGeometry& geometry) {
  std::string text = name.literals.front();
  for (std::size_t f = 0; f < name.fields.size(); f++) {
    const std::string digits = std::to_string(geometry.coordinate(name.fields[f].dimension));
    if (digits.size() < name.fields[f].width) text.append(name.fields[f].width - digits.size(), '0');
    text += digits;
    text += name.literals[f + 1];
  }
  return text;
}

}  // namespace posixpar
