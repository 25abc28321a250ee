// Placeholder for codecs that this library does not have. The parameters are the bytes of the codec's name, and
// make_unsupported() returns an error with that name.
#include "native/codecs/registry.h"

namespace posixpar::codecs {

Result<DecoderPtr> make_unsupported(Params params) {
  std::string name;
  for (std::size_t i = 0; i < params.size(); ++i) {
    const auto byte = whole_param("unsupported", params, i, 1, 255);
    if (!byte) return byte.error();
    name.push_back(static_cast<char>(*byte));
  }
  return unsupported_error("unsupported", name);
}

}  // namespace posixpar::codecs
