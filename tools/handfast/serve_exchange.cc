#include "handfast/serve_exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "handfast/connection_words.h"
#include "handfast/info_text.h"

namespace handfast::tool {

namespace {

constexpr std::size_t kReadBytes = 4096;
// What a peer may still send after a refusal before it is cut off.
constexpr std::uint64_t kMostLingered = 256 * 1024;

bool would_block(std::error_code error) { return error == make_error_code(Error::kWouldBlock); }

}  // namespace

bool ServeExchange::pump(Instant now) {
  while (true) {
    const Step done = step(now);
    if (done == Step::kWait) return true;
    if (done == Step::kOver) return false;
  }
}

ServeExchange::Step ServeExchange::step(Instant now) {
  if (lingering_) return linger(now);
  if (!out_.empty()) return send_head(now);
  if (file_left_ > 0) return send_file(now);
  if (close_after_) {
    // The response and a FIN go out; what the peer still sends is thrown away, since closing with unread text would
    // reset the connection and could take the response with it (RFC 9112 §9.6).
    if (const Result<void> closed = around_->host.close_send(connection_, now); !closed)
      return failed(closed.error(), now);
    lingering_ = true;
    return Step::kMore;
  }
  return next_request(now);
}

ServeExchange::Step ServeExchange::send_head(Instant now) {
  const auto rest = std::as_bytes(std::span(out_)).subspan(out_taken_);
  const Result<std::size_t> taken = around_->host.send(connection_, rest, now);
  if (!taken) return failed(taken.error(), now);
  last_progress_ = now;
  out_taken_ += *taken;
  if (out_taken_ < out_.size()) return Step::kWait;
  out_.clear();
  out_taken_ = 0;
  return Step::kMore;
}

ServeExchange::Step ServeExchange::send_file(Instant now) {
  if (chunk_.empty() && !fill_chunk()) return abort(now);
  const std::uint32_t size = chunk_.size();
  const Result<void> taken = around_->host.send_slice(connection_, chunk_, now);
  if (!taken) return failed(taken.error(), now);
  last_progress_ = now;
  chunk_.reset();
  file_at_ += size;
  file_left_ -= size;
  around_->bytes += size;
  if (file_left_ == 0) file_.reset();
  return Step::kMore;
}

// False: memory is used up, or the file lost bytes that were promised. The peer must not take that for a whole
// response.
bool ServeExchange::fill_chunk() {
  const auto wanted = static_cast<std::uint32_t>(std::min<std::uint64_t>(file_left_, around_->chunk));
  std::optional<Slice> buffer = around_->host.allocate(wanted);
  if (!buffer) {
    Progress::complain("{}: no memory for a response", peer_.to_string());
    return false;
  }
  std::uint32_t filled = 0;
  while (filled < wanted) {
    const auto room = buffer->mutable_bytes().subspan(filled);
    const ssize_t got = ::pread(file_.get(), room.data(), room.size(), static_cast<off_t>(file_at_ + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      Progress::complain("{}: {} changed or could not be read while it was sent", peer_.to_string(), asked_);
      return false;
    }
    filled += static_cast<std::uint32_t>(got);
  }
  chunk_ = std::move(*buffer);
  return true;
}

ServeExchange::Step ServeExchange::next_request(Instant now) {
  const auto parsed = parse_request(in_);
  if (!parsed) {
    refuse(parsed.error());
    return Step::kMore;
  }
  const auto& request = *parsed;
  if (!request) return read_more(now);
  last_progress_ = now;
  in_.erase(0, request->size);
  answer(*request);
  return Step::kMore;
}

ServeExchange::Step ServeExchange::read_more(Instant now) {
  const std::size_t before = in_.size();
  in_.resize(before + kReadBytes);
  const auto room = std::as_writable_bytes(std::span(in_)).subspan(before);
  const Result<std::size_t> got = around_->host.receive(connection_, room, now);
  in_.resize(before + got.value_or(0));
  if (!got) return failed(got.error(), now);
  if (*got != 0) return Step::kMore;
  // The peer's end of text: between two requests that is how it says goodbye.
  return close(now);
}

ServeExchange::Step ServeExchange::linger(Instant now) {
  const Result<Slice> text = around_->host.receive_slice(connection_, now);
  if (!text && would_block(text.error())) return Step::kWait;
  if (text && !text->empty()) {
    lingered_ += text->size();
    if (lingered_ > kMostLingered) return abort(now);
    return Step::kMore;
  }
  return close(now);
}

ServeExchange::Step ServeExchange::failed(std::error_code error, Instant now) {
  if (would_block(error)) return Step::kWait;
  around_->progress.say("{}", explain_connection_error(error, peer_));
  return abort(now);
}

// Before the handle is given back, after which nobody can ask.
void ServeExchange::tell_info() const {
  if (!around_->info) return;
  if (const auto info = around_->host.info(connection_)) Progress::complain("{}", info_text(*info));
}

ServeExchange::Step ServeExchange::close(Instant now) {
  tell_info();
  (void)around_->host.close(connection_, now);
  return Step::kOver;
}

ServeExchange::Step ServeExchange::abort(Instant now) {
  tell_info();
  (void)around_->host.abort(connection_, now);
  return Step::kOver;
}

bool ServeExchange::check_idle(Instant limit, Instant now) {
  if (last_progress_ > limit) return true;
  const bool owes_response = !out_.empty() || file_left_ > 0 || lingering_;
  if (owes_response) return abort(now) != Step::kOver;
  if (in_.empty()) return close(now) != Step::kOver;
  last_progress_ = now;
  refuse(408);
  return pump(now);
}

void ServeExchange::answer(const HttpRequest& request) {
  ++around_->requests;
  asked_ = fmt::format("{} /{}", request.head_only ? "HEAD" : "GET", request.path);
  close_after_ = !request.keep_alive;
  ServedDirectory::Found found = around_->directory.look_up(request.path, request.names_directory);
  if (auto* file = std::get_if<ServedDirectory::File>(&found)) return answer_with(std::move(*file), request);
  ResponseHead head{.content_type = "text/html; charset=utf-8", .keep_alive = request.keep_alive};
  if (const auto* listing = std::get_if<ServedDirectory::Listing>(&found)) {
    return answer_page(head, listing_page(request.path, listing->entries), request.head_only);
  }
  if (const auto* refused = std::get_if<ServedDirectory::Refused>(&found)) {
    head.status = refused->status;
  } else {
    head.status = 301;
    head.location = "/";
    for (const char c : request.path) head.location += c == '/' ? "/" : escape_uri(std::string_view(&c, 1));
    head.location += '/';
  }
  answer_page(head, status_page(head.status), request.head_only);
}

void ServeExchange::answer_with(ServedDirectory::File file, const HttpRequest& request) {
  ResponseHead head{.content_type = media_type(file.name), .keep_alive = request.keep_alive, .version = &file.version};
  if (is_unmodified(file.version, request.if_none_match, request.if_modified_since)) {
    head.status = 304;
    head.content_type = {};
    return answer_page(head, {}, true);
  }
  RangeChoice choice;
  // RFC 9110 §14.2: a Range means something to GET alone.
  if (!request.head_only && may_send_range(file.version, request.if_range)) {
    choice = choose_range(request.range, file.version.size);
  }
  if (choice.kind == RangeChoice::Kind::kUnsatisfiable) {
    head.status = 416;
    head.content_type = "text/html; charset=utf-8";
    head.unsatisfied = file.version.size;
    head.version = nullptr;
    return answer_page(head, status_page(416), false);
  }
  head.content_length = file.version.size;
  file_at_ = 0;
  if (choice.kind == RangeChoice::Kind::kPart) {
    head.status = 206;
    head.part = choice.range;
    head.content_length = choice.range.last - choice.range.first + 1;
    file_at_ = choice.range.first;
  }
  out_ = to_text(head, ::time(nullptr));
  log(head.status, head.content_length);
  if (request.head_only || head.content_length == 0) return;
  file_left_ = head.content_length;
  file_ = std::move(file.file);
}

void ServeExchange::answer_page(ResponseHead head, std::string_view page, bool head_only) {
  head.content_length = page.size();
  out_ = to_text(head, ::time(nullptr));
  if (!head_only) out_ += page;
  log(head.status, page.size());
}

void ServeExchange::refuse(int status) {
  ++around_->requests;
  asked_ = "a request that was not understood";
  in_ = std::string();
  close_after_ = true;
  answer_page({.status = status, .content_type = "text/html; charset=utf-8"}, status_page(status), false);
}

void ServeExchange::log(int status, std::uint64_t length) const {
  around_->progress.say("{} {}: {} {}, {} bytes", peer_.to_string(), asked_, status, reason_phrase(status), length);
}

}  // namespace handfast::tool
