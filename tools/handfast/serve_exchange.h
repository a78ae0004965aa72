#pragma once

#include <cstdint>
#include <string>

#include "handfast/host.h"
#include "handfast/http_request.h"
#include "handfast/progress.h"
#include "handfast/serve_directory.h"

namespace handfast::tool {

/// What all exchanges of a server share.
struct ServeSurroundings {
  Host& host;
  const ServedDirectory& directory;
  const Progress& progress;
  std::uint32_t chunk = 64 * 1024;  ///< bytes read from a file at once
  bool info = false;                ///< print what is known of each connection when it is over
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;  ///< of bodies, as far as the send queues took them
};

/// One connection of the file server: requests in, responses out, one after the other (RFC 9112 §9.3.2).
///
/// What it holds is bounded: a request head, one response head or small page, one chunk of a file. Nothing is read from
/// the Host while a response waits for room in the send queue, so a peer that asks and never reads closes its own
/// window.
class ServeExchange {
 public:
  ServeExchange(ServeSurroundings& around, TcpHandle connection, const Endpoint& peer, Instant now)
      : around_(&around), connection_(connection), peer_(peer), last_progress_(now) {}

  /// Does whatever can be done. False: over, and the handle was given back.
  bool pump(Instant now);
  /// Ends an exchange without progress since before `limit`: a half-told request is answered with 408. False: over.
  bool check_idle(Instant limit, Instant now);
  const Endpoint& peer() const { return peer_; }

 private:
  enum class Step : std::uint8_t { kMore, kWait, kOver };

  Step step(Instant now);
  Step send_head(Instant now);
  Step send_file(Instant now);
  bool fill_chunk();
  Step next_request(Instant now);
  Step read_more(Instant now);
  Step linger(Instant now);
  Step failed(std::error_code error, Instant now);
  Step abort(Instant now);
  Step close(Instant now);
  void tell_info() const;
  void answer(const HttpRequest& request);
  void answer_with(ServedDirectory::File file, const HttpRequest& request);
  void answer_page(ResponseHead head, std::string_view page, bool head_only);
  void refuse(int status);
  void log(int status, std::uint64_t length) const;

  ServeSurroundings* around_;
  TcpHandle connection_;
  Endpoint peer_;
  Instant last_progress_;
  std::string in_;   // Arrived and not yet part of a request.
  std::string out_;  // A head, or a head and a small page.
  std::size_t out_taken_ = 0;
  drivers::FileDescriptor file_;  // The body that follows.
  std::uint64_t file_at_ = 0;
  std::uint64_t file_left_ = 0;
  Slice chunk_;
  std::string asked_;  // For the log.
  std::uint64_t lingered_ = 0;
  bool close_after_ = false;
  bool lingering_ = false;
};

}  // namespace handfast::tool
