#include "native/probe/probe.h"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <deque>
#include <limits>
#include <utility>

#include "native/pool/thread_start.h"
#include "native/probe/aligned.h"
#include "native/probe/stage.h"
#include "native/sys/clock.h"
#include "native/sys/file.h"
#include "native/sys/file_position.h"
#include "native/sys/thread_usage.h"

namespace posixpar::probe {
namespace {

constexpr unsigned kMaxThreads = 1024;
constexpr std::size_t kMaxBlock = std::size_t{1} << 30;
constexpr std::uint64_t kMaxBlocks = std::uint64_t{1} << 28;

Error end_inside_region(const std::string& path) {
  Error error;
  error.kind = ErrorKind::eof;
  error.op = "read";
  error.path = path;
  error.message = "the file ends inside the region";
  return error;
}

/// One measuring thread.
class Worker {
 public:
  Worker(Stage& stage, unsigned index)
      : stage_(stage), buffer_(stage.options().block_bytes), path_(stage.options().paths[0]), index_(index) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() { join(); }

  Status open() {
    const Options& options = stage_.options();
    if (options.pattern == Pattern::file_each) {
      for (std::size_t i = index_; i < options.paths.size(); i += options.threads) {
        POSIXPAR_RETURN_IF_ERROR(open_own(options.paths[i]));
      }
    } else if (options.pattern == Pattern::pread_own) {
      POSIXPAR_RETURN_IF_ERROR(open_own(path_));
    } else {
      files_.push_back({stage_.shared_fd(), path_});
    }
    return {};
  }

  Status start() {
    auto thread = pool::start_thread("posixpar-probe", &Worker::entry, this);
    if (!thread.ok()) return std::move(thread).error();
    thread_ = *thread;
    return {};
  }
  void join() {
    if (thread_) pthread_join(*thread_, nullptr);
    thread_.reset();
  }

  [[nodiscard]] const ThreadCounters& counters() const { return counters_; }
  [[nodiscard]] const Histogram& latencies() const { return latencies_; }
  [[nodiscard]] std::uint64_t first_ns() const { return first_ns_; }
  [[nodiscard]] std::uint64_t last_ns() const { return last_ns_; }

 private:
  struct Source {
    int fd;
    std::string path;
  };

  Status open_own(const std::string& path) {
    auto file = open_block_file(stage_.options(), path);
    if (!file.ok()) return std::move(file).error();
    files_.push_back({file->get(), path});
    own_.push_back(std::move(*file));
    return {};
  }

  static void* entry(void* self) {
    static_cast<Worker*>(self)->work();
    return nullptr;
  }

  void work() {
    (void)sys::thread_usage();  // Before the measurement, because the first call opens files.
    stage_.ready_and_wait();
    const sys::ThreadUsage before = sys::thread_usage();
    first_ns_ = sys::monotonic_ns();
    if (!stage_.stopped()) {
      if (shares_position(stage_.options().pattern)) {
        passes();
      } else {
        blocks();
      }
    }
    last_ns_ = sys::monotonic_ns();
    const sys::ThreadUsage after = sys::thread_usage();
    counters_.wall_ns = last_ns_ - first_ns_;
    counters_.set_usage(before, after);
  }

  /// Returns true until the deadline, but allows at least one call: on a busy machine a thread may first run after the
  /// deadline.
  [[nodiscard]] bool should_continue() const {
    if (stage_.stopped()) return false;
    return counters_.operations == 0 || sys::monotonic_ns() < stage_.deadline_ns();
  }

  void blocks() {
    while (should_continue()) {
      const auto offset = stage_.next_offset(counters_.operations);
      if (!offset || !call([&] { return read_block(*offset); })) return;
    }
  }

  void passes() {
    for (;;) {
      if (!should_continue()) break;
      if (!stage_.begin_call()) {
        if (!stage_.end_pass()) break;
        continue;
      }
      if (!call([&] { return read_at_position(); })) break;
      stage_.delivery()->deliver({buffer_.data(), stage_.options().block_bytes});
    }
    stage_.leave_passes();
  }

  /// Times `read` and counts its result.
  /// \returns false if it failed or read nothing.
  template <typename Read>
  bool call(Read read) {
    const std::uint64_t begin = sys::monotonic_ns();
    const Result<std::size_t> got = read();
    const std::uint64_t took = sys::monotonic_ns() - begin;
    if (!got.ok()) {
      stage_.fail(Result(got).error());
      return false;
    }
    if (*got == 0) {
      stage_.fail(end_inside_region(path_));
      return false;
    }
    latencies_.record(took);
    counters_.in_call_ns += took;
    counters_.operations += 1;
    counters_.bytes += *got;
    if (*got < stage_.options().block_bytes) counters_.short_calls += 1;
    return true;
  }

  Result<std::size_t> read_block(std::uint64_t offset) {
    const Options& options = stage_.options();
    // If the thread has several files, it reads them one after the other.
    const std::size_t turn = counters_.operations / (options.length / options.block_bytes) % files_.size();
    const Source& file = files_[turn];
    return sys::pread_full(file.fd, buffer_.data(), options.block_bytes, offset, file.path);
  }

  Result<std::size_t> read_at_position() {
    const std::size_t length = stage_.options().block_bytes;
    if (stage_.options().pattern == Pattern::read_shared)
      return sys::read_next(files_[0].fd, buffer_.data(), length, path_);
    // Two threads may get the same position here, and then read the same block. If they called read(2) on one
    // descriptor, a lock in the kernel would prevent this.
    const std::uint64_t at = stage_.position().load(std::memory_order_relaxed);
    auto got = sys::pread_full(files_[0].fd, buffer_.data(), length, at, path_);
    if (got.ok()) stage_.position().store(at + *got, std::memory_order_relaxed);
    return got;
  }

  Stage& stage_;
  AlignedBuffer buffer_;
  std::string path_;
  unsigned index_;
  std::vector<UniqueFd> own_;
  std::vector<Source> files_;
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

Status check(const Options& options) {
  if (options.threads < 1 || options.threads > kMaxThreads) return invalid("expected 1 to 1024 threads");
  const std::size_t files = options.pattern == Pattern::file_each ? options.threads : 1;
  if (options.paths.size() < files) return invalid("expected one file per thread");
  if (options.block_bytes < 1 || options.block_bytes > kMaxBlock) return invalid("expected blocks of 1 byte to 1 GiB");
  if (options.length == 0 || options.length % options.block_bytes != 0 || options.offset % options.block_bytes != 0) {
    return invalid("expected an offset and a length that are multiples of the block size");
  }
  if (options.length / options.block_bytes > kMaxBlocks) return invalid("expected at most 2^28 blocks");
  return {};
}

}  // namespace

Result<Report> run(const Options& options) {
  POSIXPAR_RETURN_IF_ERROR(check(options));
  Stage stage(options);
  POSIXPAR_RETURN_IF_ERROR(stage.prepare());
  Report report;
  report.region_bytes = options.length * (options.pattern == Pattern::file_each ? options.paths.size() : 1);
  report.resident_before = stage.resident_bytes();
  if (options.duration_ns == 0 && options.operations == 0) {
    report.resident_after = report.resident_before;
    return report;
  }

  std::deque<Worker> workers;
  for (unsigned i = 0; i < options.threads; ++i) {
    workers.emplace_back(stage, i);
    POSIXPAR_RETURN_IF_ERROR(workers.back().open());
  }
  std::size_t started = 0;
  for (Worker& worker : workers) {
    if (auto status = worker.start(); !status.ok()) {
      stage.fail(std::move(status).error());
      break;
    }
    ++started;
  }
  stage.start(started, &report.started_ns);
  for (Worker& worker : workers) worker.join();
  stage.finish_last_pass();
  if (auto error = stage.take_error()) return std::move(*error);

  report.resident_after = stage.resident_bytes();
  std::uint64_t first = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t last = 0;
  for (const Worker& worker : workers) {
    report.threads.push_back(worker.counters());
    report.latencies.merge(worker.latencies());
    first = std::min(first, worker.first_ns());
    last = std::max(last, worker.last_ns());
  }
  report.started_ns = first;
  report.elapsed_ns = last - first;
  if (stage.delivery() != nullptr) report.coverage = stage.delivery()->coverage();
  return report;
}

}  // namespace posixpar::probe
