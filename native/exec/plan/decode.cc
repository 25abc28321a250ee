#include "native/exec/plan/decode.h"

#include <cstring>
#include <optional>
#include <string_view>

#include "native/base/checked.h"
#include "native/exec/plan/check.h"
#include "native/exec/plan/decode_projections.h"
#include "native/exec/plan/fill_value.h"
#include "native/exec/plan/words.h"

namespace posixpar {
namespace {

class LayerReader {
 public:
  LayerReader(const WireInputs& in, Words& words, std::size_t base) : in_(in), w_(words), base_(base) {}

  /// Decodes the layer whose words begin at `base_`. \pre the header of `plan` was decoded.
  Status read(const Plan& plan, PlanLayer& layer) {
    const std::size_t rank = w_.natural(base_ + wire::kRank, kMaxRank);
    layer.stored = w_.choice<DType>(base_ + wire::kStoredType);
    layer.swap = w_.natural(base_ + wire::kSwap, 1) != 0;
    layer.clipped = w_.natural(base_ + wire::kClipped, 1) != 0;
    const std::int64_t level = w_.integer(base_ + wire::kExtentLevel);
    layer.partial_reads = level >= 0;
    if (layer.partial_reads) {
      layer.extent_level = static_cast<std::uint32_t>(w_.natural(base_ + wire::kExtentLevel, kMaxRank));
      layer.extent_block = w_.natural(base_ + wire::kExtentBlock);
      if (layer.extent_block == 0) return invalid("an extent block of 0 elements");
    }
    const std::size_t fields = w_.natural(base_ + wire::kFields, kMaxRank);
    if (w_.failed()) return invalid("a layer's header is not made of whole numbers in range");
    POSIXPAR_RETURN_IF_ERROR(read_dims(layer, rank));
    const std::size_t projections = base_ + wire::kLayerWords + rank * wire::kDimWords + fields * wire::kFieldWords;
    POSIXPAR_RETURN_IF_ERROR(ProjectionReader(in_, w_).read(layer, base_, projections));
    POSIXPAR_RETURN_IF_ERROR(read_spacing(layer));
    POSIXPAR_RETURN_IF_ERROR(read_chain(layer));
    POSIXPAR_RETURN_IF_ERROR(read_locations(layer, rank, fields));
    POSIXPAR_RETURN_IF_ERROR(read_fill(layer, plan));
    return check_layer(layer, plan.elements);
  }

 private:
  /// Reads the dimensions of the chunk grid into the first projection. Does not read segments.
  Status read_dims(PlanLayer& layer, std::size_t rank) {
    const std::size_t dims = base_ + wire::kLayerWords;
    std::uint32_t seen = 0;
    layer.first.dims.reserve(rank);
    layer.axis_order.reserve(rank);
    for (std::size_t d = 0; d < rank; d++) {
      const std::size_t at = dims + d * wire::kDimWords;
      PlanDim dim;
      dim.chunk_shape = w_.natural(at + wire::kChunkShape);
      dim.grid_shape = w_.natural(at + wire::kGridShape);
      dim.pitch = w_.natural(at + wire::kPitch);
      if (dim.pitch != 0) layer.spaced = true;
      const std::size_t axis = w_.natural(at + wire::kAxisOrder, static_cast<double>(rank) - 1);
      if (w_.failed() || dim.chunk_shape == 0) return invalid("a dimension of the plan is empty or not a number");
      layer.axis_order.push_back(static_cast<std::uint32_t>(axis));
      seen |= 1U << axis;
      layer.first.dims.push_back(std::move(dim));
    }
    std::uint64_t bytes = dtype_size(layer.stored);
    for (const PlanDim& dim : layer.first.dims) {
      const auto product = checked_mul(bytes, dim.chunk_shape);
      if (!product || *product > static_cast<std::uint64_t>(kMaxExact))
        return invalid("a chunk of more than 2^53 bytes");
      bytes = *product;
    }
    if (seen != (rank == 32 ? 0xffffffffU : (1U << rank) - 1U)) return invalid("the axis order is not a permutation");
    return {};
  }

  Status read_fill(PlanLayer& layer, const Plan& plan) {
    bool ok = true;
    StoredElement fill;
    fill.type = layer.stored;
    const std::size_t words = fill.bytes.size() / sizeof(std::uint32_t);
    const std::vector<std::uint32_t> given = words_of_table(in_, w_.integer(base_ + wire::kLayerFill), words, ok);
    if (!ok || w_.failed()) return invalid("a fill of a layer that is not there");
    if (given.empty()) return {};
    std::memcpy(fill.bytes.data(), given.data(), fill.bytes.size());
    layer.fill = converted_fill(fill, plan);
    return {};
  }

  /// Reads the number of bytes before and after the elements of a chunk. Checks that elements do not overlap, and that
  /// the chunk has less than 2^53 bytes. \pre the pitches were read.
  Status read_spacing(PlanLayer& layer) {
    layer.element_offset = w_.natural(base_ + wire::kElementOffset);
    layer.tail = w_.natural(base_ + wire::kTail);
    if (w_.failed()) return invalid("space around elements that is not a number");
    if (layer.element_offset != 0 || layer.tail != 0) layer.spaced = true;
    if (!layer.spaced) return {};
    constexpr auto kMost = static_cast<std::uint64_t>(kMaxExact);
    std::uint64_t reach =
        dtype_size(layer.stored);  // Bytes from the start of the first to the end of the last element.
    std::uint64_t stride = reach;
    for (std::size_t i = layer.rank(); i-- > 0;) {
      const PlanDim& dim = layer.first.dims[layer.axis_order[i]];
      if (dim.pitch != 0) stride = dim.pitch;
      if (stride < reach) return invalid("a pitch of overlapping elements");
      const auto total = checked_mul(stride, dim.chunk_shape);
      if (!total || *total > kMost) return invalid("a pitch that does not fit the chunk");
      reach += stride * (dim.chunk_shape - 1);
      stride = *total;
    }
    // Each term is at most 2^53, so the sum cannot overflow.
    const bool fits = layer.element_offset + reach + layer.tail <= kMost;
    return fits ? Status() : Status(invalid("a chunk of more than 2^53 bytes"));
  }

  Status read_chain(PlanLayer& layer) {
    const std::int64_t chain = w_.integer(base_ + wire::kChain);
    if (chain < 0) return {};
    const auto at = static_cast<std::size_t>(chain);
    if (at >= in_.handles.size()) return invalid("a codec chain that does not exist");
    const auto* found = std::get_if<std::shared_ptr<const CodecChain>>(&in_.handles[at]);
    if (found == nullptr) return invalid("a handle that is not a codec chain");
    layer.chain = *found;
    if (layer.chunk_bytes() > kMaxEncodedChunkBytes) return invalid("an encoded chunk of more than 8 GiB");
    if (layer.partial_reads) return invalid("encoded chunks can't be read in parts");
    return {};
  }

  Status read_locations(PlanLayer& layer, std::size_t rank, std::size_t fields) {
    Locations& where = layer.where;
    where.kind = w_.choice<Locations::Kind>(base_ + wire::kLocation);
    const std::size_t handle = w_.natural(base_ + wire::kHandle);
    const std::size_t string = w_.natural(base_ + wire::kString);
    where.data_offset = w_.natural(base_ + wire::kDataOffset);
    if (w_.failed()) return invalid("a layer's places are not made of whole numbers");
    switch (where.kind) {
      case Locations::Kind::absent:
        return {};
      case Locations::Kind::names:
        return read_names(where, rank, fields, handle, string);
      case Locations::Kind::open_file: {
        const auto* file =
            handle < in_.handles.size() ? std::get_if<std::shared_ptr<sys::OpenFile>>(&in_.handles[handle]) : nullptr;
        if (file == nullptr) return invalid("a handle that is not a file");
        where.file = *file;
        break;
      }
      case Locations::Kind::paths: {
        if (auto read = read_paths(where, string, handle); !read.ok()) return read;
        break;
      }
    }
    return read_table(layer);
  }

  /// Reads `count` paths from the table that the layer names. If it names none, reads them from the strings of the
  /// plan, beginning with string number `string`.
  Status read_paths(Locations& where, std::size_t string, std::size_t count) {
    const std::int64_t table = w_.integer(base_ + wire::kPathTable);
    if (table < 0) {
      if (string > in_.strings.size() || count > in_.strings.size() - string)
        return invalid("paths that are not there");
      where.paths.assign(in_.strings.begin() + static_cast<std::ptrdiff_t>(string),
                         in_.strings.begin() + static_cast<std::ptrdiff_t>(string + count));
      return {};
    }
    const auto at = static_cast<std::size_t>(table);
    if (at >= in_.tables.size()) return invalid("a table of paths that is not there");
    const auto bytes = std::as_bytes(in_.tables[at].words);
    std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (count > rest.size()) return invalid("a table with fewer paths than announced");
    where.paths.reserve(count);
    while (where.paths.size() < count) {
      const std::size_t end = rest.find('\0');
      if (end == 0 || end == std::string_view::npos) return invalid("a table with fewer paths than announced");
      where.paths.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    }
    if (rest.find_first_not_of('\0') != std::string_view::npos)
      return invalid("a table with more paths than announced");
    return {};
  }

  Status read_names(Locations& where, std::size_t rank, std::size_t fields, std::size_t handle, std::size_t string) {
    const auto* dir =
        handle < in_.handles.size() ? std::get_if<std::shared_ptr<sys::Directory>>(&in_.handles[handle]) : nullptr;
    if (dir == nullptr) return invalid("a handle that is not a directory");
    where.directory = *dir;
    if (string > in_.strings.size() || fields + 1 > in_.strings.size() - string)
      return invalid("literals that are not there");
    const std::size_t at = base_ + wire::kLayerWords + rank * wire::kDimWords;
    for (std::size_t f = 0; f <= fields; f++) {
      where.name.literals.push_back(in_.strings[string + f]);
      if (f == fields) break;
      NameTemplate::Field field;
      field.dimension = static_cast<std::uint32_t>(
          w_.natural(at + f * wire::kFieldWords + wire::kFieldDimension, static_cast<double>(rank) - 1));
      field.width =
          static_cast<std::uint32_t>(w_.natural(at + f * wire::kFieldWords + wire::kFieldWidth, kMaxFieldWidth));
      where.name.fields.push_back(field);
    }
    return w_.failed() ? Status(invalid("a template field is out of range")) : Status();
  }

  Status read_table(PlanLayer& layer) {
    Locations& where = layer.where;
    const std::size_t n = layer.chunk_count;
    const std::int64_t table = w_.integer(base_ + wire::kTable);
    const double one[2] = {w_.raw(base_ + wire::kOneOffset), w_.raw(base_ + wire::kOneLength)};
    std::span<const double> offsets{&one[0], 1};
    std::span<const double> lengths{&one[1], 1};
    if (w_.failed()) return invalid("a table that is not a number");
    if (table >= 0) {
      const auto at = static_cast<std::size_t>(table);
      if (at + 1 >= in_.tables.size()) return invalid("tables that are not there");
      offsets = in_.tables[at].doubles;
      lengths = in_.tables[at + 1].doubles;
    }
    if (offsets.size() != n || lengths.size() != n) return invalid("a chunk table of the wrong length");
    bool ok = true;
    where.offsets.assign(offsets.begin(), offsets.end());
    where.lengths.assign(lengths.begin(), lengths.end());
    where.file_index = words_of_table(in_, w_.integer(base_ + wire::kFileIndex), n, ok);
    where.masks = words_of_table(in_, w_.integer(base_ + wire::kMask), n, ok);
    where.order = words_of_table(in_, w_.integer(base_ + wire::kOrder), n, ok);
    where.extent_starts = words_of_table(in_, w_.integer(base_ + wire::kExtents), 2, ok);
    if (!ok || w_.failed()) return invalid("a side table of the wrong length");
    const std::vector<std::uint32_t> inline_words = words_of_table(in_, w_.integer(base_ + wire::kInlineBytes), 1, ok);
    if (!ok || w_.failed() || (!inline_words.empty() && where.kind != Locations::Kind::paths))
      return invalid("inline bytes that are not there");
    const auto bytes = std::as_bytes(std::span(inline_words));
    where.inline_bytes.assign(bytes.begin(), bytes.end());
    const std::int64_t stamps = w_.integer(base_ + wire::kStamps);
    if (stamps >= 0) {
      const auto at = static_cast<std::size_t>(stamps);
      if (at >= in_.tables.size() || in_.tables[at].doubles.size() != 3 * where.paths.size())
        return invalid("stamps of the wrong length");
      const auto words = in_.tables[at].doubles;
      for (std::size_t f = 0; f < where.paths.size(); f++)
        where.stamps.push_back({words[3 * f], words[3 * f + 1], words[3 * f + 2]});
    }
    return {};
  }

  const WireInputs& in_;
  Words& w_;
  std::size_t base_;
};

Status read_decoding(const WireInputs& in, Words& w, Plan& plan) {
  const std::int64_t index = w.integer(wire::kDecoding);
  if (index < 0) return {};
  const auto at = static_cast<std::size_t>(index);
  if (w.failed() || at >= in.tables.size()) return invalid("a decoding that is not there");
  const auto words = in.tables[at].doubles;
  if (words.size() < wire::kDecodingWords) return invalid("a decoding that is too short");
  const double given = words[wire::kDecodeFlags];
  if (!(given >= 0 && given < wire::kDecodeFlagsEnd)) return invalid("flags of a decoding that are not known");
  const auto flags = static_cast<unsigned>(given);
  Decoding& decoding = plan.decoding.emplace();
  decoding.scale = words[wire::kDecodeScale];
  decoding.offset = words[wire::kDecodeOffset];
  decoding.single = (flags & wire::kSingle) != 0;
  decoding.nan_is_missing = (flags & wire::kNanIsMissing) != 0;
  decoding.low = words[wire::kDecodeLow];
  decoding.high = words[wire::kDecodeHigh];
  decoding.decoded_low = words[wire::kDecodedLow];
  decoding.decoded_high = words[wire::kDecodedHigh];
  decoding.missing.assign(words.begin() + wire::kDecodingWords, words.end());
  plan.masked = (flags & wire::kMasked) != 0;
  plan.keeps_values = (flags & wire::kKeepsValues) != 0;
  return {};
}

/// Returns the chunk cache of the plan; null if it has none.
Result<std::shared_ptr<pool::ChunkCache>> read_chunk_cache(const WireInputs& in, Words& w) {
  const std::int64_t index = w.integer(wire::kChunkCache);
  if (index < 0) return std::shared_ptr<pool::ChunkCache>();
  const auto at = static_cast<std::size_t>(index);
  const auto* found =
      at < in.handles.size() ? std::get_if<std::shared_ptr<pool::ChunkCache>>(&in.handles[at]) : nullptr;
  if (w.failed() || found == nullptr) return invalid("a handle that is not a chunk cache");
  return *found;
}

/// Returns the directories (roots) to which opened paths must be confined; null if any path may be opened.
Result<std::shared_ptr<const sys::Roots>> read_roots(const WireInputs& in, Words& w) {
  const std::int64_t index = w.integer(wire::kRoots);
  if (index < 0) return std::shared_ptr<const sys::Roots>();
  const auto at = static_cast<std::size_t>(index);
  const auto* found =
      at < in.handles.size() ? std::get_if<std::shared_ptr<const sys::Roots>>(&in.handles[at]) : nullptr;
  if (w.failed() || found == nullptr) return invalid("a handle that is not a set of roots");
  return *found;
}

}  // namespace

Result<Plan> decode_plan(const WireInputs& inputs) {
  Words w(inputs.plan);
  if (w.raw(wire::kVersionWord) != wire::kVersion) return invalid("a plan of another version");
  Plan plan;
  const std::size_t layers = w.natural(wire::kLayers, kMaxLayers);
  plan.out_type = w.choice<DType>(wire::kOutType);
  plan.overflow = w.choice<Overflow>(wire::kOverflow);
  plan.scaled = w.natural(wire::kScaled, 1) != 0;
  plan.scale = w.raw(wire::kScale);
  plan.offset = w.raw(wire::kOffset);
  plan.threads = static_cast<std::uint32_t>(w.natural(wire::kThreads, kMaxThreads));
  plan.engine = w.choice<EngineKind>(wire::kEngine);
  plan.prefill = w.natural(wire::kPrefill, 1) != 0;
  plan.elements = w.natural(wire::kElements);
  plan.fresh = w.natural(wire::kFresh, 1) != 0;
  plan.cache = w.choice<CachePolicy>(wire::kCache);
  plan.readahead = w.choice<Readahead>(wire::kReadahead);
  plan.ahead_bytes = w.natural(wire::kAheadBytes);
  plan.queue_depth = static_cast<std::uint32_t>(w.natural(wire::kQueueDepth, kMaxQueueDepth));
  plan.consistency = w.choice<Consistency>(wire::kConsistency);
  plan.priority = w.choice<Priority>(wire::kPriority);
  StoredElement fill;
  fill.type = w.choice<DType>(wire::kFillType);
  for (std::size_t i = 0; i < 4; i++) {
    const auto word = static_cast<std::uint32_t>(w.natural(wire::kFill0 + i, 4294967295.0));
    std::memcpy(fill.bytes.data() + 4 * i, &word, sizeof word);
  }
  if (w.failed() || inputs.plan.size() < wire::kHeaderWords)
    return invalid("the header is not made of numbers in range");
  POSIXPAR_RETURN_IF_ERROR(read_decoding(inputs, w, plan));
  auto roots = read_roots(inputs, w);
  if (!roots.ok()) return std::move(roots).error();
  auto chunk_cache = read_chunk_cache(inputs, w);
  if (!chunk_cache.ok()) return std::move(chunk_cache).error();
  plan.chunk_cache = std::move(*chunk_cache);
  plan.fill = converted_fill(fill, plan);
  std::size_t base = wire::kHeaderWords;
  for (std::size_t l = 0; l < layers; l++) {
    const std::size_t size = w.natural(base + wire::kLayerSize);
    if (w.failed() || size < wire::kLayerWords || size > inputs.plan.size() - base)
      return invalid("a layer leaves the plan");
    PlanLayer& layer = plan.layers.emplace_back();
    POSIXPAR_RETURN_IF_ERROR(LayerReader(inputs, w, base).read(plan, layer));
    layer.where.roots = *roots;
    base += size;
  }
  return plan;
}

}  // namespace posixpar
