#include "tcp/send_queue.h"

#include <gtest/gtest.h>

#include <string>

#include "base/test_random.h"

namespace handfast::tcp {
namespace {

std::string text_of(std::span<const Slice> slices) {
  std::string text;
  for (const Slice& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.bytes().data()), slice.size());
  }
  return text;
}

// Against a plain string: whatever is appended, dropped and gathered, the bytes are the right ones.
TEST(SendQueue, IsAStringWithoutItsFront) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    base::TestRandom random(seed);
    base::MemoryBudget budget;
    base::BufferPool buffers(&budget);
    {
      SendQueue queue(&budget);
      std::string model;
      std::array<Slice, 7> in_flight;  // keeps its own view of bytes that are dropped meanwhile
      std::string in_flight_text;
      for (int step = 0; step < 200; ++step) {
        const std::uint64_t choice = random.below(4);
        if (choice == 0) {
          std::string text(random.below(random.chance(1, 5) ? 40'000 : 300), '\0');
          for (char& c : text) c = static_cast<char>(random.below(256));
          EXPECT_EQ(queue.append_copy(std::as_bytes(std::span(text)), buffers), text.size());
          model += text;
        } else if (choice == 1) {
          const std::string text(1 + random.below(500), static_cast<char>('a' + step % 26));
          EXPECT_TRUE(queue.append_slice(*buffers.wrap_copy(std::as_bytes(std::span(text)))));
          model += text;
        } else if (choice == 2) {
          const auto count = static_cast<std::uint32_t>(random.below(model.size() + 1));
          queue.drop_front(count);
          model.erase(0, count);
        } else {
          EXPECT_EQ(text_of(in_flight), in_flight_text);
          for (Slice& slice : in_flight) slice.reset();
          const auto offset = static_cast<std::uint32_t>(random.below(model.size() + 1));
          const auto length = static_cast<std::uint32_t>(random.below(20'000));
          const std::uint32_t fits = queue.gatherable(offset, length, in_flight.size());
          const auto gathered = queue.gather(offset, length, in_flight);
          EXPECT_EQ(gathered.bytes, fits);
          EXPECT_LE(gathered.bytes, length);
          in_flight_text = model.substr(offset, gathered.bytes);
          EXPECT_EQ(text_of(std::span(in_flight).first(gathered.slices)), in_flight_text);
          if (gathered.slices < in_flight.size()) {
            EXPECT_EQ(gathered.bytes, std::min<std::size_t>(length, model.size() - offset));
          }
        }
        ASSERT_EQ(queue.size(), model.size());
      }
    }
    EXPECT_EQ(buffers.buffers_in_use(), 0u);
  }
}

TEST(SendQueue, SmallWritesShareABuffer) {
  base::BufferPool buffers;
  SendQueue queue(nullptr);
  const std::byte one{};
  for (int i = 0; i < 200; ++i) EXPECT_EQ(queue.append_copy({&one, 1}, buffers), 1u);
  EXPECT_EQ(buffers.buffers_in_use(), 1u);
}

TEST(SendQueue, WithoutMemoryItTakesWhatItCan) {
  base::MemoryBudget budget;
  base::BufferPool buffers(&budget);
  SendQueue queue(&budget);
  const std::string text(100, 'x');
  EXPECT_EQ(queue.append_copy(std::as_bytes(std::span(text)), buffers), 100u);
  budget.set_limit(0);
  buffers.trim();
  const std::string more(1000, 'y');
  const std::uint32_t taken = queue.append_copy(std::as_bytes(std::span(more)), buffers);
  EXPECT_EQ(taken, 156u);  // the rest of the first buffer
  EXPECT_EQ(queue.size(), 256u);
}

}  // namespace
}  // namespace handfast::tcp
