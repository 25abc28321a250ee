#include "native/codecs/blosclz.h"

#include <cstring>

#include "native/codecs/lz_copy.h"

namespace posixpar::codecs {

bool blosclz_decode(Bytes in, MutableBytes out) {
  const std::byte* ip = in.data();
  const std::byte* const in_end = ip + in.size();
  std::byte* op = out.data();
  std::byte* const out_end = op + out.size();
  // Maximum distance of a near match. A near match stores its distance in 13 bits.
  constexpr std::size_t kNearDistance = 8191;
  bool first = true;
  while (ip < in_end) {
    auto control = static_cast<std::size_t>(*ip++);
    // A stream starts with literals; the top bits of its first byte are a version number.
    if (first) control &= 31U;
    first = false;
    if (control < 32) {
      const std::size_t run = control + 1;
      if (run > static_cast<std::size_t>(in_end - ip) || run > static_cast<std::size_t>(out_end - op)) return false;
      std::memcpy(op, ip, run);
      ip += run;
      op += run;
      continue;
    }
    std::size_t length = (control >> 5U) + 2;
    const std::size_t high = (control & 31U) << 8U;
    if (control >> 5U == 7) {
      std::size_t more = 255;
      while (more == 255) {
        if (ip == in_end) return false;
        more = static_cast<std::size_t>(*ip++);
        length += more;
      }
    }
    if (ip == in_end) return false;
    const auto low = static_cast<std::size_t>(*ip++);
    std::size_t distance = high + low + 1;
    if (low == 255 && high == 31U << 8U) {
      if (in_end - ip < 2) return false;
      distance = (static_cast<std::size_t>(ip[0]) << 8U | static_cast<std::size_t>(ip[1])) + kNearDistance + 1;
      ip += 2;
    }
    if (distance > static_cast<std::size_t>(op - out.data()) || length > static_cast<std::size_t>(out_end - op)) {
      return false;
    }
    copy_back_reference(op, distance, length, out_end);
    op += length;
  }
  return op == out_end;
}

}  // namespace posixpar::codecs
