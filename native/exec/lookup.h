#pragma once
/// \file Small questions about files that must not keep a JS thread waiting: what is at a path, the first bytes, some
/// bytes, the names in a directory. Asked on the I/O lane, several at a time.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "native/base/generated/lookup.h"
#include "native/base/result.h"
#include "native/pool/cancel.h"
#include "native/pool/job.h"
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
  bool absent = false;  ///< ENOENT or ENOTDIR; for all but read
  sys::FileId id;
  std::size_t bytes = 0;  ///< fewer than asked for only at the end of the file
  std::shared_ptr<sys::OpenFile> opened;
  std::vector<std::string> names;
};

/// Contract: the memory of the items stays valid until `on_end` was called, which happens once, on any thread, when no
/// thread touches it any more. The first error in the items' order is the lookup's; items behind it may be left out.
class Lookup final : public pool::Job, public std::enable_shared_from_this<Lookup> {
 public:
  /// \param roots  beneath which all paths must lie; null: anywhere.
  explicit Lookup(std::vector<LookupItem> items, std::shared_ptr<const sys::Roots> roots = nullptr)
      : items_(std::move(items)), roots_(std::move(roots)), answers_(items_.size()) {}

  void start(std::function<void()> on_end);
  /// Performs all items on the calling thread, instead of start().
  void perform_now() { run(pool::Lane::io); }
  /// Drops items that have not started; the lookup ends with `cancelled`.
  void cancel() { cancel_.cancel(); }

  /// After the end.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  [[nodiscard]] const std::vector<LookupAnswer>& answers() const { return answers_; }

  void run(pool::Lane lane) override;
  void finished() override;

 private:
  void fail(std::size_t index, Error error);

  [[nodiscard]] Status perform(const LookupItem& item, LookupAnswer& answer) const;
  [[nodiscard]] Result<std::shared_ptr<sys::OpenFile>> open_regular(const std::string& path) const;
  [[nodiscard]] Status read_from_path(const LookupItem& item, LookupAnswer& answer) const;

  std::vector<LookupItem> items_;
  std::shared_ptr<const sys::Roots> roots_;
  std::vector<LookupAnswer> answers_;
  pool::CancelToken cancel_;
  std::function<void()> on_end_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;  // Guards what follows until the end.
  std::optional<Error> error_;
  std::size_t error_index_ = 0;
};

}  // namespace posixpar
