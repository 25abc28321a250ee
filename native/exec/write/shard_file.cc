#include "native/exec/write/shard_file.h"

#include <algorithm>
#include <utility>

#include "native/exec/chunk/decode_chunk.h"
#include "native/exec/strategy/layer_strategy.h"
#include "native/exec/write/chunk_edit.h"
#include "native/pool/buffers.h"
#include "native/sys/clock.h"
#include "native/sys/file.h"

namespace posixpar {
namespace {

/// Returns the index of the chunk in its shard, in C order.
std::uint64_t number_in_shard(const ShardLayout& layout, const ChunkGeometry& geometry) {
  std::uint64_t number = 0;
  for (std::size_t d = 0; d < layout.dims.size(); d++) {
    const std::uint64_t count = layout.dims[d].count;
    number = number * count + geometry.coordinate(d) % count;
  }
  return number;
}

/// Reads a range of a shard. \returns `codec` if the shard ends before the end of the range.
Status read_range(int fd, StoredRange range, std::byte* into, const std::string& path, const WriteContext& context) {
  auto got = sys::pread_full(fd, into, range.length, range.offset, path);
  if (!got.ok()) return std::move(got).error();
  context.counters[kRewriteBytesRead] += *got;
  if (*got == range.length) return {};
  return Error{.kind = ErrorKind::codec,
               .op = "write",
               .path = path,
               .offset = range.offset,
               .length = range.length,
               .message = "the shard became shorter while it was rewritten"};
}

}  // namespace

std::uint64_t ShardFile::memory(unsigned threads) const {
  const std::uint64_t editing = std::min<std::uint64_t>(threads, chunks_) * chunk_edit_memory(layer_);
  return chunks_ * decoded_chunk_bytes(layer_) + editing + (old_ ? old_->bytes : 0);
}

Status ShardFile::prepare(const Reserve& reserve, unsigned threads, ChangedDirectories& changed,
                          const WriteContext& context) {
  const std::lock_guard lock(mutex_);
  if (prepared_) return {};
  const ReplacedFile file(*layer_.where.directory, name_, changed, context);
  if (!replaces_all_) {
    auto old = open_old(file, context);
    if (!old.ok()) return std::move(old).error();
    old_ = std::move(*old);
  }
  auto reserved = reserve(memory(threads));
  if (!reserved.ok()) return located_at(std::move(reserved).error(), file.path(), 0, 0);
  memory_ = std::move(*reserved);
  encoded_.reserve(chunks_);
  prepared_ = true;
  return {};
}

Result<std::shared_ptr<const ShardFile::OldShard>> ShardFile::open_old(const ReplacedFile& file,
                                                                       const WriteContext& context) const {
  auto old = std::make_shared<OldShard>();
  auto fd = file.open();
  if (!fd.ok()) return std::move(fd).error();
  if (!fd->valid()) return std::shared_ptr<const OldShard>(std::move(old));
  auto id = sys::stat_fd(fd->get(), file.path());
  if (!id.ok()) return std::move(id).error();
  const std::uint64_t bytes = layout_.index_bytes();
  if (!id->regular() || id->size < bytes) {
    return Error{.kind = ErrorKind::codec,
                 .op = "write",
                 .path = file.path(),
                 .length = id->size,
                 .message = "expected a shard with an index of " + std::to_string(bytes) + " bytes, found " +
                            std::to_string(id->size) + " bytes"};
  }
  auto memory = pool::ThreadScratch::get().take(kStoredSlot, bytes);
  if (!memory.ok()) return std::move(memory).error();
  const std::uint64_t offset = layout_.location == IndexLocation::start ? 0 : id->size - bytes;
  if (auto status = read_range(fd->get(), {offset, bytes}, memory->data(), file.path(), context); !status.ok()) {
    return std::move(status).error();
  }
  auto index = ShardIndex::decode(layout_, memory->first(bytes), id->size);
  if (!index.ok()) return located_at(std::move(index).error(), file.path(), offset, bytes);
  old->index = std::move(*index);
  old->fd = std::move(*fd);
  old->bytes = id->size;
  return std::shared_ptr<const OldShard>(std::move(old));
}

Status ShardFile::load(const OldShard& old, ChunkEdit& edit, std::uint64_t chunk, const std::string& path,
                       const WriteContext& context) {
  const auto range = old.index ? old.index->find(chunk) : std::nullopt;
  if (!range) return {};
  if (range->length > stored_limit(edit.decoded_bytes())) return edit.wrong_length(range->length, "stored");
  auto memory = pool::ThreadScratch::get().take(kStoredSlot, std::max<std::size_t>(1, range->length));
  if (!memory.ok()) return std::move(memory).error();
  const std::uint64_t begin = sys::monotonic_ns();
  POSIXPAR_RETURN_IF_ERROR(read_range(old.fd.get(), *range, memory->data(), path, context));
  context.counters.load_ns += sys::monotonic_ns() - begin;
  return edit.load(memory->first(range->length), range->offset);
}

Status ShardFile::write_chunk(const ChunkGeometry& geometry, ChangedDirectories& changed, const WriteContext& context) {
  const std::string path = layer_.where.directory->path_of(name_);
  const std::uint64_t chunk = number_in_shard(layout_, geometry);
  ChunkEdit edit(geometry, path, context);
  POSIXPAR_RETURN_IF_ERROR(edit.begin());
  if (edit.is_partial() && old_) POSIXPAR_RETURN_IF_ERROR(load(*old_, edit, chunk, path, context));
  auto stored = edit.finish();
  if (!stored.ok()) return std::move(stored).error();
  return add(chunk, *stored, changed, context);
}

std::uint64_t ShardFile::number_of(const ChunkGeometry& geometry) const { return number_in_shard(layout_, geometry); }

Status ShardFile::load_old(ChunkEdit& edit, std::uint64_t chunk, std::uint64_t write_backs, ChangedDirectories& changed,
                           const WriteContext& context) {
  const ReplacedFile file(*layer_.where.directory, name_, changed, context);
  std::shared_ptr<const OldShard> old;
  {
    const std::lock_guard lock(mutex_);
    if (!old_ || write_backs_ < write_backs) {
      auto opened = open_old(file, context);
      if (!opened.ok()) return std::move(opened).error();
      old_ = std::move(*opened);
      write_backs_ = write_backs;
    }
    old = old_;
  }
  return load(*old, edit, chunk, file.path(), context);
}

void ShardFile::end_chunk() {
  if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) release();
}

Status ShardFile::add(std::uint64_t chunk, const std::optional<Bytes>& stored, ChangedDirectories& changed,
                      const WriteContext& context) {
  Encoded encoded{chunk, std::nullopt};
  if (stored) encoded.bytes.emplace(stored->begin(), stored->end());
  {
    const std::lock_guard lock(mutex_);
    encoded_.push_back(std::move(encoded));
  }
  // The thread that adds the last chunk releases the reservation, which covers the scratch memory of this thread, too.
  if (memory_ && pool::Budget::instance().is_strict()) pool::ThreadScratch::get().trim(0);
  return left_.fetch_sub(1, std::memory_order_acq_rel) == 1 ? finish(changed, context) : Status();
}

Status ShardFile::copy_old(const OldShard& old, const std::vector<bool>& edited, std::vector<std::byte>& into,
                           const std::string& path, const WriteContext& context) {
  std::vector<StoredRange> runs;
  std::uint64_t total = 0;
  for (std::uint64_t chunk = 0; chunk < edited.size(); chunk++) {
    const auto range = edited[chunk] ? std::nullopt : old.index->find(chunk);
    if (!range) continue;
    total += range->length;
    const bool follows = !runs.empty() && runs.back().offset + runs.back().length == range->offset;
    if (follows) runs.back().length += range->length;
    if (!follows) runs.push_back(*range);
  }
  into.resize(total);
  std::byte* next = into.data();
  for (const StoredRange& run : runs) {
    POSIXPAR_RETURN_IF_ERROR(read_range(old.fd.get(), run, next, path, context));
    next += run.length;
  }
  return {};
}

Status ShardFile::finish(ChangedDirectories& changed, const WriteContext& context) {
  ReplacedFile file(*layer_.where.directory, name_, changed, context);
  std::ranges::sort(encoded_, {}, &Encoded::chunk);
  std::vector<bool> edited(layout_.chunk_count());
  for (const Encoded& one : encoded_) edited[one.chunk] = true;
  std::vector<std::byte> copied;
  const ShardIndex* old_index = old_ && old_->index ? &*old_->index : nullptr;
  if (old_index != nullptr) POSIXPAR_RETURN_IF_ERROR(copy_old(*old_, edited, copied, file.path(), context));

  ShardIndex index(layout_);
  std::vector<Bytes> pieces(1);  // The first piece is for an index at the start.
  std::uint64_t offset = layout_.location == IndexLocation::start ? layout_.index_bytes() : 0;
  auto next = encoded_.begin();
  std::size_t copied_to = 0;
  for (std::uint64_t chunk = 0; chunk < edited.size(); chunk++) {
    Bytes bytes;
    if (edited[chunk]) {
      const Encoded& one = *next++;
      if (!one.bytes) continue;
      bytes = *one.bytes;
    } else {
      const auto range = old_index != nullptr ? old_index->find(chunk) : std::nullopt;
      if (!range) continue;
      bytes = Bytes(copied).subspan(copied_to, range->length);
      copied_to += range->length;
    }
    index.set(chunk, {offset, bytes.size()});
    offset += bytes.size();
    pieces.push_back(bytes);
  }
  if (pieces.size() == 1) return file.remove();
  const std::vector<std::byte> stored = index.encode();
  if (layout_.location == IndexLocation::start) pieces.front() = stored;
  if (layout_.location == IndexLocation::end) pieces.emplace_back(stored);
  auto status = file.replace(pieces);
  if (status.ok()) context.counters[kShardsWritten]++;
  release();
  return status;
}

void ShardFile::release() {
  encoded_ = {};
  old_.reset();
  // The reservation covers the scratch memory of this thread.
  if (memory_ && pool::Budget::instance().is_strict()) pool::ThreadScratch::get().trim(0);
  memory_.reset();
}

}  // namespace posixpar
