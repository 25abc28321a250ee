#pragma once
/// \file Writes runs of a plain chunk into an open file, at their final offsets.
#include <cstdint>

#include "native/exec/write/context.h"
#include "native/exec/write/direct.h"
#include "native/exec/write/runs.h"

namespace posixpar {

/// Maximum length of a run that one call writes. Longer runs are split, so that several threads can share them.
inline constexpr std::uint64_t kMaxRunBytes = std::uint64_t{1} << 20;

/// True if runs are written directly from the source, without copying or converting elements.
[[nodiscard]] bool writes_as_is(const FileRuns& runs, const PlanLayer& layer, const Plan& plan);

/// Writes the runs of one chunk of an open file. No byte outside of these runs changes. Each function returns
/// `conversion` if a value does not fit, and `io` if a system call fails.
class InPlaceChunk {
 public:
  /// \param chunk_offset  offset of the chunk in the file. The other arguments must outlive the object.
  InPlaceChunk(const FileRuns& runs, const PlanLayer& layer, std::uint64_t chunk_offset, const WriteContext& context);

  /// Writes the runs [begin, end) through the page cache.
  [[nodiscard]] Status write_runs(std::uint64_t begin, std::uint64_t end) const;
  /// Writes the bytes before and after the aligned middle of the runs [begin, end), through the page cache. Writes a
  /// run without an aligned middle completely.
  [[nodiscard]] Status write_edges(std::uint64_t begin, std::uint64_t end, std::uint64_t alignment) const;
  /// Writes a part of the aligned middle of a run with O_DIRECT: from the caller's memory if it is aligned and contains
  /// the bytes of the file, otherwise from a copy. \param part  begins and ends at multiples of
  /// `alignment` in the file; at most kMaxRunBytes.
  [[nodiscard]] Status write_direct(std::uint64_t index, RunRange part, std::uint64_t alignment,
                                    DirectRefusal& refusal) const;

 private:
  [[nodiscard]] Status write_part(const FileRun& run, RunRange part) const;
  /// Collects the elements of a part in aligned memory of the thread. \returns the bytes of the file.
  [[nodiscard]] Result<const std::byte*> gather(const FileRun& run, RunRange part) const;
  void count(RunRange part) const;

  const FileRuns& runs_;
  const PlanLayer& layer_;
  const std::uint64_t chunk_offset_;
  const WriteContext& context_;
  const bool as_is_;  // The result of writes_as_is().
};

}  // namespace posixpar
