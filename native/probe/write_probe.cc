#include "native/probe/write_probe.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <limits>
#include <mutex>
#include <optional>
#include <random>
#include <utility>

#include "native/pool/thread_start.h"
#include "native/probe/aligned.h"
#include "native/probe/start_gate.h"
#include "native/probe/wait_sampler.h"
#include "native/sys/clock.h"
#include "native/sys/file.h"
#include "native/sys/lease_signal.h"
#include "native/sys/storage.h"
#include "native/sys/thread_usage.h"
#include "native/sys/write.h"

namespace posixpar::probe {
namespace {

constexpr unsigned kMaxThreads = 1024;
constexpr std::size_t kMaxBlock = std::size_t{1} << 30;
constexpr std::uint64_t kMaxBlocks = std::uint64_t{1} << 28;
constexpr std::size_t kStampBytes = 4096;

struct ProbedFile {
  UniqueFd fd;
  std::string path;
};

/// State that the threads share.
struct Run {
  explicit Run(const WriteOptions& given) : options(given), gate(given.threads), running(given.threads) {}

  const WriteOptions& options;
  std::vector<ProbedFile> files;
  StartGate gate;
  std::uint64_t deadline_ns = 0;
  // Each atomic variable is in a separate cache line to avoid false sharing.
  alignas(64) std::atomic<std::uint64_t> issued = 0;
  alignas(64) std::atomic<unsigned> running;
  alignas(64) std::atomic<bool> stop = false;
  std::mutex mutex;
  std::optional<Error> error;

  [[nodiscard]] bool file_each() const { return files.size() > 1; }

  void fail(Error failure) {
    const std::lock_guard lock(mutex);
    if (!error) error = std::move(failure);
    stop.store(true, std::memory_order_relaxed);
  }
};

/// One measuring thread.
class Writer {
 public:
  Writer(Run& run, unsigned index) : run_(run), buffer_(run.options.block_bytes), index_(index) {
    std::mt19937_64 random(index + 1);  // NOLINT(cert-msc51-cpp): the bytes only have to be incompressible
    for (std::size_t at = 0; at + sizeof(std::uint64_t) <= buffer_.size(); at += sizeof(std::uint64_t)) {
      const std::uint64_t word = random();
      std::memcpy(buffer_.data() + at, &word, sizeof word);
    }
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { join(); }

  Status start() {
    auto thread = pool::start_thread("posixpar-probe", &Writer::entry, this);
    if (!thread.ok()) return std::move(thread).error();
    thread_ = *thread;
    return {};
  }
  void join() {
    if (thread_) pthread_join(*thread_, nullptr);
    thread_.reset();
  }

  [[nodiscard]] const SampledThread& sampled() const { return sampled_; }
  [[nodiscard]] const ThreadCounters& counters() const { return counters_; }
  [[nodiscard]] const Histogram& latencies() const { return latencies_; }
  [[nodiscard]] std::uint64_t first_ns() const { return first_ns_; }
  [[nodiscard]] std::uint64_t last_ns() const { return last_ns_; }

 private:
  struct Block {
    const ProbedFile* file;
    std::uint64_t offset;
  };

  static void* entry(void* self) {
    static_cast<Writer*>(self)->work();
    return nullptr;
  }

  void work() {
    (void)sys::thread_usage();  // Before the measurement, because the first call opens files.
    sampled_.id.store(sys::thread_id());
    run_.gate.ready_and_wait();
    const sys::ThreadUsage before = sys::thread_usage();
    sampled_.active.store(true);
    first_ns_ = sys::monotonic_ns();
    while (should_continue()) {
      const auto block = next_block();
      if (!block || !write(*block)) break;
    }
    sync_at_end();
    last_ns_ = sys::monotonic_ns();
    sampled_.active.store(false);
    counters_.wall_ns = last_ns_ - first_ns_;
    counters_.set_usage(before, sys::thread_usage());
  }

  /// Returns true until the deadline, but allows at least one call: on a busy machine a thread may first run after the
  /// deadline.
  [[nodiscard]] bool should_continue() const {
    if (run_.stop.load(std::memory_order_relaxed)) return false;
    return counters_.operations == 0 || sys::monotonic_ns() < run_.deadline_ns;
  }

  /// Returns the next block; nothing if all blocks are taken.
  std::optional<Block> next_block() {
    const WriteOptions& options = run_.options;
    std::uint64_t ticket = 0;
    const ProbedFile* file = run_.files.data();
    if (run_.file_each()) {
      const std::uint64_t nth = index_ + (counters_.operations / options.blocks) * options.threads;
      if (nth >= run_.files.size()) return std::nullopt;
      file = &run_.files[nth];
      ticket = counters_.operations % options.blocks;
    } else {
      ticket = run_.issued.fetch_add(1, std::memory_order_relaxed);
      if (ticket >= options.blocks) return std::nullopt;
    }
    const std::uint64_t number = options.first_block + ticket * options.block_stride;
    return Block{file, number * options.block_bytes};
  }

  bool write(const Block& block) {
    const std::size_t length = buffer_.size();
    for (std::size_t at = 0; at + sizeof(std::uint64_t) <= length; at += kStampBytes) {
      const std::uint64_t stamp = block.offset + at;
      std::memcpy(buffer_.data() + at, &stamp, sizeof stamp);
    }
    const int fd = block.file->fd.get();
    std::uint64_t calls = 0;
    const std::uint64_t begin = sys::monotonic_ns();
    auto status = sys::pwrite_full(fd, buffer_.data(), length, block.offset, block.file->path, calls);
    if (status.ok() && run_.options.sync == Sync::each) status = sys::flush_file(fd, block.file->path);
    const std::uint64_t took = sys::monotonic_ns() - begin;
    if (!status.ok()) {
      run_.fail(std::move(status).error());
      return false;
    }
    latencies_.record(took);
    counters_.in_call_ns += took;
    counters_.operations += 1;
    counters_.bytes += length;
    if (calls > 1) counters_.short_calls += 1;
    return true;
  }

  /// Synchronizes the files that only this thread writes. If the threads share a file, the last thread synchronizes it.
  void sync_at_end() {
    const bool is_last = run_.running.fetch_sub(1) == 1;
    if (run_.options.sync != Sync::end) return;
    for (std::size_t i = run_.file_each() ? index_ : 0; i < run_.files.size(); i += run_.options.threads) {
      if (!run_.file_each() && !is_last) return;
      const ProbedFile& written = run_.files[i];
      if (auto status = sys::flush_file(written.fd.get(), written.path); !status.ok()) {
        run_.fail(std::move(status).error());
      }
    }
  }

  Run& run_;
  AlignedBuffer buffer_;
  unsigned index_;
  SampledThread sampled_;
  std::optional<pthread_t> thread_;
  ThreadCounters counters_;
  Histogram latencies_;
  std::uint64_t first_ns_ = 0;
  std::uint64_t last_ns_ = 0;
};

Error invalid(const char* message) {
  Error error;
  error.op = "probe";
  error.message = message;
  return error;
}

Status check(const WriteOptions& options) {
  if (options.threads < 1 || options.threads > kMaxThreads) return invalid("expected 1 to 1024 threads");
  if (options.paths.empty()) return invalid("expected a file");
  if (options.paths.size() > 1 && options.paths.size() < options.threads) {
    return invalid("expected one file, or at least one per thread");
  }
  if (options.block_bytes < 1 || options.block_bytes > kMaxBlock) return invalid("expected blocks of 1 byte to 1 GiB");
  if (options.blocks < 1 || options.blocks > kMaxBlocks) return invalid("expected 1 to 2^28 blocks");
  if (options.block_stride < 1 || options.block_stride > kMaxThreads || options.first_block > kMaxBlocks) {
    return invalid("expected a first block of at most 2^28, and a stride of 1 to 1024");
  }
  return {};
}

}  // namespace

Result<WriteReport> run_writes(const WriteOptions& options) {
  POSIXPAR_RETURN_IF_ERROR(check(options));
  Run run(options);
  for (const std::string& path : options.paths) {
    auto file = sys::open_for_writing(path, options.access == Access::direct ? O_DIRECT : 0);
    if (!file.ok()) return std::move(file).error();
    run.files.push_back({std::move(*file), path});
  }
  std::deque<Writer> writers;
  for (unsigned i = 0; i < options.threads; ++i) writers.emplace_back(run, i);
  std::vector<const SampledThread*> sampled;
  sampled.reserve(writers.size());
  for (const Writer& writer : writers) sampled.push_back(&writer.sampled());
  WaitSampler sampler(std::move(sampled));

  std::size_t started = 0;
  for (Writer& writer : writers) {
    if (auto status = writer.start(); !status.ok()) {
      run.fail(std::move(status).error());
      break;
    }
    ++started;
  }
  run.running.fetch_sub(static_cast<unsigned>(writers.size() - started));
  const std::uint64_t now = run.gate.wait_until_ready(started, options.start_at_ns);
  run.deadline_ns = options.duration_ns == 0 ? std::numeric_limits<std::uint64_t>::max() : now + options.duration_ns;
  sampler.start();
  run.gate.open();
  for (Writer& writer : writers) writer.join();
  sampler.stop();
  if (run.error) return std::move(*run.error);

  WriteReport report;
  report.waits = sampler.samples();
  std::uint64_t first = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t last = 0;
  for (const Writer& writer : writers) {
    report.threads.push_back(writer.counters());
    report.latencies.merge(writer.latencies());
    first = std::min(first, writer.first_ns());
    last = std::max(last, writer.last_ns());
  }
  report.started_ns = first;
  report.elapsed_ns = last - first;
  return report;
}

}  // namespace posixpar::probe
