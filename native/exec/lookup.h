#pragma once
/// \file Small questions about files that must not block a JavaScript thread: what is at a path, its first bytes, some
/// of its bytes, the names in a directory, a descriptor. Answered on the I/O lane, several at a time.
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
  std::string path;                     ///< all but read
  std::shared_ptr<sys::OpenFile> file;  ///< read
  std::int64_t offset = 0;              ///< slice: negative ones count from the end of the file
  std::size_t length = 0;               ///< the bytes that `into` has room for
  std::byte* into = nullptr;
};

struct LookupAnswer {
  bool absent = false;  ///< ENOENT or ENOTDIR; for stat, open, slice and list
  sys::FileId id;
  std::size_t bytes = 0;                      ///< fewer than asked for only at the end of the file
  std::shared_ptr<sys::OpenFile> opened;      ///< open, share
  std::shared_ptr<sys::Directory> directory;  ///< directory
  std::shared_ptr<const sys::Roots> root;     ///< root
  std::vector<std::string> names;             ///< list
};

/// Contract: the memory of the items stays valid until `on_end` was called, which happens once, on any thread, when no
/// thread touches it any more; or until abandon() has returned. The first error in the items' order is the lookup's;
/// items behind it may be left out.
///
/// Its calls may hang (a network file system that does not answer). So threads read into memory of their own and copy
/// it into that of the items; jobs of one device share threads, so that others are not held up.
class Lookup final : public pool::Job, public std::enable_shared_from_this<Lookup> {
 public:
  /// \param roots  beneath which all paths must lie; null: anywhere.
  explicit Lookup(std::vector<LookupItem> items, std::shared_ptr<const sys::Roots> roots = nullptr)
      : items_(std::move(items)), roots_(std::move(roots)), answers_(items_.size()) {}

  void start(std::function<void()> on_end);
  /// Performs all items on the calling thread, instead of start(). Blocks.
  void perform_now() { (void)run(pool::Slice(pool::Lane::io)); }
  /// Drops items that have not started; the lookup ends with `cancelled`.
  void cancel();
  /// Cancels it and lets its caller go at once, also while calls hang: from now on no thread touches the items' memory,
  /// and `on_end` is not called.
  void abandon();

  /// After the end.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  [[nodiscard]] const std::vector<LookupAnswer>& answers() const { return answers_; }

  pool::JobStep run(const pool::Slice& slice) override;
  /// The device of the first item, as far as that is known without asking its file system.
  [[nodiscard]] std::uint64_t device_id() const override { return device_id_; }
  void finished() override;

 private:
  /// Finds the device of the items, and hands them to the threads of that device.
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
