#pragma once
/// \file Small file operations that must not block a JavaScript thread: looking up a path, reading some bytes, listing
/// a directory, opening a file. The I/O lane performs them, several at a time.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "native/base/generated/lookup.h"
#include "native/base/result.h"
#include "native/pool/cancel.h"
#include "native/pool/job.h"
#include "native/pool/run_queue.h"
#include "native/sys/file.h"
#include "native/sys/open_file.h"

namespace posixpar {

struct LookupItem {
  LookupKind kind = LookupKind::stat;
  std::string path;                     ///< For all kinds but `read`.
  std::shared_ptr<sys::OpenFile> file;  ///< For `read`.
  std::int64_t offset = 0;              ///< For `slice`, a negative offset counts from the end of the file.
  std::size_t length = 0;               ///< Number of bytes that fit into `into`.
  std::byte* into = nullptr;
};

struct LookupAnswer {
  bool absent = false;  ///< ENOENT or ENOTDIR; for stat, open, slice and list
  sys::FileId id;
  std::size_t bytes = 0;                      ///< Bytes read; fewer than requested only at the end of the file.
  std::shared_ptr<sys::OpenFile> opened;      ///< open, share
  std::shared_ptr<sys::Directory> directory;  ///< directory
  std::shared_ptr<const sys::Roots> root;     ///< root
  std::vector<std::string> names;             ///< list
};

/// Performs a list of items.
///
/// The memory of the items must stay valid until `on_end` was called or abandon() has returned. `on_end` is called
/// once, on any thread, when no thread uses that memory any more. The error of the lookup is the first error in the
/// order of the items; later items may be skipped.
///
/// System calls may hang, for example on a network file system that does not answer. So threads read into their own
/// memory and copy the data into the memory of the items. Jobs of one device share threads, so that other devices are
/// not delayed.
class Lookup final : public pool::Job, public std::enable_shared_from_this<Lookup> {
 public:
  /// \param roots  all paths must be beneath one of these; null: anywhere.
  explicit Lookup(std::vector<LookupItem> items, std::shared_ptr<const sys::Roots> roots = nullptr)
      : items_(std::move(items)), roots_(std::move(roots)), answers_(items_.size()) {}

  /// Starts the lookup on the pool and returns at once.
  void start(std::function<void()> on_end);
  /// Performs all items on the calling thread. Call it instead of start(). Blocks.
  void perform_now() { (void)run(pool::Slice(pool::Lane::io)); }
  /// Drops items that have not started; the lookup ends with `cancelled`.
  void cancel();
  /// Cancels the lookup and returns at once, even if system calls hang. From then on, no thread uses the items' memory,
  /// and `on_end` is not called.
  void abandon();

  /// Returns the error of the first item that failed, in the order of the items. \pre the lookup has ended.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  [[nodiscard]] const std::vector<LookupAnswer>& answers() const { return answers_; }

  pool::JobStep run(const pool::Slice& slice) override;
  /// Device of the first item, if it is known without a request to its file system; else 0.
  [[nodiscard]] std::uint64_t device_id() const override { return device_id_; }
  void finished() override;

 private:
  /// Finds the device of the items, and moves the job to the threads of that device.
  void hand_to_device();
  Status perform(std::size_t index);
  Status read_from_path(std::size_t index);
  Status read_into(std::size_t index, const sys::OpenFile& file, std::uint64_t offset, std::size_t length);
  void fail(std::size_t index, Error error);

  [[nodiscard]] Result<std::shared_ptr<sys::OpenFile>> open_regular(const std::string& path) const;

  std::vector<LookupItem> items_;
  std::shared_ptr<const sys::Roots> roots_;
  std::vector<LookupAnswer> answers_;
  pool::CancelToken cancel_;
  std::uint64_t device_id_ = 0;
  std::shared_mutex callers_mutex_;  // Held shared while the caller's memory is written or on_end_ is called.
  bool abandoned_ = false;
  std::function<void()> on_end_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;  // Guards what follows until the end.
  std::optional<Error> error_;
  std::size_t error_index_ = 0;
};

}  // namespace posixpar
