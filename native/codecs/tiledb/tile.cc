// The stored form of a TileDB tile: u64 number of chunks, then the chunks. A chunk consists of a u32 decoded length, a
// u32 filtered length, a u32 metadata length, the metadata and the filtered data. Chunks are independent. Source:
// format_spec/tile.md of TileDB.
#include <algorithm>

#include "native/codecs/registry.h"
#include "native/codecs/tiledb/filter.h"

namespace posixpar::codecs {
namespace tiledb {

Output::Room Output::take(std::uint64_t meta, std::uint64_t data) {
  if (last_) return {data == chunk_.size(), {}, chunk_};
  if (meta > limit_ || data > limit_) return {};
  const auto meta_size = static_cast<std::size_t>(meta);
  const auto data_size = static_cast<std::size_t>(data);
  const MutableBytes both = scratch_.take(slot_, meta_size + data_size);
  slot_ ^= 1U;
  if (both.size() != meta_size + data_size) return {};
  return {true, both.first(meta_size), both.subspan(meta_size)};
}

namespace {

Problem undo(const Filter& filter, Parts& parts, Output& output) {
  switch (filter.type) {
    case FilterType::gzip:
    case FilterType::zstd:
    case FilterType::lz4:
    case FilterType::rle:
    case FilterType::bzip2:
    case FilterType::delta:
    case FilterType::double_delta:
      return undo_compressor(filter, parts, output);
    case FilterType::bitshuffle:
    case FilterType::byteshuffle:
    case FilterType::float_scale:
    case FilterType::xor_previous:
      return undo_per_part(filter, parts, output);
    case FilterType::bit_width:
    case FilterType::positive_delta:
      return undo_windows(filter, parts, output);
    case FilterType::md5:
    case FilterType::sha256:
      return undo_checksum(filter, parts);
    case FilterType::none:
    case FilterType::dictionary:
    case FilterType::webp:
      break;
  }
  return "it has an unknown filter";
}

}  // namespace

/// Decodes a whole tile. The guarantees of CodecChain::decode apply.
class TileDecoder final : public Decoder {
 public:
  explicit TileDecoder(std::vector<Filter> filters) : filters_(std::move(filters)) {}

  [[nodiscard]] const char* name() const override { return "tiledb"; }
  [[nodiscard]] bool can_decode_ranges() const override { return true; }

  [[nodiscard]] Result<Bytes> decode(const Step& step) const override {
    ByteReader reader(step.in);
    const auto chunks = reader.le<std::uint64_t>();
    std::size_t at = 0;
    for (std::uint64_t i = 0; i < chunks && reader.ok(); ++i) {
      const std::size_t decoded_size = reader.le<std::uint32_t>();
      const std::size_t data_size = reader.le<std::uint32_t>();
      const std::size_t meta_size = reader.le<std::uint32_t>();
      Parts parts;
      parts.meta = reader.take(meta_size);
      parts.data = reader.take(data_size);
      if (!reader.ok()) break;
      if (decoded_size > step.out.size() - at) {
        return codec_error(name(),
                           "expected at most " + std::to_string(step.out.size()) + " bytes in all chunks, found more");
      }
      const MutableBytes chunk = step.out.subspan(at, decoded_size);
      if (at < step.needed.end && at + decoded_size > step.needed.begin) {
        if (const Problem problem = undo_all(parts, chunk, step.scratch); problem != nullptr) {
          return codec_error(name(), "chunk " + std::to_string(i) + " is damaged: " + problem);
        }
      }
      at += decoded_size;
      if (at >= step.needed.end && step.needed.end < step.out.size()) return Bytes(step.out);
    }
    if (!reader.ok())
      return codec_error(name(), "expected " + std::to_string(chunks) + " chunks, found the end of the tile");
    if (step.exact && at != step.out.size()) return size_error(name(), step.out.size(), at);
    return Bytes(step.out.first(at));
  }

 private:
  [[nodiscard]] Problem undo_all(Parts parts, MutableBytes chunk, CodecScratch& scratch) const {
    // Maximum factor by which all filters together may increase the size. Run-length encoding triples bytes without
    // runs, and float scale may double the size.
    constexpr std::size_t kGrowth = 16;
    constexpr std::size_t kOverhead = 4096;
    Output output(scratch, chunk, chunk.size() * kGrowth + kOverhead);
    for (std::size_t i = filters_.size(); i-- > 0;) {
      if (i == 0) output.set_last();
      if (const Problem problem = undo(filters_[i], parts, output); problem != nullptr) return problem;
    }
    if (parts.data.size() != chunk.size()) return "its decoded size does not match";
    if (parts.data.data() != chunk.data() && !chunk.empty()) {
      std::memcpy(chunk.data(), parts.data.data(), chunk.size());
    }
    return nullptr;
  }

  std::vector<Filter> filters_;
};

}  // namespace tiledb

Result<DecoderPtr> make_tiledb_tile(Params params) {
  auto filters = tiledb::parse_pipeline(params);
  if (!filters) return std::move(filters).error();
  return DecoderPtr(std::make_unique<tiledb::TileDecoder>(std::move(*filters)));
}

}  // namespace posixpar::codecs
