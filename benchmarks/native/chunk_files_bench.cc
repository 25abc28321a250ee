/// \file Compares two ways to write many chunk files: threads with system calls, and one thread with io_uring. Both
/// create a temporary file, write it, optionally synchronize it, close it and rename it.
///
/// Build and run from the repository root:
///
/// g++ -std=c++20 -O3 -I. benchmarks/native/chunk_files_bench.cc -o build-chunk-files-bench -luring -lpthread
/// ./build-chunk-files-bench FOLDER FILES BYTES sync|no-sync
///
/// FOLDER must not exist; it is created and removed for each run. The contenders alternate. Prints the median, the
/// minimum and the maximum of seven runs in milliseconds.
#include <fcntl.h>
#include <liburing.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

void check(bool ok, const char* call) {
  if (ok) return;
  std::perror(call);
  std::exit(1);
}

struct Work {
  int folder = -1;
  int files = 0;
  bool syncs = false;
  std::vector<char> bytes;
};

struct Names {
  std::string temporary;
  std::string last;
  explicit Names(int i) : temporary("." + std::to_string(i) + ".partial"), last(std::to_string(i)) {}
};

constexpr int kFlags = O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC;

void write_with_threads(const Work& work, int threads) {
  std::atomic<int> next{0};
  const auto run = [&] {
    for (int i = next++; i < work.files; i = next++) {
      const Names names(i);
      const int fd = ::openat(work.folder, names.temporary.c_str(), kFlags, 0644);
      check(fd >= 0, "openat");
      check(::pwrite(fd, work.bytes.data(), work.bytes.size(), 0) == static_cast<ssize_t>(work.bytes.size()), "pwrite");
      if (work.syncs) check(::fdatasync(fd) == 0, "fdatasync");
      ::close(fd);
      check(::renameat(work.folder, names.temporary.c_str(), work.folder, names.last.c_str()) == 0, "renameat");
    }
  };
  std::vector<std::jthread> all;
  for (int t = 0; t < threads; t++) all.emplace_back(run);
}

/// Writes with one chain of linked entries per file, and `depth` files in flight.
void write_with_uring(const Work& work, int depth) {
  io_uring ring;
  check(io_uring_queue_init(256, &ring, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN) == 0, "io_uring");
  check(io_uring_register_files_sparse(&ring, static_cast<unsigned>(depth)) == 0, "register");
  std::vector<Names> names(static_cast<std::size_t>(depth), Names(0));
  std::vector<int> left(static_cast<std::size_t>(depth));
  int started = 0;
  const auto start = [&](int slot) {
    Names& own = names[static_cast<std::size_t>(slot)];
    own = Names(started++);
    int entries = 0;
    const auto add = [&](unsigned flags, const std::function<void(io_uring_sqe*)>& prepare) {
      io_uring_sqe* entry = io_uring_get_sqe(&ring);
      prepare(entry);
      entry->flags |= static_cast<std::uint8_t>(flags);
      entry->user_data = static_cast<std::uint64_t>(slot);
      entries++;
    };
    const auto index = static_cast<unsigned>(slot);
    add(IOSQE_IO_LINK, [&](io_uring_sqe* e) {
      io_uring_prep_openat_direct(e, work.folder, own.temporary.c_str(), kFlags & ~O_CLOEXEC, 0644, index);
    });
    add(IOSQE_IO_LINK | IOSQE_FIXED_FILE, [&](io_uring_sqe* e) {
      io_uring_prep_write(e, slot, work.bytes.data(), static_cast<unsigned>(work.bytes.size()), 0);
    });
    if (work.syncs) {
      add(IOSQE_IO_LINK | IOSQE_FIXED_FILE,
          [&](io_uring_sqe* e) { io_uring_prep_fsync(e, slot, IORING_FSYNC_DATASYNC); });
    }
    add(IOSQE_IO_LINK, [&](io_uring_sqe* e) { io_uring_prep_close_direct(e, index); });
    add(0, [&](io_uring_sqe* e) {
      io_uring_prep_renameat(e, work.folder, own.temporary.c_str(), work.folder, own.last.c_str(), 0);
    });
    left[index] = entries;
  };
  for (int done = 0; done < work.files;) {
    for (int slot = 0; slot < depth; slot++) {
      if (left[static_cast<std::size_t>(slot)] == 0 && started < work.files) start(slot);
    }
    io_uring_submit_and_wait(&ring, 1);
    io_uring_cqe* entry = nullptr;
    while (io_uring_peek_cqe(&ring, &entry) == 0) {
      check(entry->res >= 0, "entry");
      done += --left[entry->user_data] == 0 ? 1 : 0;
      io_uring_cqe_seen(&ring, entry);
    }
  }
  io_uring_queue_exit(&ring);
}

}  // namespace

int main(int count, char** arguments) {
  check(count == 5, "expected FOLDER FILES BYTES sync|no-sync");
  const std::filesystem::path folder = arguments[1];
  Work work{-1, std::atoi(arguments[2]), std::string(arguments[4]) == "sync",
            std::vector<char>(std::strtoul(arguments[3], nullptr, 10), 7)};
  struct Contender {
    const char* name;
    std::function<void()> run;
    std::vector<double> ms;
  };
  std::vector<Contender> contenders;
  contenders.push_back({"2 threads", [&] { write_with_threads(work, 2); }, {}});
  contenders.push_back({"4 threads", [&] { write_with_threads(work, 4); }, {}});
  contenders.push_back({"16 threads", [&] { write_with_threads(work, 16); }, {}});
  contenders.push_back({"io_uring, 4 files", [&] { write_with_uring(work, 4); }, {}});
  contenders.push_back({"io_uring, 16 files", [&] { write_with_uring(work, 16); }, {}});
  contenders.push_back({"io_uring, 40 files", [&] { write_with_uring(work, 40); }, {}});
  for (int round = 0; round < 7; round++) {
    for (Contender& contender : contenders) {
      check(std::filesystem::create_directory(folder), "the folder exists");
      ::sync();
      work.folder = ::open(folder.c_str(), O_DIRECTORY | O_RDONLY | O_CLOEXEC);
      const auto begin = std::chrono::steady_clock::now();
      contender.run();
      const auto end = std::chrono::steady_clock::now();
      contender.ms.push_back(std::chrono::duration<double, std::milli>(end - begin).count());
      ::close(work.folder);
      std::filesystem::remove_all(folder);
    }
  }
  for (Contender& contender : contenders) {
    std::ranges::sort(contender.ms);
    std::printf("%-20s %8.1f ms (%.1f to %.1f)\n", contender.name, contender.ms[3], contender.ms[0], contender.ms[6]);
  }
}
