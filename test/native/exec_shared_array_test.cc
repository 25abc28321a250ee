/// \file Tests native/exec/shared_array.h.
#include "native/exec/shared_array.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "test/native/write_support.h"

namespace posixpar {
namespace {

SharedArray described(std::size_t bytes) { return {{}, std::vector<std::byte>(bytes)}; }

TEST(ArrayShare, IsFoundUntilItIsWithdrawn) {
  EXPECT_EQ(ArrayShare::find("a"), nullptr);
  const auto share = ArrayShare::create("a", described(3));
  ASSERT_NE(share, nullptr);
  const auto found = ArrayShare::find("a");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->description.size(), 3U);
  share->withdraw();
  share->withdraw();
  EXPECT_EQ(ArrayShare::find("a"), nullptr);
  EXPECT_EQ(found->description.size(), 3U);  // A thread that is attached keeps the objects.
}

TEST(ArrayShare, IsWithdrawnWhenItIsDestroyed) {
  { const auto share = ArrayShare::create("b", described(1)); }
  EXPECT_EQ(ArrayShare::find("b"), nullptr);
}

TEST(ArrayShare, RefusesAnIdThatIsInUse) {
  const auto first = ArrayShare::create("c", described(1));
  EXPECT_EQ(ArrayShare::create("c", described(2)), nullptr);
  ASSERT_NE(ArrayShare::find("c"), nullptr);
  EXPECT_EQ(ArrayShare::find("c")->description.size(), 1U);
}

TEST(ArrayShare, OfWithdrawnIdDoesNotEndAnother) {
  const auto first = ArrayShare::create("d", described(1));
  first->withdraw();
  const auto second = ArrayShare::create("d", described(2));
  first->withdraw();
  ASSERT_NE(ArrayShare::find("d"), nullptr);
  EXPECT_EQ(ArrayShare::find("d")->description.size(), 2U);
}

TEST(ArrayShare, KnowsTheDeviceOfItsFiles) {
  EXPECT_EQ(ArrayShare::create("e", described(0))->device(), 0U);
  const test::TempDir directory;
  const auto file = test::open_writable(test::write_file(directory / "a", 10));
  SharedArray array = described(0);
  array.handles.emplace_back(file);
  EXPECT_EQ(ArrayShare::create("f", std::move(array))->device(), file->id().device);
}

TEST(ArrayShare, MayBeFoundWhileItIsWithdrawn) {
  for (int round = 0; round < 200; round++) {
    const std::string id = "g" + std::to_string(round);
    auto share = ArrayShare::create(id, described(100));
    std::atomic<int> wrong{0};
    std::vector<std::thread> readers;
    readers.reserve(2);
    for (int r = 0; r < 2; r++) {
      readers.emplace_back([&] {
        while (const auto found = ArrayShare::find(id)) wrong += found->description.size() == 100 ? 0 : 1;
      });
    }
    share.reset();
    for (auto& reader : readers) reader.join();
    EXPECT_EQ(wrong.load(), 0);
  }
}

}  // namespace
}  // namespace posixpar
