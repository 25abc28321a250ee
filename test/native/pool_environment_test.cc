/// Ends the threads of the pool after the last test, so that no sanitizer reports them as leaked.
#include <gtest/gtest.h>

#include "native/pool/thread_pool.h"

namespace posixpar::pool {
namespace {

class PoolEnvironment final : public ::testing::Environment {
  void TearDown() override { ThreadPool::instance().shutdown(); }
};

// GoogleTest owns the environment.
const auto* const kEnvironment = ::testing::AddGlobalTestEnvironment(new PoolEnvironment);

}  // namespace
}  // namespace posixpar::pool
