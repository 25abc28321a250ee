#pragma once
/// \file Collects the features that Linux has and macOS does not, so that all other code is the same for both.
/// Only native/sys asks which system it is compiled for (test/layering.test.ts). macOS is compiled by
/// scripts/check/macos and has never run: there is no O_DIRECT (F_NOCACHE instead), no RWF_NOWAIT (every read may
/// wait), no cachestat and no statx (mincore and stat instead), no io_uring.
#include <fcntl.h>

#if defined(__linux__)
#define POSIXPAR_LINUX 1
#else
#define POSIXPAR_LINUX 0

// open_at() takes this bit away and sets F_NOCACHE on what it has opened. It is none of open(2)'s own.
#define O_DIRECT 0x08000000
static_assert((O_DIRECT & (O_ACCMODE | O_NONBLOCK | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)) == 0);
// A directory is then opened for reading, which its permissions have to allow.
#define O_PATH 0

#define POSIX_FADV_NORMAL 0
#define POSIX_FADV_RANDOM 1
#define POSIX_FADV_SEQUENTIAL 2
#define POSIX_FADV_WILLNEED 3
#define POSIX_FADV_DONTNEED 4
#endif
