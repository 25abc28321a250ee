#include "native/engines/engine.h"

namespace posixpar {

/// What is special about direct reads is the descriptor (sys::Access::direct) and the alignment, which ExtentRead sees
/// to; the bytes come by the same calls.
std::unique_ptr<Channel> engines_detail::open_direct(const ChannelOptions& options) { return open_pread(options); }

}  // namespace posixpar
