#include "processor/settings/interpolation.h"

#include <algorithm>
#include <string_view>

#include "processor/settings/secret_file.h"

namespace tallymill::processor {

using topology::Diagnostics;
using topology::Error;
using topology::ErrorCode;
using topology::Result;
using topology::YamlNode;

namespace {

constexpr std::string_view forms = "write ${env:NAME}, ${env:NAME:-default} or ${file:/path}; $$ is a dollar";

bool is_variable_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

Result<std::string> variable(std::string_view reference, const Environment& environment) {
  const std::size_t separator = reference.find(":-");
  const std::string_view name = reference.substr(0, separator);
  if (!is_variable_name(name)) {
    return Error{ErrorCode::invalid_value, "${env:..} takes the name of a variable: letters, digits and `_`",
                 std::string(forms)};
  }
  const auto found = environment.find(name);
  const bool has_default = separator != std::string_view::npos;
  if (has_default && (found == environment.end() || found->second.empty())) {
    return std::string(reference.substr(separator + 2));
  }
  if (found != environment.end()) return found->second;
  return Error{ErrorCode::invalid_value, "the environment has no variable " + std::string(name),
               "set it, or give a default: ${env:" + std::string(name) + ":-default}"};
}

class Interpolation {
 public:
  Interpolation(const YamlNode& scalar, const InterpolationScope& scope, Diagnostics& diagnostics)
      : scalar_(scalar), text_(scalar.text), scope_(scope), diagnostics_(diagnostics) {}

  std::optional<Interpolated> run() {
    std::size_t begin = 0;
    while (begin < text_.size()) {
      const std::size_t dollar = std::min(text_.find('$', begin), text_.size());
      result_.text += text_.substr(begin, dollar - begin);
      begin = dollar < text_.size() ? replace(dollar) : dollar;
    }
    return is_refused_ ? std::nullopt : std::optional(std::move(result_));
  }

 private:
  /// Takes what begins with the dollar at `offset`; returns where the text goes on.
  std::size_t replace(std::size_t offset) {
    if (text_.substr(offset).starts_with("$$")) {
      result_.text += '$';
      return offset + 2;
    }
    if (!text_.substr(offset).starts_with("${")) {
      refuse(offset, 1, {ErrorCode::invalid_value, "a single $ stands here", std::string(forms)});
      return offset + 1;
    }
    const std::size_t end = text_.find('}', offset);
    if (end == std::string_view::npos) {
      refuse(offset, 2, {ErrorCode::invalid_value, "this ${ has no }", std::string(forms)});
      return text_.size();
    }
    const std::string_view reference = text_.substr(offset + 2, end - offset - 2);
    const auto value = value_of(reference);
    if (value) {
      result_.text += *value;
    } else {
      refuse(offset, end + 1 - offset, value.error());
    }
    return end + 1;
  }

  Result<std::string> value_of(std::string_view reference) {
    if (reference.starts_with("env:")) return variable(reference.substr(4), scope_.environment);
    if (reference.starts_with("file:")) {
      result_.is_secret = true;
      return read_secret_file(std::string(reference.substr(5)), scope_.secret_folders);
    }
    return Error{ErrorCode::invalid_value, "this ${..} is of no form that Tallymill knows",
                 std::string(forms)};
  }

  void refuse(std::size_t offset, std::size_t length, const Error& error) {
    is_refused_ = true;
    diagnostics_.error(error.code, topology::range_within(scalar_, offset, length), error.message,
                       error.hint);
  }

  const YamlNode& scalar_;
  std::string_view text_;
  const InterpolationScope& scope_;
  Diagnostics& diagnostics_;
  Interpolated result_;
  bool is_refused_ = false;
};

}  // namespace

std::optional<Interpolated> interpolate(const YamlNode& scalar, const InterpolationScope& scope,
                                        Diagnostics& diagnostics) {
  return Interpolation(scalar, scope, diagnostics).run();
}

}  // namespace tallymill::processor
