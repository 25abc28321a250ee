#pragma once
/// \file Channels for tests: one that reads from memory, and one that fails as specified.
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "native/engines/engine.h"

namespace posixpar {

/// Opens a channel that reads all extents from the bytes `file`. Ignores ReadFile.
std::unique_ptr<Channel> open_mem(std::span<const std::byte> file);

/// An injected failure of one extent: an error or a short result.
struct Misdeed {
  std::uint64_t extent = 0;           ///< Number of the extent, in the order of start().
  std::optional<Error> error;         ///< The extent fails with this error.
  std::optional<std::uint64_t> most;  ///< Otherwise it delivers at most this number of bytes, as at the end of a file.
};

/// Opens a channel that reads extents with `inner`. Up to `depth` extents may be in flight. They end in the reverse
/// order of their start. The extents in `misdeeds` fail as specified there.
std::unique_ptr<Channel> open_faulty(std::unique_ptr<Channel> inner, unsigned depth, std::vector<Misdeed> misdeeds);

}  // namespace posixpar
