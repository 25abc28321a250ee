#include "native/exec/plan/fill_value.h"

#include <string>

#include "native/kernels/scatter.h"

namespace posixpar {

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
