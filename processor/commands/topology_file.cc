#include "processor/commands/topology_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "ops/operator_catalog.h"

namespace tallymill::processor {

topology::Result<std::string> read_file(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return topology::Error{topology::ErrorCode::cannot_read, "\"" + path + "\" is a folder", "name a file"};
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return topology::Error{topology::ErrorCode::cannot_read,
                           "cannot read \"" + path + "\": " + std::strerror(errno), "check the path"};
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void print_error(const topology::Error& error) {
  std::cerr << "error: " << error.message << " [" << name_of(error.code) << "]\n";
  if (!error.hint.empty()) std::cerr << "hint: " << error.hint << "\n";
}

std::optional<topology::Plan> load_plan(const std::string& path, int& exit_code) {
  const auto text = read_file(path);
  if (!text) {
    print_error(text.error());
    exit_code = 2;
    return std::nullopt;
  }
  topology::Diagnostics diagnostics;
  auto loaded = topology::load_topology(*text, path, std::filesystem::path(path).parent_path().string(),
                                        ops::operator_catalog(), diagnostics);
  if (!loaded.plan) {
    std::cerr << diagnostics.to_text();
    exit_code = 1;
  }
  return std::move(loaded.plan);
}

}  // namespace tallymill::processor
