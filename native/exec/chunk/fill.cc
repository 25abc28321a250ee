#include "native/exec/chunk/fill.h"

#include <string>

#include "native/kernels/scatter.h"

namespace posixpar {

Conversion Plan::conversion(DType stored, bool swap) const {
  Conversion conversion;
  conversion.from = stored;
  conversion.to = out_type;
  conversion.swap = swap;
  conversion.overflow = overflow;
  conversion.scaled = scaled;
  conversion.scale = scale;
  conversion.offset = offset;
  if (decoding && !keeps_values) conversion.decoding = &*decoding;
  return conversion;
}

std::optional<Conversion> Plan::mask_conversion(DType stored, bool swap) const {
  if (!decoding || !masked) return std::nullopt;
  Conversion mask = conversion(stored, swap);
  mask.to = DType::bool8;
  mask.decoding = &*decoding;
  mask.part = DecodedPart::mask;
  return mask;
}

Fill converted_fill(const StoredElement& stored, const Plan& plan) {
  Fill fill;
  const Conversion conversion = plan.conversion(stored.type, false);
  if (conversion.identity()) {
    fill.element = stored.bytes;
  } else if (auto done = copy_nd(stored.bytes.data(), fill.element.data(), {}, conversion); !done.ok()) {
    fill.error = std::move(done).error();
    fill.error->message = "fill " + fill.error->message;
  }
  if (const auto mask = plan.mask_conversion(stored.type, false)) {
    std::byte missing{};
    if (auto done = copy_nd(stored.bytes.data(), &missing, {}, *mask); !done.ok()) fill.error = std::move(done).error();
    fill.missing = missing != std::byte{0};
  }
  return fill;
}

}  // namespace posixpar
