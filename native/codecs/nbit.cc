// HDF5 filter 5 (n-bit): stores only the significant bits of numbers, most significant bit first, without gaps.
//
// Parameters (cd values): [0] number of parameters; [1] 1 if nothing is packed, else 0; [2] number of elements in the
// chunk; from [3] on, the type. A type consists of its class and the values that follow it:
// - 1, number: size, byte order (1: big-endian), precision, bit offset.
// - 2, array: size, then the base type.
// - 3, compound: size, number of members, then byte offset and type of each member.
// - 4, any other type: size. Its bytes are stored unpacked.
//
// Source: H5Znbit.c of HDF5.
#include <array>

#include "native/codecs/msb_bits.h"
#include "native/codecs/registry.h"

namespace posixpar::codecs {
namespace {

constexpr const char* kName = "nbit";

struct Type {
  enum class Kind : std::uint8_t { number = 1, array = 2, compound = 3, plain = 4 };
  Kind kind = Kind::plain;
  bool big_endian = false;
  std::size_t at = 0;  ///< Byte offset in the compound type.
  std::size_t size = 0;
  unsigned precision = 0;
  unsigned offset = 0;
  std::uint64_t bits = 0;   ///< Number of stored bits per value.
  std::vector<Type> inner;  ///< Base type of an array; members of a compound.
};

/// Parses a type description. Remembers the first error.
class Parser {
 public:
  explicit Parser(Params params) : params_(params) {}

  std::uint64_t next(std::uint64_t low, std::uint64_t high) {
    if (error_) return low;
    auto v = whole_param(kName, params_, at_++, low, high);
    if (v) return *v;
    error_ = std::move(v).error();
    return low;
  }

  /// Parses a type of at most `room` bytes.
  Type type(std::size_t room, unsigned depth) {
    Type t;
    t.kind = static_cast<Type::Kind>(next(1, 4));
    t.size = static_cast<std::size_t>(next(1, room));
    switch (t.kind) {
      case Type::Kind::number:
        number(t);
        break;
      case Type::Kind::array:
        array(t, depth);
        break;
      case Type::Kind::compound:
        compound(t, depth);
        break;
      case Type::Kind::plain:
        t.bits = std::uint64_t{8} * t.size;
        break;
    }
    return t;
  }

  [[nodiscard]] bool failed() const { return error_.has_value(); }
  [[nodiscard]] Error take_error() { return std::move(*error_); }

 private:
  static constexpr unsigned kMaxDepth = 16;

  void refuse(const char* message) {
    if (!error_) error_ = parameter_error(kName, message);
  }

  void number(Type& t) {
    t.big_endian = next(0, 1) == 1;
    const std::uint64_t bits = std::uint64_t{8} * t.size;
    t.precision = static_cast<unsigned>(next(1, std::min<std::uint64_t>(bits, 1U << 16U)));
    t.offset = static_cast<unsigned>(next(0, std::min<std::uint64_t>(bits - t.precision, 1U << 16U)));
    t.bits = t.precision;
  }

  void array(Type& t, unsigned depth) {
    if (depth == kMaxDepth) return refuse("expected fewer than 16 levels of nested types");
    t.inner.push_back(type(t.size, depth + 1));
    const Type& base = t.inner.front();
    if (base.kind == Type::Kind::plain) {
      // HDF5 then ignores the size of the base type, and stores the complete array unpacked.
      t.bits = std::uint64_t{8} * t.size;
      t.kind = Type::Kind::plain;
      return;
    }
    t.bits = t.size / base.size * base.bits;
  }

  void compound(Type& t, unsigned depth) {
    if (depth == kMaxDepth) return refuse("expected fewer than 16 levels of nested types");
    std::size_t used = 0;
    const std::uint64_t members = next(1, 65535);
    for (std::uint64_t i = 0; i < members && !error_; ++i) {
      const auto at = static_cast<std::size_t>(next(0, t.size - 1));
      Type member = type(t.size - at, depth + 1);
      member.at = at;
      used += member.size;
      // Rejects overlapping members: decoding them could take much more time than the size of the chunk suggests.
      if (used > t.size) return refuse("expected members that fit into their compound type");
      t.bits += member.bits;
      t.inner.push_back(std::move(member));
    }
  }

  Params params_;
  std::size_t at_ = 3;
  std::optional<Error> error_;
};

class Unpacker {
 public:
  explicit Unpacker(MsbBits bits) : bits_(bits) {}

  void value(const Type& t, std::byte* to) {
    switch (t.kind) {
      case Type::Kind::number:
        return number(t, to);
      case Type::Kind::array:
        for (std::size_t i = 0; i < t.size / t.inner[0].size; ++i) value(t.inner[0], to + i * t.inner[0].size);
        return;
      case Type::Kind::compound:
        for (const Type& member : t.inner) value(member, to + member.at);
        return;
      case Type::Kind::plain:
        for (std::size_t i = 0; i < t.size; ++i) to[i] = static_cast<std::byte>(take(8));
    }
  }

 private:
  std::uint64_t take(unsigned n) {
    const std::uint64_t v = bits_.get(at_, n);
    at_ += n;
    return v;
  }

  /// Writes the bits of a number from its highest byte to its lowest. The other bytes of the number stay zero: decode()
  /// has set them.
  void number(const Type& t, std::byte* to) {
    const unsigned end = t.offset + t.precision;
    if (t.size <= 8) {
      const std::uint64_t v = take(t.precision) << t.offset;
      for (std::size_t i = 0; i < t.size; ++i) {
        to[t.big_endian ? t.size - 1 - i : i] = static_cast<std::byte>(v >> (8 * i));
      }
      return;
    }
    for (unsigned byte = (end - 1) / 8 + 1; byte-- > t.offset / 8;) {
      const unsigned low = std::max(t.offset, byte * 8);
      const unsigned high = std::min(end, byte * 8 + 8);
      const auto v = static_cast<std::byte>(take(high - low) << (low - byte * 8));
      to[t.big_endian ? t.size - 1 - byte : byte] = v;
    }
  }

  MsbBits bits_;
  std::uint64_t at_ = 0;
};

/// Unpacks an array of numbers of 1, 2, 4 or 8 bytes. This is the common case, and fast: the bit position of each
/// element can be computed.
template <typename T>
void unpack_numbers(const Type& t, MsbBits bits, std::span<std::byte> out, Needed needed) {
  const std::size_t last = std::min(out.size(), needed.end);
  for (std::size_t i = needed.begin / sizeof(T); i * sizeof(T) < last; ++i) {
    const auto v = static_cast<T>(bits.get(std::uint64_t{i} * t.precision, t.precision) << t.offset);
    store_le(out.data() + i * sizeof(T), t.big_endian ? byte_swap(v) : v);
  }
}

class NbitDecoder final : public Decoder {
 public:
  NbitDecoder(Type type, std::size_t elements, bool plain)
      : type_(std::move(type)), elements_(elements), plain_(plain) {}

  [[nodiscard]] const char* name() const override { return kName; }
  [[nodiscard]] bool can_decode_ranges() const override { return plain_ || type_.kind == Type::Kind::number; }
  [[nodiscard]] SizeHint stored_size(SizeHint decoded) const override {
    return plain_ ? decoded : SizeHint{saturating_add(decoded.bytes, 1), false};
  }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    if (plain_) return step.in;
    const std::size_t size = elements_ * type_.size;
    if (step.exact ? size != step.out.size() : size > step.out.size()) return size_error(kName, step.out.size(), size);
    const MsbBits bits(step.in);
    if (!bits.holds(0, elements_, type_.bits)) {
      return codec_error(kName, "expected " + std::to_string(elements_) + " values of " + std::to_string(type_.bits) +
                                    " bits, found " + std::to_string(step.in.size()) + " bytes");
    }
    const MutableBytes out = step.out.first(size);
    const bool number = type_.kind == Type::Kind::number;
    if (number && type_.size == 1) {
      unpack_numbers<std::uint8_t>(type_, bits, out, step.needed);
    } else if (number && type_.size == 2) {
      unpack_numbers<std::uint16_t>(type_, bits, out, step.needed);
    } else if (number && type_.size == 4) {
      unpack_numbers<std::uint32_t>(type_, bits, out, step.needed);
    } else if (number && type_.size == 8) {
      unpack_numbers<std::uint64_t>(type_, bits, out, step.needed);
    } else {
      std::ranges::fill(out, std::byte{0});
      Unpacker unpacker(bits);
      for (std::size_t i = 0; i < elements_; ++i) unpacker.value(type_, out.data() + i * type_.size);
    }
    return Bytes(out);
  }

 private:
  Type type_;
  std::size_t elements_;
  bool plain_;
};

}  // namespace

Result<DecoderPtr> make_nbit(Params params) {
  constexpr std::uint64_t kU32 = 0xFFFFFFFFU;
  const auto plain = whole_param(kName, params, 1, 0, 1);
  if (!plain) return plain.error();
  if (*plain == 1) return DecoderPtr(std::make_unique<NbitDecoder>(Type{}, 0, true));
  const auto elements = whole_param(kName, params, 2, 1, kU32);
  if (!elements) return elements.error();
  Parser parser(params);
  Type type = parser.type(kU32, 0);
  if (parser.failed()) return parser.take_error();
  return DecoderPtr(std::make_unique<NbitDecoder>(std::move(type), static_cast<std::size_t>(*elements), false));
}

}  // namespace posixpar::codecs
