#pragma once
/// \file The first pass over a deflate stream, performed by the read that needs the decoded bytes. So a read of a whole
/// array decodes the stream only once. See docs/adr/0008-restart-points.md.
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "native/codecs/deflate/deflate_source.h"
#include "native/exec/deflate_scan.h"
#include "native/sys/open_file.h"

namespace posixpar {

/// A stream that is decoded from its start, piece by piece, while restart points are recorded. One thread decodes at a
/// time. The others copy the pieces that they have decoded before, or wait for their turn.
class DeflateFirstPass final : public DeflateSource {
 public:
  /// \pre check_deflate_scan() has accepted the spec.
  DeflateFirstPass(std::shared_ptr<sys::OpenFile> file, const DeflateScanSpec& spec);
  DeflateFirstPass(const DeflateFirstPass&) = delete;
  DeflateFirstPass& operator=(const DeflateFirstPass&) = delete;
  ~DeflateFirstPass() override;

  /// Decodes pieces from the file; `stored` is not used. If the pieces are the next ones in the stream, records their
  /// restart points. Otherwise waits until the pieces before them were decoded, but not longer than 50 ms
  /// without progress: then decodes those pieces, too, and drops their bytes. Pieces that were already decoded are
  /// decoded again from their restart point. After an error, always returns this error.
  Status decode(std::size_t first, Bytes stored, MutableBytes out, std::size_t needed_end) const override;

  /// Returns the restart points of all pieces; null if not all of them were decoded, or if the stream is damaged. Does
  /// not wait.
  [[nodiscard]] std::shared_ptr<const DeflateIndex> index() const;

 private:
  struct State;
  using Lock = std::unique_lock<std::mutex>;
  void wait_for_turn(Lock& lock, std::size_t first) const;
  Status continue_scan(std::size_t first, std::size_t end, MutableBytes out) const;
  Status decode_again(Lock& lock, std::size_t first, std::size_t end, MutableBytes out, std::size_t needed_end) const;

  std::unique_ptr<State> state_;
};

}  // namespace posixpar
