#pragma once
/// \file Applies a write to one chunk: decodes the stored chunk if necessary, copies the new elements into it, and
/// encodes it.
#include <cstdint>
#include <optional>
#include <string>

#include "native/codecs/codec.h"
#include "native/exec/plan/geometry.h"
#include "native/exec/write/context.h"

namespace posixpar {

/// Encodes a decoded chunk in native byte order. Changes its memory. \returns as ChunkEdit::finish().
Result<std::optional<Bytes>> encode_chunk(MutableBytes decoded, const PlanLayer& layer, const std::string& path,
                                          const WriteContext& context);

/// One chunk that a thread changes. To change it in scratch memory of the thread, call begin(), then load() if
/// is_partial(), then finish(). To change it in the memory of a DirtyChunks, call begin_in(), then load() if the chunk
/// is new and is_partial(), then apply().
class ChunkEdit {
 public:
  /// \param geometry  positioned at the chunk (ChunkGeometry::seek). \param path  path of the chunk's file, for
  /// errors.
  ChunkEdit(const ChunkGeometry& geometry, const std::string& path, const WriteContext& context)
      : geometry_(geometry), layer_(geometry.layer()), path_(path), context_(context) {}

  /// True if the write selects only a part of the elements that the chunk has inside the array.
  [[nodiscard]] bool is_partial() const;
  /// Allocates the decoded chunk. Sets it to the fill value if the write does not supply all elements.
  /// \returns `io` if there is no memory.
  Status begin();
  /// Uses `memory` for the decoded chunk. \param is_new  true if `memory` must be initialised as by begin(); false if
  /// it already contains the decoded chunk.
  void begin_in(MutableBytes memory, bool is_new);
  /// Decodes the stored chunk. \param stored  its bytes, located at `offset` of the file. \returns `codec` if they are
  /// damaged.
  Status load(Bytes stored, std::uint64_t offset);
  /// Copies the elements of the write into the chunk, and encodes it. \returns the bytes to store, which are valid
  /// until the thread uses its scratch memory again; nothing if the chunk contains only the fill value and such chunks
  /// are not stored; the error `conversion` if a value does not fit the stored type.
  Result<std::optional<Bytes>> finish();
  /// Copies the elements into the decoded chunk. After an error, the chunk is unchanged. \pre begin_in() was called.
  Status apply();
  /// Number of bytes of the decoded chunk.
  [[nodiscard]] std::uint64_t decoded_bytes() const { return geometry_.chunk_bytes(); }
  /// Returns the error for a stored chunk that has the wrong length `found`.
  /// \param what  adjective that describes the chunk in the message, such as "stored".
  [[nodiscard]] Error wrong_length(std::uint64_t found, const char* what) const;

 private:
  void fill();
  Status gather(MutableBytes into);
  void count_elements();

  const ChunkGeometry& geometry_;
  const PlanLayer& layer_;
  const std::string& path_;
  const WriteContext& context_;
  MutableBytes decoded_;
};

/// Returns the number of bytes of memory that a thread needs to edit a chunk of `layer`.
std::uint64_t chunk_edit_memory(const PlanLayer& layer);

}  // namespace posixpar
