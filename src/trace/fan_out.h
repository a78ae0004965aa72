#pragma once

#include <cstddef>
#include <initializer_list>
#include <vector>

#include "handfast/trace_event.h"

namespace handfast::trace {

/// Forwards every event to several sinks, in the order in which they were added. They must outlive it.
class FanOut final : public Sink {
 public:
  FanOut() = default;
  FanOut(std::initializer_list<Sink*> sinks) : sinks_(sinks) {}

  void add(Sink& sink) { sinks_.push_back(&sink); }
  std::size_t size() const { return sinks_.size(); }
  void on_event(const Event& event) override {
    for (Sink* sink : sinks_) sink->on_event(event);
  }

 private:
  std::vector<Sink*> sinks_;
};

}  // namespace handfast::trace
