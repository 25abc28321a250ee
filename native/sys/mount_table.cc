#include "native/sys/mount_table.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "native/sys/platform.h"
#if POSIXPAR_LINUX
#include <sys/sysmacros.h>
#endif

namespace posixpar::sys {
namespace {

/// Removes the first word of `line` and returns it.
std::string_view next_word(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(line.size(), end + 1));
  return word;
}

/// Decodes a path: blanks, tabs, newlines and backslashes are written in octal, such as \040.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); i++) {
    unsigned value = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '\\' && text.size() - i > 3 && std::from_chars(digits, digits + 3, value, 8).ptr == digits + 3) {
      plain += static_cast<char>(value);
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::uint64_t device_number(std::string_view text) {
#if POSIXPAR_LINUX
  unsigned major_number = 0;
  unsigned minor_number = 0;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, major_number);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != ':') return 0;
  if (std::from_chars(first.ptr + 1, end, minor_number).ec != std::errc{}) return 0;
  return makedev(major_number, minor_number);
#else
  (void)text;
  return 0;
#endif
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 16384> buffer;
  for (ssize_t got = 0; (got = call_read_proc(fd, buffer, text.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

std::string working_directory() {
  std::array<char, 4096> buffer;
  return ::getcwd(buffer.data(), buffer.size()) == nullptr ? std::string() : std::string(buffer.data());
}

}  // namespace

Mounts parse_mounts(std::string_view mountinfo) {
  Mounts mounts;
  while (!mountinfo.empty()) {
    const std::size_t end = std::min(mountinfo.find('\n'), mountinfo.size());
    std::string_view line = mountinfo.substr(0, end);
    mountinfo.remove_prefix(std::min(mountinfo.size(), end + 1));
    // `36 35 98:0 /mnt1 /mnt2 rw,noatime ...`: id, parent, device, root, mount point.
    next_word(line);
    next_word(line);
    const std::uint64_t device = device_number(next_word(line));
    next_word(line);
    const std::string_view point = next_word(line);
    if (device == 0 || !point.starts_with('/')) continue;
    mounts.insert_or_assign(normal_path(unescape(point)), device);
  }
  return mounts;
}

std::uint64_t device_in(const Mounts& mounts, std::string_view path) {
  for (;;) {
    if (const auto found = mounts.find(path); found != mounts.end()) return found->second;
    if (path.empty()) return 0;
    path = path.substr(0, path.rfind('/'));
  }
}

std::string normal_path(std::string_view path) {
  std::string normal;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, end);
    path.remove_prefix(std::min(path.size(), end + 1));
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      normal.resize(normal.empty() ? 0 : normal.rfind('/'));
      continue;
    }
    normal += '/';
    normal += name;
  }
  return normal;
}

MountTable& MountTable::instance() {
  static auto& table = *new MountTable;
  return table;
}

void MountTable::refresh() {
  if (!tried_) {
    tried_ = true;
    fd_ = UniqueFd(call_open_proc("/proc/self/mountinfo"));
    if (fd_.valid()) mounts_ = parse_mounts(read_all(fd_.get()));
    return;
  }
  if (!fd_.valid()) return;
  // If the mounts have changed, poll() reports an exceptional condition of the descriptor, once per change.
  pollfd changed{fd_.get(), POLLPRI, 0};
  if (call_poll(changed, 0, "/proc/self/mountinfo") > 0 && (changed.revents & (POLLPRI | POLLERR)) != 0) {
    mounts_ = parse_mounts(read_all(fd_.get()));
  }
}

std::uint64_t MountTable::device_of(const std::string& path) {
  const bool absolute = path.starts_with('/');
  const std::string normal = normal_path(absolute ? path : working_directory() + "/" + path);
  const std::scoped_lock lock(mutex_);
  refresh();
  return device_in(mounts_, normal);
}

}  // namespace posixpar::sys
