#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "handfast/option_values.h"

namespace handfast::tool {

/// Adds an option whose text `parse` reads; `type` is what --help shows for it.
template <typename T, typename Into>
CLI::Option* add_parsed(CLI::App& app, const std::string& name, Into& into, Parsed<T> (*parse)(std::string_view),
                        const std::string& help) {
  const auto read = [name, &into, parse](const std::string& text) {
    Parsed<T> value = parse(text);
    if (!value) throw CLI::ValidationError(name, value.error());
    into = std::move(*value);
  };
  return app.add_option_function<std::string>(name, read, help);
}

}  // namespace handfast::tool
