#pragma once
/// \file Small operations that must not block a JavaScript thread: looking up a path, reading some bytes, listing a
/// directory, opening a file, restoring an index. Lookup::start() performs them on the I/O lane, several at a time;
/// Lookup::perform_now() on the calling thread.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <vector>

#include "native/base/generated/lookup.h"
#include "native/base/result.h"
#include "native/exec/deflate_first_pass.h"
#include "native/exec/global_heap.h"
#include "native/pool/cancel.h"
#include "native/pool/job.h"
#include "native/pool/run_queue.h"
#include "native/sys/file.h"
#include "native/sys/open_file.h"

namespace posixpar {

/// Values of variable length that an item of the kind `heap` joins. The memory belongs to the caller.
struct HeapItem {
  HeapSpec spec;
  Bytes references;
  std::span<double> ends;  ///< Receives the end of each value; LookupItem::offset is the start of the first one.
};

/// One file operation of a lookup. `kind` decides which of the other members are used.
struct LookupItem {
  LookupKind kind = LookupKind::stat;
  std::string path;                     ///< For all kinds except `read`, `inflate`, `first_pass` and `restore`.
  std::shared_ptr<sys::OpenFile> file;  ///< For `read`, `inflate`, `first_pass` and `heap`.
  /// Offset in the file. For `open` and `slice`, a negative offset counts from the end. For `restore`, the end of the
  /// deflate stream. For `heap`, the number that is added to the ends of the values.
  std::int64_t offset = 0;
  std::size_t length = 0;     ///< Maximum number of bytes to read. `into` must have room for them.
  std::byte* into = nullptr;  ///< For `restore`, the bytes of the index, which are not changed.
  DeflateScanSpec scan;       ///< For `inflate` and `first_pass`.
  HeapItem heap;              ///< For `heap`.
};

/// A range of bytes of a file.
struct FileSlice {
  std::uint64_t offset = 0;
  std::size_t length = 0;
};

/// Returns the bytes that an item of the kind `open` or `slice` reads from a file of `size` bytes. A negative offset of
/// the item counts from the end of the file.
FileSlice slice_of(const LookupItem& item, std::uint64_t size);

/// Result of one LookupItem. The kind of the item decides which members are set.
struct LookupAnswer {
  bool absent = false;  ///< True if the path does not exist; only for stat, open, slice and list.
                        ///< For restore and heap, true if the bytes are damaged.
  sys::FileId id;
  std::size_t bytes = 0;                      ///< Bytes read; fewer than requested only at the end of the file.
  std::shared_ptr<sys::OpenFile> opened;      ///< Result of `open` and `share`: the open file.
  std::shared_ptr<sys::Directory> directory;  ///< Result of `directory`.
  std::shared_ptr<const sys::Roots> root;     ///< Result of `root`.
  std::vector<std::string> names;             ///< Result of `list`: the names in the directory.
  std::shared_ptr<const DeflateIndex> index;  ///< Result of `inflate` and `restore`: the restart points.
  std::shared_ptr<const DeflateFirstPass> first_pass;  ///< Result of `first_pass`.
};

/// Performs the file operations in a list of items.
///
/// `on_end` is called once, on any thread, when the lookup has ended, unless abandon() was called. The caller's memory
/// (LookupItem::into) must stay valid until then, or until abandon() has returned. The error of the lookup is the first
/// error in the order of the items. After an error, later items may be skipped.
///
/// System calls may hang, for example on a network file system that does not answer. So threads read into scratch
/// memory and then copy the data: a call that hangs never writes to the caller's memory. Jobs that wait for one device
/// share threads, so they do not delay jobs for other devices.
class Lookup final : public pool::Job, public std::enable_shared_from_this<Lookup> {
 public:
  /// \param roots  directories to which paths are confined; null if all paths are allowed.
  explicit Lookup(std::vector<LookupItem> items, std::shared_ptr<const sys::Roots> roots = nullptr)
      : items_(std::move(items)), roots_(std::move(roots)), answers_(items_.size()) {}

  /// Starts the lookup on the pool and returns at once.
  void start(std::function<void()> on_end);
  /// Performs all items on the calling thread, and blocks until they are done. Call it instead of start().
  void perform_now() { (void)run(pool::Slice(pool::Lane::io)); }
  /// Performs all items on the calling thread, if none of them can wait: they are of the kind `stat` or `slice`, their
  /// paths and bytes are in memory, and their file systems are local (sys::LocalDevices). A slice that was modified
  /// while it was read is not accepted.
  /// \returns true if all items are answered without an error. Otherwise, call start() or perform_now().
  bool try_without_waiting();
  /// Skips items that have not started. If there are any, the lookup fails with `cancelled`.
  void cancel();
  /// Cancels the lookup and returns soon, even if system calls hang. From then on, no thread uses the caller's memory,
  /// and `on_end` is not called.
  void abandon();

  /// Returns the error of the first item that failed, in the order of the items. \pre the lookup has ended.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  [[nodiscard]] const std::vector<LookupAnswer>& answers() const { return answers_; }

  pool::JobStep run(const pool::Slice& slice) override;
  /// Device of the first item. 0 before a compute thread has looked it up, or if only a request to the file system
  /// could find it out.
  [[nodiscard]] std::uint64_t device_id() const override { return device_id_; }
  void finished() override;

 private:
  /// Finds the device of the first item, and moves the job to the I/O threads of that device.
  void hand_to_device();
  Status perform(std::size_t index);
  Status read_from_path(std::size_t index);
  Status restore_index(std::size_t index);
  Status join_heap(std::size_t index);
  bool perform_without_waiting(std::size_t index, std::uint64_t now_ns);
  Status read_into(std::size_t index, const sys::OpenFile& file, std::uint64_t offset, std::size_t length);
  void fail(std::size_t index, Error error);

  [[nodiscard]] Result<std::shared_ptr<sys::OpenFile>> open_regular(const std::string& path) const;

  std::vector<LookupItem> items_;
  std::shared_ptr<const sys::Roots> roots_;
  std::vector<LookupAnswer> answers_;
  pool::CancelToken cancel_;
  std::uint64_t device_id_ = 0;
  // Locked in shared mode while a thread uses the caller's memory or calls on_end_. abandon() locks it exclusively.
  std::shared_mutex callers_mutex_;
  bool abandoned_ = false;
  std::function<void()> on_end_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;  // Guards the members below until the lookup has ended.
  std::optional<Error> error_;
  std::size_t error_index_ = 0;
};

}  // namespace posixpar
