#include "processor/commands/topology_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <vector>

#include "ops/operator_catalog.h"

namespace tallymill::processor {

namespace {

/// No topology, case file or recording is larger; /dev/zero is.
constexpr std::size_t file_bytes_max = std::size_t{1} << 30;

topology::Error cannot_read(const std::string& path, std::string_view why) {
  return {topology::ErrorCode::cannot_read, "cannot read \"" + path + "\": " + std::string(why),
          "check the path"};
}

}  // namespace

topology::Result<std::string> read_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return cannot_read(path, "it is a folder");
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  if (path != "-" && !file) return cannot_read(path, std::strerror(errno));
  std::istream& input = path == "-" ? std::cin : file;
  std::string text;
  std::vector<char> block(64 * 1024);
  do {
    input.read(block.data(), static_cast<std::streamsize>(block.size()));
    text.append(block.data(), static_cast<std::size_t>(input.gcount()));
    if (text.size() > file_bytes_max) return cannot_read(path, "it has no end within 1 GiB");
  } while (input);
  if (input.bad()) return cannot_read(path, "reading failed");
  return text;
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
  } else {
    std::cerr << diagnostics.findings_text();
  }
  return std::move(loaded.plan);
}

}  // namespace tallymill::processor
