#pragma once
/// \file Performs a list of steps that change files: create, write, synchronize, rename, remove.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "native/base/generated/write.h"
#include "native/exec/write/operation.h"
#include "native/pool/cancel.h"

namespace posixpar {

/// One step. Steps without a `path` act on the open file: the file that an earlier step opened, or the file with which
/// the list was created.
struct FileStep {
  FileStepKind kind = FileStepKind::sync;
  std::string path;
  std::string to;                ///< rename, replace, exchange: the new path; open_same: "device:inode", or empty
  std::uint64_t size = 0;        ///< create, resize: size of the file; write: offset of the bytes
  unsigned mode = 0;             ///< create: permissions, to which the umask applies
  std::vector<std::byte> bytes;  ///< write: the bytes to write
};

/// Performs steps one after the other on a thread of the I/O lane. If a step fails, skips the later steps, and removes
/// the files that earlier steps have created, except for those that were renamed.
class FileSteps final : public Operation {
 public:
  /// \param file  the file on which steps without a path act; may be null.
  FileSteps(std::vector<FileStep> steps, std::shared_ptr<sys::OpenFile> file)
      : steps_(std::move(steps)), file_(std::move(file)) {}

  void start(std::function<void()> on_end) override;
  void cancel() override;
  [[nodiscard]] const std::optional<Error>& error() const override { return error_; }
  void stats(std::span<double>) const override {}
  [[nodiscard]] std::shared_ptr<sys::OpenFile> opened() const override { return opened_; }

  pool::JobStep run(const pool::Slice& slice) override;
  [[nodiscard]] std::uint64_t device_id() const override { return device_id_; }
  void finished() override {
    if (on_end_) on_end_();
  }

 private:
  Status perform(const FileStep& step);
  Status open(UniqueFd fd, const std::string& path);
  Status create(const FileStep& step);
  Status open_existing(const FileStep& step);
  Status open_same(const FileStep& step);
  Status lock();
  /// Removes the files that steps have created and not renamed.
  void remove_created();

  std::vector<FileStep> steps_;
  std::shared_ptr<sys::OpenFile> file_;
  std::shared_ptr<sys::OpenFile> opened_;
  std::vector<std::string> created_;  // Files to remove after a failure.
  std::uint64_t device_id_ = 0;
  pool::CancelToken cancel_;
  std::optional<Error> error_;
  std::function<void()> on_end_;
};

}  // namespace posixpar
