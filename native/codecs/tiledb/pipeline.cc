// Parses the parameters of a tiledb_tile codec into a list of filters and the element type of each filter's input.
#include <array>

#include "native/codecs/inflate.h"
#include "native/codecs/lz4.h"
#include "native/codecs/registry.h"
#include "native/codecs/tiledb/filter.h"
#include "native/codecs/zstd.h"

namespace posixpar::codecs::tiledb {
namespace {

constexpr const char* kName = "tiledb";
constexpr std::uint64_t kNewestVersion = 23;
constexpr std::uint64_t kMaxFilters = 64;
constexpr std::uint64_t kAnyDatatype = 17;

/// Returns the properties of a TileDB datatype code, 0 to 43 (format_spec: datatype enum).
std::optional<ElementType> element_type(std::uint64_t code) {
  using enum TypeClass;
  constexpr ElementType kFirst[18] = {
      {4, signed_int},   {8, signed_int}, {4, real},         {8, real},         {1, bytes},        {1, signed_int},
      {1, unsigned_int}, {2, signed_int}, {2, unsigned_int}, {4, unsigned_int}, {8, unsigned_int}, {1, bytes},
      {1, bytes},        {2, bytes},      {4, bytes},        {2, bytes},        {4, bytes},        {1, bytes}};
  if (code < 18) return kFirst[code];
  if (code < 40) return ElementType{8, time};
  if (code < 44) return ElementType{1, bytes};
  return std::nullopt;
}

/// Reads the parameters in order and keeps the first error.
class ParameterReader {
 public:
  explicit ParameterReader(Params params) : params_(params) {}

  std::uint64_t next(std::uint64_t low, std::uint64_t high) {
    if (error_) return low;
    auto v = whole_param(kName, params_, at_++, low, high);
    if (v) return *v;
    error_ = std::move(v).error();
    return low;
  }
  void refuse(Error e) {
    if (!error_) error_ = std::move(e);
  }
  [[nodiscard]] bool failed() const { return error_.has_value(); }
  [[nodiscard]] Error take_error() { return std::move(*error_); }

 private:
  Params params_;
  std::size_t at_ = 0;
  std::optional<Error> error_;
};

/// Returns the reason why this build cannot undo the filter; empty if it can.
std::string refusal(FilterType type) {
  switch (type) {
    case FilterType::gzip:
      return kHasInflate ? "" : "this build has neither libdeflate nor zlib";
    case FilterType::zstd:
      return kHasZstd ? "" : "this build has no libzstd";
    case FilterType::lz4:
      return kHasLz4 ? "" : "this build has no liblz4";
    case FilterType::dictionary:
      return "the dictionary filter (for strings)";
    case FilterType::webp:
      return "the WebP filter";
    case FilterType::none:
    case FilterType::rle:
    case FilterType::bzip2:
    case FilterType::double_delta:
    case FilterType::bit_width:
    case FilterType::bitshuffle:
    case FilterType::byteshuffle:
    case FilterType::positive_delta:
    case FilterType::md5:
    case FilterType::sha256:
    case FilterType::float_scale:
    case FilterType::xor_previous:
    case FilterType::delta:
      return "";
  }
  return "unknown TileDB filter " + std::to_string(static_cast<unsigned>(type));
}

/// Sets the options of `filter` and returns the type of its output when writing.
ElementType apply_options(Filter& filter, std::span<const std::byte> options, ParameterReader& input) {
  ByteReader reader(options);
  ElementType out = filter.element;
  if (filter.type == FilterType::delta || filter.type == FilterType::double_delta) {
    reader.take(5);
    // The options contain the datatype since format version 19 (delta) and 20 (double delta).
    const std::uint64_t code = reader.remaining() > 0 ? reader.le<std::uint8_t>() : kAnyDatatype;
    if (code != kAnyDatatype) {
      const auto type = element_type(code);
      if (!type) input.refuse(unsupported_error(kName, "unknown TileDB datatype " + std::to_string(code)));
      if (type) out = filter.element = *type;
    }
    if (filter.element.kind == TypeClass::real) {
      input.refuse(parameter_error(kName, "expected integers in a delta filter, found floating-point values"));
    }
  } else if (filter.type == FilterType::float_scale) {
    filter.scale = reader.le<double>();
    filter.offset = reader.le<double>();
    filter.stored_width = static_cast<std::size_t>(reader.le<std::uint64_t>());
    const std::size_t w = filter.stored_width;
    if (!reader.ok() || (w != 1 && w != 2 && w != 4 && w != 8) || filter.element.width < 4) {
      input.refuse(
          parameter_error(kName, "expected a float scale filter on 4- or 8-byte values to 1, 2, 4 or 8 bytes"));
    }
    out = {w, TypeClass::signed_int};
  } else if (filter.type == FilterType::xor_previous) {
    out.kind = TypeClass::signed_int;
  }
  return out;
}

}  // namespace

bool passes_through(FilterType type, ElementType element, std::uint64_t tile_version) {
  if (type == FilterType::none) return true;
  if (type != FilterType::bit_width && type != FilterType::positive_delta) return false;
  if (element.kind == TypeClass::time) return tile_version < 20;
  if (element.kind == TypeClass::real) return true;
  // Bit width leaves one-byte elements unchanged, because they cannot be narrowed. Positive delta leaves only
  // TypeClass::bytes (text) unchanged, not one-byte blobs and booleans.
  if (type == FilterType::bit_width) return element.width == 1 || element.kind == TypeClass::bytes;
  return element.kind == TypeClass::bytes;
}

Result<std::vector<Filter>> parse_pipeline(std::span<const double> params) {
  ParameterReader input(params);
  const std::uint64_t version = input.next(1, kNewestVersion);
  const auto cell = static_cast<std::size_t>(input.next(1, std::uint64_t{1} << 32));
  const std::uint64_t datatype = input.next(0, 255);
  const std::uint64_t count = input.next(0, kMaxFilters);
  if (input.failed()) return input.take_error();
  const auto type = element_type(datatype);
  if (!type) return unsupported_error(kName, "unknown TileDB datatype " + std::to_string(datatype));

  std::vector<Filter> filters;
  ElementType element = *type;
  // Integer filters treat blobs (40), booleans (41) and geometries (42, 43) as unsigned bytes.
  if (datatype >= 40) element.kind = TypeClass::unsigned_int;
  for (std::uint64_t i = 0; i < count && !input.failed(); ++i) {
    Filter filter;
    filter.type = static_cast<FilterType>(input.next(0, 255));
    filter.element = element;
    filter.cell = cell;
    std::array<std::byte, 256> options{};
    const auto size = static_cast<std::size_t>(input.next(0, options.size()));
    for (std::size_t k = 0; k < size; ++k) options[k] = static_cast<std::byte>(input.next(0, 255));
    if (input.failed()) break;
    if (const std::string why = refusal(filter.type); !why.empty()) input.refuse(unsupported_error(kName, why));
    const bool idle = passes_through(filter.type, element, version);
    element = apply_options(filter, std::span(options).first(size), input);
    if (!idle) filters.push_back(filter);
  }
  if (input.failed()) return input.take_error();
  return filters;
}

}  // namespace posixpar::codecs::tiledb
