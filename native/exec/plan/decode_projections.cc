#include "native/exec/plan/decode_projections.h"

#include "native/base/checked.h"

namespace posixpar {

std::vector<std::uint32_t> words_of_table(const WireInputs& in, std::int64_t index, std::size_t want, bool& ok) {
  if (index < 0) return {};
  if (static_cast<std::size_t>(index) >= in.tables.size() ||
      in.tables[static_cast<std::size_t>(index)].words.size() < want) {
    ok = false;
    return {};
  }
  const auto words = in.tables[static_cast<std::size_t>(index)].words;
  return {words.begin(), words.end()};
}

Status ProjectionReader::read(PlanLayer& layer, std::size_t base, std::size_t at) {
  const std::int64_t table = w_.integer(base + wire::kProjectionTable);
  if (table >= 0) {
    if (static_cast<std::size_t>(table) >= in_.tables.size())
      return invalid("a table of projections that is not there");
    words_ = in_.tables[static_cast<std::size_t>(table)].doubles;
    at = 0;
  }
  // A plan cannot have more projections than fit in its words. This limits the memory that is allocated for them.
  const std::size_t most = words_.size() / (wire::kProjectionWords + layer.rank() * wire::kAxisWords);
  const std::size_t count = w_.natural(base + wire::kProjections, static_cast<double>(most));
  if (w_.failed() || count == 0) return invalid("a layer without projections, or with more than there are");
  if (count > 1) layer.others.assign(count - 1, layer.first);
  std::uint64_t chunks = 0;
  for (std::size_t p = 0; p < count; p++) {
    Projection& projection = p == 0 ? layer.first : layer.others[p - 1];
    POSIXPAR_RETURN_IF_ERROR(read_projection(projection, at));
    chunks += projection.chunk_count;
    if (chunks > 0xffffffffU) return invalid("more than 2^32 chunks in one plan");
  }
  layer.chunk_count = chunks;
  return read_uses(layer, base);
}

Status ProjectionReader::read_projection(Projection& projection, std::size_t& at) {
  Words w(words_);
  projection.out_base = w.natural(at + wire::kOutBase);
  std::size_t axis = at + wire::kProjectionWords;
  at = axis + projection.dims.size() * wire::kAxisWords;
  for (PlanDim& dim : projection.dims) {
    dim.out_stride = w.natural(axis + wire::kOutStride);
    const std::size_t count = w.natural(axis + wire::kSegments, 4294967295.0);
    const std::int64_t table = w.integer(axis + wire::kSegmentTable);
    const std::int64_t lists = w.integer(axis + wire::kLists);
    if (w.failed() || count == 0) return invalid("an axis of the plan is empty or not a number");
    const auto chunks = checked_mul(projection.chunk_count, static_cast<std::uint64_t>(count));
    if (!chunks || *chunks > 0xffffffffU) return invalid("more than 2^32 chunks in one plan");
    projection.chunk_count = *chunks;
    POSIXPAR_RETURN_IF_ERROR(read_lists(dim, lists));
    if (table < 0) {
      POSIXPAR_RETURN_IF_ERROR(read_segments(dim, words_, at, count));
      at += count * wire::kSegmentWords;
    } else {
      if (static_cast<std::size_t>(table) >= in_.tables.size()) return invalid("segments that are not there");
      POSIXPAR_RETURN_IF_ERROR(read_segments(dim, in_.tables[static_cast<std::size_t>(table)].doubles, 0, count));
    }
    axis += wire::kAxisWords;
  }
  return w.failed() ? Status(invalid("a projection is not made of whole numbers")) : Status();
}

Status ProjectionReader::read_uses(PlanLayer& layer, std::size_t base) {
  if (layer.others.empty()) return {};
  bool ok = true;
  layer.use_starts = words_of_table(in_, w_.integer(base + wire::kUseStarts), 2, ok);
  const std::vector<std::uint32_t> words = words_of_table(in_, w_.integer(base + wire::kUses), 2, ok);
  if (!ok || w_.failed() || layer.use_starts.empty() || words.size() % 2 != 0)
    return invalid("uses of chunks that are not there");
  layer.uses.reserve(words.size() / 2);
  for (std::size_t i = 0; i < words.size(); i += 2) layer.uses.push_back({words[i], words[i + 1]});
  layer.chunk_count = layer.use_starts.size() - 1;
  return {};
}

Status ProjectionReader::read_lists(PlanDim& dim, std::int64_t lists) {
  if (lists < 0) return {};
  const auto at = static_cast<std::size_t>(lists);
  if (at + 1 >= in_.tables.size()) return invalid("lists that are not there");
  Words from(in_.tables[at].doubles);
  const auto out = in_.tables[at + 1].words;
  const std::size_t count = in_.tables[at].doubles.size();
  if (out.size() != count) return invalid("lists of different lengths");
  dim.from.reserve(count);
  for (std::size_t i = 0; i < count; i++) dim.from.push_back(from.natural(i));
  if (from.failed()) return invalid("a list is not made of whole numbers");
  dim.out.assign(out.begin(), out.end());
  return {};
}

Status ProjectionReader::read_segments(PlanDim& dim, std::span<const double> words, std::size_t at, std::size_t count) {
  if (at > words.size() || count > (words.size() - at) / wire::kSegmentWords)
    return invalid("a plan shorter than its segments");
  Words w(words);
  dim.segments.reserve(count);
  for (std::size_t i = 0; i < count; i++, at += wire::kSegmentWords) {
    Segment s;
    s.chunk = w.natural(at + wire::kSegChunk);
    s.from = w.integer(at + wire::kSegFrom);
    s.step = w.integer(at + wire::kSegStep);
    s.count = w.natural(at + wire::kSegCount);
    s.out = w.natural(at + wire::kSegOut);
    s.list = w.integer(at + wire::kSegList);
    if (w.failed()) return invalid("a segment is not made of whole numbers");
    const auto list = static_cast<std::uint64_t>(s.list);
    if (s.list >= 0 && (s.count > dim.from.size() || list > dim.from.size() - s.count))
      return invalid("a list lies outside of its table");
    dim.segments.push_back(s);
  }
  return {};
}

}  // namespace posixpar
