#include "native/exec/write/write.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string>
#include <utility>

#include "native/exec/plan/chunk_name.h"
#include "native/exec/run/task_memory.h"
#include "native/exec/write/cached_shard.h"
#include "native/exec/write/chunk_edit.h"
#include "native/exec/write/failed_syncs.h"
#include "native/exec/write/in_place.h"
#include "native/pool/budget.h"
#include "native/pool/buffers.h"
#include "native/pool/run_queue.h"
#include "native/pool/thread_pool.h"
#include "native/sys/clock.h"
#include "native/sys/storage.h"

namespace posixpar {
namespace {

/// Approximate size of a task: small enough that threads can share a write, and that a cancelled write ends soon.
constexpr std::uint64_t kTaskBytes = std::uint64_t{1} << 20;
constexpr std::uint64_t kMaxTaskRuns = 256;
/// Maximum length of a run if runs are not split.
constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();
/// Maximum size of the scratch memory that an I/O thread keeps between writes.
constexpr std::size_t kKeptScratch = std::size_t{512} << 10;
/// Rough estimate of the bytes that a thread writes per nanosecond. It is only used to order jobs that wait for
/// threads.
constexpr std::uint64_t kBytesPerNs = 1;

Error plan_error(std::string message) {
  Error error;
  error.kind = ErrorKind::invalid;
  error.op = "write";
  error.message = std::move(message);
  return error;
}

/// The segments of one dimension that belong to one shard.
struct ShardRun {
  std::uint64_t shard = 0;
  std::size_t first = 0;  ///< First segment.
  std::size_t segments = 0;
  bool is_whole = false;  ///< True if the segments select every position of the shard that is inside the array.
};

/// Groups the segments of a dimension by shard. A shard has `count` chunks along the dimension.
std::vector<ShardRun> shard_runs(const PlanDim& dim, std::uint64_t count) {
  std::vector<ShardRun> runs;
  std::uint64_t selected = 0;
  for (std::size_t s = 0; s < dim.segments.size(); s++) {
    const std::uint64_t shard = dim.segments[s].chunk / count;
    if (runs.empty() || runs.back().shard != shard) {
      runs.push_back({shard, s});
      selected = 0;
    }
    ShardRun& run = runs.back();
    run.segments++;
    selected += dim.segments[s].count;
    const std::uint64_t size = dim.chunk_shape * count;
    run.is_whole = selected == std::min(size, dim.grid_shape - shard * size);
  }
  return runs;
}

/// Moves `at` to the next position in row-major order. \returns false after the last position.
/// \param size_of  function that returns the number of positions of a dimension.
template <typename SizeOf>
bool next_position(std::vector<std::size_t>& at, SizeOf size_of) {
  for (std::size_t d = at.size(); d-- > 0;) {
    if (++at[d] < size_of(d)) return true;
    at[d] = 0;
  }
  return false;
}

}  // namespace

Write::Write(Plan plan, WriteSettings settings, const std::byte* source, std::shared_ptr<DirtyChunks> cache)
    : plan_(std::move(plan)),
      settings_(std::move(settings)),
      source_(source),
      cache_(std::move(cache)),
      // A direct write and a write through the page cache must not change the same page of the file.
      alignment_(
          settings_.direct_alignment == 0 ? 0 : std::max<std::uint64_t>(settings_.direct_alignment, sys::page_size())),
      changed_(plan_.layers.size()) {
  for (const PlanLayer& layer : plan_.layers) {
    if (cache_ != nullptr) cache_->attach(layer, settings_);
  }
  list_tasks();
  demand_ = {plan_.priority, plan_.elements * dtype_size(plan_.out_type) / kBytesPerNs};
}

Write::Write(Plan plan, WriteSettings settings, std::unique_ptr<ChunkCopy> copy)
    : Write(std::move(plan), std::move(settings), nullptr, nullptr) {
  copy_ = std::move(copy);
}

Status Write::check_writable(const Plan& plan, const WriteSettings& settings) {
  if (plan.scaled || plan.decoding) return plan_error("a write cannot scale or mask");
  for (const PlanLayer& layer : plan.layers) {
    if (!layer.others.empty()) return plan_error("a write has one box");
    const bool in_place = layer.where.kind == Locations::Kind::open_file;
    if (in_place && layer.chain != nullptr) return plan_error("encoded chunks of one file cannot be written in place");
    if (!in_place && layer.where.kind != Locations::Kind::names) return plan_error("chunks that cannot be written");
    if (layer.where.kind == Locations::Kind::names) {
      if (layer.where.data_offset != 0 || layer.spaced) return plan_error("chunk files with other data in them");
      if (layer.where.directory->roots() != nullptr) return plan_error("chunk files beneath roots");
    }
    for (std::uint64_t c = 0; in_place && c < layer.chunk_count; c++) {
      if (layer.where.is_known_absent(c)) return plan_error("a chunk without a location");
    }
    if (settings.shards && (in_place || settings.shards->dims.size() != layer.rank())) {
      return plan_error("shards that do not fit the chunks");
    }
    if (layer.chain != nullptr) POSIXPAR_RETURN_IF_ERROR(layer.chain->check_encodable());
  }
  return settings.shards ? settings.shards->check() : Status();
}

void Write::list_tasks() {
  for (std::uint32_t l = 0; l < plan_.layers.size(); l++) {
    const PlanLayer& layer = plan_.layers[l];
    if (is_direct(layer)) {
      list_direct(l);
    } else if (layer.where.kind == Locations::Kind::open_file) {
      list_runs(l);
    } else if (settings_.shards) {
      list_shards(l);
    } else {
      for (std::uint64_t use = 0; use < layer.chunk_count; use++) tasks_.push_back({TaskKind::chunk, l, use});
    }
    if (device_id_ == 0) {
      device_id_ = layer.where.file != nullptr ? layer.where.file->id().device : layer.where.directory->device();
    }
  }
}

void Write::list_runs(std::uint32_t layer) {
  ChunkGeometry geometry(plan_.layers[layer], dtype_size(plan_.out_type));
  for (std::uint64_t use = 0; use < plan_.layers[layer].chunk_count; use++) {
    geometry.seek(use);
    const FileRuns runs(geometry, dtype_size(plan_.out_type), kMaxRunBytes);
    const std::uint64_t per_task = std::clamp<std::uint64_t>(kTaskBytes / runs.run_bytes(), 1, kMaxTaskRuns);
    for (std::uint64_t run = 0; run < runs.count(); run += per_task) {
      tasks_.push_back({TaskKind::runs, layer, use, run, std::min(run + per_task, runs.count())});
    }
  }
}

bool Write::is_direct(const PlanLayer& layer) const {
  if (alignment_ == 0 || layer.where.kind != Locations::Kind::open_file) return false;
  // The ends of direct writes must not be inside an element.
  const std::uint64_t size = dtype_size(layer.stored);
  return alignment_ % size == 0 && std::ranges::all_of(layer.where.offsets, [&](double offset) {
           return static_cast<std::uint64_t>(offset) % size == 0;
         });
}

void Write::list_direct(std::uint32_t layer) {
  const PlanLayer& grid = plan_.layers[layer];
  ChunkGeometry geometry(grid, dtype_size(plan_.out_type));
  // A write through the page cache waits for the direct writes of the file that are in flight, and other direct writes
  // wait for it. So the edges of all runs are written last.
  std::vector<Task> edges;
  for (std::uint64_t use = 0; use < grid.chunk_count; use++) {
    geometry.seek(use);
    const FileRuns runs(geometry, dtype_size(plan_.out_type), kUnlimited);
    const auto chunk_offset = static_cast<std::uint64_t>(grid.where.offsets[use]);
    for (std::uint64_t run = 0; run < runs.count(); run++) {
      const FileRun found = runs.at(run);
      const RunRange middle = aligned_middle(chunk_offset + found.offset, found.length, alignment_);
      for (std::uint64_t begin = middle.begin; begin < middle.end; begin += kMaxRunBytes) {
        tasks_.push_back({TaskKind::direct, layer, use, begin, std::min(begin + kMaxRunBytes, middle.end), run});
      }
    }
    for (std::uint64_t run = 0; run < runs.count(); run += kMaxTaskRuns) {
      edges.push_back({TaskKind::edges, layer, use, run, std::min(run + kMaxTaskRuns, runs.count())});
    }
  }
  tasks_.insert(tasks_.end(), edges.begin(), edges.end());
}

void Write::list_shards(std::uint32_t layer) {
  const PlanLayer& grid = plan_.layers[layer];
  const ShardLayout& layout = *settings_.shards;
  const std::vector<PlanDim>& dims = grid.first.dims;
  std::vector<std::vector<ShardRun>> runs;
  for (std::size_t d = 0; d < dims.size(); d++) runs.push_back(shard_runs(dims[d], layout.dims[d].count));
  std::vector<std::size_t> at(dims.size());  // Position of the current shard: an index into `runs` per dimension.
  for (bool more = true; more; more = next_position(at, [&](std::size_t d) { return runs[d].size(); })) {
    std::uint64_t chunks = 1;
    bool replaces_all = true;
    for (std::size_t d = 0; d < dims.size(); d++) {
      chunks *= runs[d][at[d]].segments;
      replaces_all &= runs[d][at[d]].is_whole;
    }
    auto name = name_at(grid.where.name, [&](std::size_t d) { return runs[d][at[d]].shard; });
    shards_.push_back(std::make_unique<ShardFile>(grid, layout, std::move(name), chunks, replaces_all));
    std::vector<std::size_t> inner(dims.size());
    for (bool left = true; left; left = next_position(inner, [&](std::size_t d) { return runs[d][at[d]].segments; })) {
      std::uint64_t use = 0;
      for (std::size_t d = 0; d < dims.size(); d++) {
        use = use * dims[d].segments.size() + runs[d][at[d]].first + inner[d];
      }
      tasks_.push_back({TaskKind::chunk, layer, use, 0, 0, 0, shards_.back().get(), false});
    }
    tasks_.back().ends_group = true;
  }
}

void Write::start(std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  begin_ns_ = sys::monotonic_ns();
  for (const PlanLayer& layer : plan_.layers) {
    failed_syncs_.push_back(layer.where.file == nullptr ? 0 : FailedSyncs::instance().count(layer.where.file->id()));
  }
  const auto self = shared_from_this();
  auto& pool = pool::ThreadPool::instance();
  const unsigned widest = plan_.threads != 0 ? plan_.threads : pool.width(pool::Lane::io);
  const auto copies = static_cast<unsigned>(std::clamp<std::size_t>(tasks_.size(), 1, std::max(widest, 1U)));
  auto status = pool.submit(pool::Lane::io, self, copies);
  if (status.ok()) return;
  fail(0, std::move(status).error());
  pool.hold(self);
  pool.release(self);  // Calls finished(), because no thread will run this job.
}

void Write::cancel() {
  cancel_.cancel();
  stop_waiting_.cancel();
  pool::ThreadPool::instance().expedite(shared_from_this());
}

std::uint64_t Write::memory_of(const Task& task) const {
  const PlanLayer& layer = plan_.layers[task.layer];
  if (copy_ != nullptr) return ChunkCopy::kMemory;
  return layer.where.kind == Locations::Kind::open_file ? kMaxRunBytes : chunk_edit_memory(layer);
}

Status Write::perform(const Task& task, const WriteContext& context) {
  const PlanLayer& layer = plan_.layers[task.layer];
  ChunkGeometry geometry(layer, dtype_size(plan_.out_type));
  geometry.seek(task.use);
  ChangedDirectories& changed = changed_[task.layer];
  if (copy_ != nullptr) return copy_->copy(task.use, geometry, changed, context);
  if (task.shard != nullptr) {
    return cache_ != nullptr ? cache_shard_chunk(geometry, *task.shard, *cache_, changed, context)
                             : task.shard->write_chunk(geometry, changed, context);
  }
  if (layer.where.kind != Locations::Kind::open_file) {
    return cache_ != nullptr ? cache_chunk_file(geometry, *cache_, changed, context)
                             : write_chunk_file(geometry, changed, context);
  }
  return write_in_place(task, geometry, context);
}

Status Write::write_in_place(const Task& task, const ChunkGeometry& geometry, const WriteContext& context) {
  const PlanLayer& layer = plan_.layers[task.layer];
  const std::uint64_t max_bytes = task.kind == TaskKind::runs ? kMaxRunBytes : kUnlimited;
  const FileRuns runs(geometry, dtype_size(plan_.out_type), max_bytes);
  const InPlaceChunk chunk(runs, layer, static_cast<std::uint64_t>(layer.where.offsets[task.use]), context);
  if (task.kind == TaskKind::direct) {
    return chunk.write_direct(task.run, {task.begin, task.end}, alignment_, refusal_);
  }
  POSIXPAR_RETURN_IF_ERROR(task.kind == TaskKind::edges ? chunk.write_edges(task.begin, task.end, alignment_)
                                                        : chunk.write_runs(task.begin, task.end));
  if (task.end == runs.count()) context.counters[kChunksWritten]++;
  return {};
}

Status Write::execute(const Task& task, const pool::Slice& slice, const WriteContext& context) {
  auto& budget = pool::Budget::instance();
  const auto reserve = [&](std::uint64_t bytes) {
    return budget.acquire(bytes, &stop_waiting_, slice.due_ns(), device_id_);
  };
  // With a strict budget, a thread keeps no scratch memory that is not reserved.
  const auto end = [&](Status status) {
    if (budget.is_strict()) pool::ThreadScratch::get().trim(0);
    return status;
  };
  if (task.shard != nullptr && cache_ == nullptr) {
    POSIXPAR_RETURN_IF_ERROR(task.shard->prepare(reserve, changed_[task.layer], context));
    return end(perform(task, context));
  }
  const auto memory = reserve(memory_of(task));
  if (!memory.ok()) return located_in(memory.error(), plan_.layers[task.layer]);
  return end(perform(task, context));
}

pool::JobStep Write::run(const pool::Slice& slice) {
  auto step = pool::JobStep::done;
  for (bool first = true; !stop_.load(std::memory_order_acquire) && !cancel_.cancelled(); first = false) {
    if (!first && slice.over() && may_yield_before(next_.load(std::memory_order_relaxed))) {
      step = pool::JobStep::yielded;
      break;
    }
    const std::size_t index = next_.fetch_add(1, std::memory_order_relaxed);
    if (index >= tasks_.size()) break;
    WriteCounters counters;
    const WriteContext context{plan_, settings_, source_, counters, {&ComputeGate::instance(), slice.due_ns()}};
    auto status = execute(tasks_[index], slice, context);
    merge(counters);
    if (status.ok()) {
      done_.fetch_add(1, std::memory_order_relaxed);
    } else if (status.error().kind != ErrorKind::cancelled || cancel_.cancelled()) {
      fail(index, std::move(status).error());
    }  // Else the thread stopped to wait for memory, because another task has failed.
  }
  if (step == pool::JobStep::done) pool::ThreadScratch::get().trim(kKeptScratch);
  return step;
}

void Write::merge(const WriteCounters& counters) {
  const std::lock_guard lock(mutex_);
  for (std::size_t w = 0; w < kWriteStatWords; w++) total_.words[w] += counters.words[w];
  const auto self = std::this_thread::get_id();
  if (std::ranges::find(threads_, self) == threads_.end()) threads_.push_back(self);
  total_[kWriteThreads] = threads_.size();
}

void Write::fail(std::size_t task, Error error) {
  stop_.store(true, std::memory_order_release);
  // A shard that failed keeps its memory until the write ends. So no thread may wait for this memory.
  stop_waiting_.cancel();
  const std::lock_guard lock(mutex_);
  if (error_ && error_task_ <= task) return;
  error_ = std::move(error);
  error_task_ = task;
}

Status Write::sync_file(std::size_t layer) {
  const sys::OpenFile& file = *plan_.layers[layer].where.file;
  total_[kWriteSystemCalls]++;
  auto status = sys::flush_file(file.fd(), file.path());
  if (!status.ok()) FailedSyncs::instance().note(file.id());
  if (status.ok() && FailedSyncs::instance().count(file.id()) != failed_syncs_[layer]) {
    Error error = sys::io_error("fdatasync", EIO, file.path());
    error.message = "a concurrent write could not be synchronized, so the data of this write may be lost, too";
    return error;
  }
  return status;
}

Status Write::sync() {
  // The cache makes chunks durable when it is flushed.
  if (settings_.durability == Durability::none || cache_ != nullptr) return {};
  const std::uint64_t begin = sys::monotonic_ns();
  for (std::size_t l = 0; l < plan_.layers.size(); l++) {
    const Locations& where = plan_.layers[l].where;
    if (where.kind == Locations::Kind::open_file) {
      POSIXPAR_RETURN_IF_ERROR(sync_file(l));
    } else if (settings_.durability == Durability::full) {
      POSIXPAR_RETURN_IF_ERROR(changed_[l].sync(*where.directory, total_[kWriteSystemCalls]));
    }
  }
  total_[kSyncNs] += sys::monotonic_ns() - begin;
  return {};
}

void Write::check_source() {
  // A chunk that could not be copied is no error of the source if the file has changed in the meantime.
  const bool may_be_changed = !error_ || error_->kind == ErrorKind::eof || error_->kind == ErrorKind::codec;
  if (copy_ == nullptr || !may_be_changed) return;
  auto status = copy_->check_unchanged(total_);
  if (status.ok()) return;
  error_.reset();
  fail(0, std::move(status).error());
}

void Write::finished() {
  for (const auto& shard : shards_) shard->release();
  check_source();
  if (!error_ && done_.load(std::memory_order_relaxed) < tasks_.size()) {
    fail(tasks_.size(), {.kind = ErrorKind::cancelled, .op = "write", .path = {}, .message = {}});
  }
  if (!error_) {
    if (auto status = sync(); !status.ok()) fail(tasks_.size(), std::move(status).error());
  }
  {
    const std::lock_guard lock(mutex_);
    total_[kDirectErrno] = static_cast<std::uint64_t>(refusal_.error_number.load(std::memory_order_relaxed));
    total_[kWriteElapsedNs] = sys::monotonic_ns() - begin_ns_;
  }
  if (on_end_) on_end_();
}

void Write::stats(std::span<double> words) const {
  const std::lock_guard lock(mutex_);
  const std::size_t count = std::min<std::size_t>(words.size(), kWriteStatWords);
  for (std::size_t w = 0; w < count; w++) words[w] = static_cast<double>(total_.words[w]);
}

}  // namespace posixpar
