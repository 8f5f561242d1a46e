#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "processor/codec/json_encoder.h"

namespace tallymill::processor {

/// Writes JSON objects and lists, compact.
class JsonWriter {
 public:
  JsonWriter& open(char bracket) {
    separate();
    text_ += bracket;
    return *this;
  }
  JsonWriter& close(char bracket) {
    text_ += bracket;
    return *this;
  }
  JsonWriter& name(std::string_view name) {
    separate();
    append_json_string(text_, name);
    text_ += ':';
    return *this;
  }
  JsonWriter& text(std::string_view value) {
    separate();
    append_json_string(text_, value);
    return *this;
  }
  JsonWriter& number(std::integral auto value) {
    separate();
    text_ += std::to_string(value);
    return *this;
  }
  /// With three decimal places.
  JsonWriter& seconds(double value) {
    separate();
    text_ += std::to_string(value);
    text_.resize(text_.size() - 3);
    return *this;
  }
  /// A value that is JSON already.
  JsonWriter& json(std::string_view value) {
    separate();
    text_ += value;
    return *this;
  }
  JsonWriter& null() {
    separate();
    text_ += "null";
    return *this;
  }
  JsonWriter& boolean(bool value) {
    separate();
    text_ += value ? "true" : "false";
    return *this;
  }
  JsonWriter& texts(std::string_view field, const std::vector<std::string>& values) {
    name(field).open('[');
    for (const std::string& value : values) text(value);
    return close(']');
  }
  const std::string& result() const { return text_; }

 private:
  void separate() {
    if (!text_.empty() && text_.back() != '{' && text_.back() != '[' && text_.back() != ':') text_ += ',';
  }
  std::string text_;
};

}  // namespace tallymill::processor
