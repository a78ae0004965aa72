#include "tcp/receive_queue.h"

#include <gtest/gtest.h>

#include <string>

#include "base/test_random.h"

namespace handfast::tcp {
namespace {

Slice slice_of(base::BufferPool& buffers, std::string_view text, std::uint32_t capacity) {
  Slice slice = *buffers.get(capacity);
  std::copy_n(reinterpret_cast<const std::byte*>(text.data()), text.size(), slice.mutable_bytes().begin());
  slice.truncate(static_cast<std::uint32_t>(text.size()));
  return slice;
}

TEST(ReceiveQueue, GivesTheBytesInTheirOrderWhateverIsRefused) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    base::TestRandom random(seed);
    base::MemoryBudget budget;
    base::BufferPool buffers(&budget);
    base::BufferPool driver;
    ReceiveQueue queue(&budget);
    std::string model;
    for (int step = 0; step < 300; ++step) {
      const std::uint64_t choice = random.below(3);
      if (choice == 0) {
        std::string text(1 + random.below(random.chance(1, 3) ? 2000 : 50), '\0');
        for (char& c : text) c = static_cast<char>(random.below(256));
        if (random.chance(1, 3)) budget.fail_nth_take(1 + random.below(3));
        TextChunk chunk = settle(slice_of(driver, text, 2048), buffers);
        EXPECT_EQ(chunk.text.size(), text.size());
        if (queue.append(std::move(chunk))) model += text;
        budget.stop_failing();
      } else if (choice == 1) {
        std::string out(random.below(3000), '\0');
        const std::uint32_t taken = queue.take(std::as_writable_bytes(std::span(out)));
        EXPECT_EQ(taken, std::min(out.size(), model.size()));
        EXPECT_EQ(out.substr(0, taken), model.substr(0, taken));
        model.erase(0, taken);
      } else {
        const Slice slice = queue.take_slice();
        const std::string text(reinterpret_cast<const char*>(slice.bytes().data()), slice.size());
        EXPECT_EQ(text, model.substr(0, text.size()));
        EXPECT_EQ(text.empty(), model.empty());
        model.erase(0, text.size());
      }
      ASSERT_EQ(queue.size(), model.size());
    }
  }
}

TEST(ReceiveQueue, SmallPiecesDoNotPinTheirFrames) {
  base::BufferPool buffers;
  base::BufferPool driver;
  ReceiveQueue queue(nullptr);
  for (int i = 0; i < 200; ++i) {
    EXPECT_TRUE(queue.append(settle(slice_of(driver, "x", 2048), buffers)));
  }
  EXPECT_EQ(driver.buffers_in_use(), 0u);
  EXPECT_LE(buffers.buffers_in_use(), 2u);
}

TEST(ReceiveQueue, LargePiecesStayWhereTheyAre) {
  base::BufferPool buffers;
  base::BufferPool driver;
  ReceiveQueue queue(nullptr);
  const std::string text(1400, 'x');
  EXPECT_TRUE(queue.append(settle(slice_of(driver, text, 2048), buffers)));
  EXPECT_EQ(driver.buffers_in_use(), 1u);
  EXPECT_EQ(buffers.buffers_in_use(), 0u);
}

}  // namespace
}  // namespace handfast::tcp
