#include "native/sys/file_cache.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "native/sys/clock.h"

namespace posixpar::sys {
namespace {

constexpr std::size_t kDefaultCapacity = 64;

std::size_t default_capacity() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kDefaultCapacity;
  return static_cast<std::size_t>(std::min<rlim_t>(kDefaultCapacity, limit.rlim_cur / 4));
}

bool out_of_descriptors(const Error& error) { return error.sys_errno == EMFILE || error.sys_errno == ENFILE; }

}  // namespace

FileCache& FileCache::instance() {
  static auto& cache = *new FileCache(default_capacity());
  return cache;
}

Result<std::shared_ptr<OpenFile>> FileCache::open(const std::string& path, bool* hit,
                                                  std::shared_ptr<const Roots> roots) {
  if (hit != nullptr) *hit = false;
  const std::uint64_t now_ns = monotonic_ns();  // Before the path is looked up.
  if (roots != nullptr) {
    auto fd = open_path(path, 0, roots.get());
    if (!fd.ok()) return std::move(fd).error();
    auto id = stat_fd(fd->get(), path);
    if (!id.ok()) return std::move(id).error();
    return std::make_shared<OpenFile>(std::move(*fd), *id, path, std::move(roots));
  }
  if (auto known = find(path)) {
    auto now = stat_path(path);
    if (!now.ok()) return std::move(now).error();
    if (*now == known->id()) {
      if (hit != nullptr) *hit = true;
      known->note_path(now_ns);
      Kept dropped;
      std::scoped_lock lock(mutex_);
      ++counters_.hits;
      if (const auto it = entries_.find(path); it != entries_.end() && it->second.file.lock() == known) {
        keep(it->second, known, dropped);
      }
      return known;
    }
  }
  auto fd = open_descriptor(AT_FDCWD, path.c_str(), 0, path);
  if (!fd.ok()) return std::move(fd).error();
  auto id = stat_fd(fd->get(), path);
  if (!id.ok()) return std::move(id).error();
  auto file = std::make_shared<OpenFile>(std::move(*fd), *id, path);
  file->note_path(now_ns);
  return insert(std::move(file));
}

Result<UniqueFd> FileCache::open_descriptor(int dir_fd, const char* path, int flags, const std::string& context) {
  auto fd = open_at(dir_fd, path, flags, context);
  if (fd.ok() || !out_of_descriptors(fd.error())) return fd;
  // Tries again even if drop_idle() has closed no file, because another thread may have closed one.
  drop_idle();
  return open_at(dir_fd, path, flags, context);
}

std::shared_ptr<OpenFile> FileCache::find(const std::string& path) const {
  std::scoped_lock lock(mutex_);
  const auto it = entries_.find(path);
  return it == entries_.end() ? nullptr : it->second.file.lock();
}

std::shared_ptr<OpenFile> FileCache::insert(std::shared_ptr<OpenFile> file) {
  Kept dropped;
  std::scoped_lock lock(mutex_);
  ++counters_.misses;
  auto [it, added] = entries_.try_emplace(file->path(), Entry{file, kept_.end()});
  Entry& entry = it->second;
  if (!added) {
    if (auto other = entry.file.lock()) {
      if (other->id() == file->id()) {
        dropped.push_back(std::move(file));
        keep(entry, other, dropped);
        return other;
      }
    }
    if (entry.position != kept_.end()) dropped.splice(dropped.end(), kept_, entry.position);
    entry = Entry{file, kept_.end()};
  }
  keep(entry, file, dropped);
  if (entries_.size() >= prune_at_) prune();
  return file;
}

void FileCache::keep(Entry& entry, const std::shared_ptr<OpenFile>& file, Kept& dropped) {
  if (entry.position != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, entry.position);
  } else {
    kept_.push_front(file);
  }
  entry.position = kept_.begin();
  trim(dropped);
}

void FileCache::trim(Kept& dropped) {
  while (kept_.size() > capacity_) {
    const auto last = std::prev(kept_.end());
    // Keeps the entry, because a caller may still use the file. prune() removes it later.
    if (const auto it = entries_.find((*last)->path()); it != entries_.end() && it->second.position == last) {
      it->second.position = kept_.end();
    }
    dropped.splice(dropped.end(), kept_, last);
  }
}

void FileCache::prune() {
  std::erase_if(entries_,
                [this](const auto& pair) { return pair.second.position == kept_.end() && pair.second.file.expired(); });
  prune_at_ = std::max<std::size_t>(256, entries_.size() * 2);
}

std::size_t FileCache::drop_idle() {
  Kept dropped;
  std::scoped_lock lock(mutex_);
  for (auto it = kept_.begin(); it != kept_.end();) {
    const auto next = std::next(it);
    // No thread can take a new reference now, because that needs the lock.
    if (it->use_count() == 1) {
      entries_.erase((*it)->path());
      dropped.splice(dropped.end(), kept_, it);
    }
    it = next;
  }
  return dropped.size();
}

void FileCache::set_capacity(std::size_t files) {
  Kept dropped;
  std::scoped_lock lock(mutex_);
  capacity_ = files;
  trim(dropped);
}

FileCache::Counters FileCache::counters() const {
  std::scoped_lock lock(mutex_);
  return counters_;
}

std::size_t FileCache::kept() const {
  std::scoped_lock lock(mutex_);
  return kept_.size();
}

}  // namespace posixpar::sys
