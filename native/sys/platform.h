#pragma once
/// \file Definitions for features that Linux has and macOS lacks. Only native/sys contains code for a specific system
/// (test/layering.test.ts checks this). scripts/check/macos compiles the code for macOS, but it has never run there.
/// macOS has no O_DIRECT (F_NOCACHE is used instead), no RWF_NOWAIT (every read may wait), no cachestat and statx
/// (mincore and stat are used instead), and no io_uring.
#include <fcntl.h>

#if defined(__linux__)
#define POSIXPAR_LINUX 1
#else
#define POSIXPAR_LINUX 0

// open_at() removes this bit and sets F_NOCACHE on the descriptor instead. open(2) does not use the bit.
#define O_DIRECT 0x08000000
static_assert((O_DIRECT & (O_ACCMODE | O_NONBLOCK | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)) == 0);
// Without O_PATH, a directory is opened for reading, which requires read permission.
#define O_PATH 0

#define POSIX_FADV_NORMAL 0
#define POSIX_FADV_RANDOM 1
#define POSIX_FADV_SEQUENTIAL 2
#define POSIX_FADV_WILLNEED 3
#define POSIX_FADV_DONTNEED 4
#endif
