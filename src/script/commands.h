#pragma once

#include <string>
#include <string_view>
#include <vector>

// What the `commands` of a script would change, as far as it can be said without running them: nothing is executed.
// Those that set sysctls are read; those of packetdrill's own folder that prepare or restore a machine mean nothing to
// a stack that is new for every script; the rest is told as not supported.

namespace handfast::script {

struct Setting {
  std::string name;  ///< "net.ipv4.tcp_ecn"
  std::string value;
  friend bool operator==(const Setting&, const Setting&) = default;
};

struct Commands {
  std::vector<Setting> settings;
  bool forgets_peers = false;            ///< `ip tcp_metrics flush`: fast open cookies and the like
  std::vector<std::string> unsupported;  ///< each as it stands in the script
};

Commands read_commands(std::string_view text);

}  // namespace handfast::script
