#include "native/codecs/registry.h"

#include <cmath>

namespace posixpar::codecs {
namespace {

struct Entry {
  CodecId id;
  Result<DecoderPtr> (*make)(Params);
};

#define POSIXPAR_ENTRY(name) {CodecId::name, make_##name},
constexpr Entry kEntries[] = {POSIXPAR_FOR_EACH_CODEC(POSIXPAR_ENTRY)};
#undef POSIXPAR_ENTRY

}  // namespace

Result<DecoderPtr> make_decoder(const CodecSpec& spec) {
  if (spec.id == CodecId::deflate_piece) return make_deflate_piece(spec.source);
  for (const Entry& entry : kEntries) {
    if (entry.id == spec.id) return entry.make(spec.params);
  }
  return unsupported_error("codec", "unknown codec id " + std::to_string(static_cast<unsigned>(spec.id)));
}

Result<std::uint64_t> whole_param(const char* codec, Params params, std::size_t index, std::uint64_t low,
                                  std::uint64_t high) {
  const std::string which = "parameter " + std::to_string(index);
  if (index >= params.size())
    return parameter_error(codec, "expected " + which + ", found " + std::to_string(params.size()) + " parameters");
  const double value = params[index];
  // 2^53; above this, a double cannot represent every integer.
  constexpr double kLargestWhole = 9007199254740992.0;
  const bool whole = std::isfinite(value) && value >= 0 && value <= kLargestWhole && std::floor(value) == value;
  if (!whole || static_cast<std::uint64_t>(value) < low || static_cast<std::uint64_t>(value) > high) {
    return parameter_error(codec, "expected " + which + " to be an integer from " + std::to_string(low) + " to " +
                                      std::to_string(high) + ", found " + std::to_string(value));
  }
  return static_cast<std::uint64_t>(value);
}

}  // namespace posixpar::codecs
