#include "native/sys/wait_channel.h"

#include <array>

#include "native/sys/calls.h"

namespace posixpar::sys {

WaitChannel::WaitChannel(pid_t thread)
    : file_(call_open_proc(("/proc/self/task/" + std::to_string(thread) + "/wchan").c_str())) {}

std::string WaitChannel::read() const {
  if (!file_.valid()) return {};
  std::array<char, 128> text{};
  const ssize_t got = call_read_proc(file_.get(), text, 0);
  return got <= 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(got));
}

}  // namespace posixpar::sys
