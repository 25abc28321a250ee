#pragma once
/// \file Engines for tests: memory as a file, and an engine that does what it was told to do wrong.
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "native/engines/engine.h"

namespace posixpar {

/// Extents of `file` (any ReadFile will do).
std::unique_ptr<Channel> open_mem(std::span<const std::byte> file);

/// A fault in the n-th extent that is started.
struct Misdeed {
  std::uint64_t extent = 0;
  std::optional<Error> error;         ///< It fails with this error.
  std::optional<std::uint64_t> most;  ///< Otherwise it delivers at most this number of bytes, as at the end of a file.
};

/// Extents end in the reverse order of their start, up to `depth` of them, and some of them badly.
std::unique_ptr<Channel> open_faulty(std::unique_ptr<Channel> inner, unsigned depth, std::vector<Misdeed> misdeeds);

}  // namespace posixpar
