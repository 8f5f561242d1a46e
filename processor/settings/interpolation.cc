#include "processor/settings/interpolation.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tallymill::processor {

using topology::Error;
using topology::ErrorCode;
using topology::Result;

namespace {

constexpr std::size_t secret_bytes_max = 1 << 20;

Error refuse(std::string message, std::string hint) {
  return {ErrorCode::invalid_value, std::move(message), std::move(hint)};
}

/// Whether `path`, with every link followed, lies below one of the folders.
bool is_below(const std::filesystem::path& path, const std::vector<std::string>& directories) {
  return std::any_of(directories.begin(), directories.end(), [&](const std::string& directory) {
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::canonical(directory, error);
    if (error) return false;
    const auto [end, ignored] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
    return end == folder.end() && path != folder;
  });
}

Result<Interpolated> read_secret(const std::string& name, const InterpolationScope& scope) {
  if (!scope.allows_files) {
    return refuse("${file:..} is allowed in the engine file only", "write it there, or use the environment");
  }
  std::error_code error;
  const std::filesystem::path path = std::filesystem::canonical(name, error);
  if (error) return refuse("the file \"" + name + "\" cannot be read: " + error.message(), "check its path");
  if (!is_below(path, scope.secret_directories)) {
    return refuse("the file \"" + name + "\" is in no folder of secrets.directories",
                  "move it there, or add its folder to secrets.directories");
  }
  std::ifstream file(path, std::ios::binary);
  Interpolated secret{.text = std::string(secret_bytes_max + 1, '\0'), .is_secret = true};
  file.read(secret.text.data(), static_cast<std::streamsize>(secret.text.size()));
  secret.text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad() || secret.text.size() > secret_bytes_max || !std::filesystem::is_regular_file(path)) {
    return refuse("the file \"" + name + "\" cannot be read, or is larger than 1 MiB", "check what it is");
  }
  if (secret.text.ends_with('\n')) secret.text.pop_back();
  if (secret.text.ends_with('\r')) secret.text.pop_back();
  return secret;
}

Result<Interpolated> read_variable(std::string_view reference, const InterpolationScope& scope) {
  const std::size_t separator = reference.find(":-");
  const std::string_view name = reference.substr(0, separator);
  const auto found = scope.environment.find(name);
  if (found != scope.environment.end()) return Interpolated{found->second, false};
  if (separator != std::string_view::npos)
    return Interpolated{std::string(reference.substr(separator + 2)), false};
  return refuse("the environment has no variable \"" + std::string(name) + "\"",
                "set it, or give a default: ${env:" + std::string(name) + ":-value}");
}

}  // namespace

Result<Interpolated> interpolate(std::string_view text, const InterpolationScope& scope) {
  Interpolated result;
  while (true) {
    const std::size_t dollar = text.find('$');
    result.text += text.substr(0, dollar);
    if (dollar == std::string_view::npos) return result;
    text.remove_prefix(dollar);
    if (text.starts_with("$$")) {
      result.text += '$';
      text.remove_prefix(2);
      continue;
    }
    const std::size_t end = text.find('}');
    if (!text.starts_with("${") || end == std::string_view::npos) {
      return refuse("a single $ stands in a value", "write $$ for a dollar, or ${env:NAME} for a variable");
    }
    const std::string_view reference = text.substr(2, end - 2);
    text.remove_prefix(end + 1);
    Result<Interpolated> part =
        reference.starts_with("env:") ? read_variable(reference.substr(4), scope)
        : reference.starts_with("file:")
            ? read_secret(std::string(reference.substr(5)), scope)
            : Result<Interpolated>(refuse("${" + std::string(reference) + "} refers to nothing that is known",
                                          "write ${env:NAME}, ${env:NAME:-default} or ${file:/path}"));
    if (!part) return part;
    result.text += part->text;
    result.is_secret |= part->is_secret;
  }
}

}  // namespace tallymill::processor
