#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "handfast/config.h"
#include "handfast/trace_event.h"
#include "trace/output.h"
#include "trace/segment_comments.h"
#include "wire/pcapng.h"

namespace handfast::trace {

/// An interface whose frames are to be written.
struct CapturePoint {
  std::uint32_t host_number = 0;
  std::uint8_t interface = 0;
  LinkKind link = LinkKind::kIp;
  std::string name = "hf0";
};

/// Writes a pcapng capture in which each packet bears comments on what the Host made of it: the state before and after,
/// the numbers in words, the reason with its RFC section, and why a dropped one was dropped.
///
/// The events about a received frame follow it; so a received frame is written once the next frame, call or timer
/// comes, or finish(). What is said of a segment that is sent comes before its frame, with others in between where a
/// neighbor must be found first: it waits, in bounds, for the frame with the segment's ports and sequence number.
/// Instants are written as if the Host's clock began at the epoch.
class AnnotatedPcap final : public Sink {
 public:
  static constexpr std::size_t kMostWaiting = 256;            ///< segments sent whose frames have not left
  static constexpr std::size_t kMostComments = 16;            ///< on one packet
  static constexpr std::size_t kMostFrameBytes = 128 * 1024;  ///< kept of one frame

  /// `output` must outlive this. Frames of interfaces that `points` does not name are not written: where two Hosts run
  /// in one process, name the interfaces of one of them to have each frame once.
  AnnotatedPcap(Output& output, std::span<const CapturePoint> points);

  void on_event(const Event& event) override;
  /// Writes what is still held back.
  void finish();

 private:
  struct Packet {
    std::uint32_t point = 0;
    Instant at{};
    std::vector<std::byte> bytes;
    std::uint32_t length = 0;
    std::vector<std::string> comments;
  };
  struct Departure {
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint32_t seq = 0;
    std::vector<std::string> comments;
  };
  /// What belongs to one Host.
  struct Speaker {
    std::uint32_t host_number = 0;
    SegmentComments comments;
    std::optional<Packet> received;    ///< being commented on
    std::deque<Departure> departures;  ///< segments that wait for their frames
    std::vector<std::string> between;  ///< said since the last frame, for the next segment sent
  };

  Speaker* speaker(std::uint32_t host_number);
  std::optional<std::uint32_t> point_of(const Event& event) const;
  void frame_received(Speaker& host, const Event& event);
  void frame_sent(Speaker& host, const Event& event);
  void remark(Speaker& host, const Event& event);
  void close(Speaker& host);
  void write(const Packet& packet, wire::CaptureDirection direction);
  static Packet packet_of(const Event& event, std::uint32_t point);

  std::vector<CapturePoint> points_;
  std::deque<Speaker> speakers_;
  wire::PcapngWriter writer_;
};

}  // namespace handfast::trace
