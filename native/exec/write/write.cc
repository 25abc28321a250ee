#include "native/exec/write/write.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

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

/// Maximum size of the scratch memory that an I/O thread keeps between writes.
constexpr std::size_t kKeptScratch = std::size_t{512} << 10;
/// Maximum number of threads per computing thread that write shards. A shard reserves memory for all of them.
constexpr unsigned kShardThreads = 2;
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

void Write::start(std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  begin_ns_ = sys::monotonic_ns();
  for (const PlanLayer& layer : plan_.layers) {
    failed_syncs_.push_back(layer.where.file == nullptr ? 0 : FailedSyncs::instance().count(layer.where.file->id()));
  }
  const auto self = shared_from_this();
  auto& pool = pool::ThreadPool::instance();
  width_ = WriteWidth::of_pool(plan_.threads);
  width_.widest = std::min(width_.widest, max_threads());
  width_.computing = std::min(width_.computing, width_.widest);
  const bool encodes = std::ranges::any_of(plan_.layers, [](const PlanLayer& layer) { return layer.chain != nullptr; });
  // Few tasks of a sharded write synchronize a file: only the last one of each shard.
  const bool waits = settings_.durability != Durability::none && !settings_.shards;
  const unsigned first = adapts_threads() ? first_write_threads(width_, encodes, waits) : width_.widest;
  const unsigned copies = copies_.begin(width_, first, tasks_.size());
  auto status = pool.submit(pool::Lane::io, self, copies);
  if (status.ok()) return;
  fail(0, std::move(status).error());
  pool.hold(self);
  pool.release(self);  // Calls finished(), because no thread will run this job.
}

unsigned Write::max_threads() const {
  if (settings_.shards) return kShardThreads * width_.computing;
  const auto is_cached = [&](const PlanLayer& layer) {
    return layer.where.kind == Locations::Kind::open_file && !is_direct(layer);
  };
  // The kernel performs writes to the page cache of one file one after the other. Further threads would only wait for
  // the lock of the file, and most of them in a busy loop.
  const bool shares_locks = copy_ == nullptr && !gathers_ && std::ranges::all_of(plan_.layers, is_cached);
  return shares_locks ? static_cast<unsigned>(plan_.layers.size()) : width_.widest;
}

bool Write::adapts_threads() const {
  return copy_ == nullptr && cache_ == nullptr && std::ranges::all_of(plan_.layers, [](const PlanLayer& layer) {
           return layer.where.kind != Locations::Kind::open_file;
         });
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
  const std::uint64_t max_bytes = task.kind == TaskKind::runs ? kMaxRunBytes : kUnlimitedRun;
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
    POSIXPAR_RETURN_IF_ERROR(task.shard->prepare(reserve, width_.widest, changed_[task.layer], context));
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
    const WriteTimes times = merge(counters);
    if (status.ok()) {
      done_.fetch_add(1, std::memory_order_relaxed);
    } else if (status.error().kind != ErrorKind::cancelled || cancel_.cancelled()) {
      fail(index, std::move(status).error());
    }  // Else the thread stopped to wait for memory, because another task has failed.
    const bool may_add = next_.load(std::memory_order_relaxed) < tasks_.size();
    const auto submit = [&] { return pool::ThreadPool::instance().submit(pool::Lane::io, shared_from_this(), 1).ok(); };
    if (adapts_threads() && !copies_.adapt(times, may_add, submit)) break;
  }
  if (step == pool::JobStep::done) pool::ThreadScratch::get().trim(kKeptScratch);
  return step;
}

WriteTimes Write::merge(const WriteCounters& counters) {
  const std::lock_guard lock(mutex_);
  total_.add(counters);
  ended_tasks_++;
  const auto self = std::this_thread::get_id();
  if (std::ranges::find(threads_, self) == threads_.end()) threads_.push_back(self);
  total_[kWriteThreads] = threads_.size();
  return WriteTimes::of(total_, ended_tasks_);
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
