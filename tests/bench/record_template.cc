#include "tests/bench/record_template.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace tallymill::bench {

using topology::Error;
using topology::ErrorCode;
using topology::Result;
using topology::Status;

Result<RecordTemplate> RecordTemplate::read(std::istream& text) {
  RecordTemplate made;
  std::map<std::string, std::string> patterns;
  for (std::string line; std::getline(text, line);) {
    if (const Status status = made.read_line(line, patterns); !status) return status.error();
  }
  if (const Status status = made.compile(patterns["key"], made.key_); !status) return status.error();
  if (const Status status = made.compile(patterns["value"], made.value_); !status) return status.error();
  return made;
}

Status RecordTemplate::read_line(const std::string& line, std::map<std::string, std::string>& patterns) {
  std::istringstream words(line);
  std::string kind;
  std::string name;
  words >> kind;
  if (kind == "key" || kind == "value") {
    patterns[kind] = line.substr(std::min(line.size(), kind.size() + 1));
    return {};
  }
  words >> name;
  Field field;
  if (kind == "counter") {
    Counter counter{0, 0};
    words >> counter.first >> counter.step;
    field.kind = counter;
  } else if (kind == "choice") {
    Choice choice;
    for (std::string option; words >> option;) choice.options.push_back(option);
    field.kind = choice;
    words.clear(choice.options.empty() ? std::ios::failbit : std::ios::goodbit);
  } else if (kind == "zipf") {
    std::size_t count = 0;
    words >> count;
    Zipf zipf;
    double sum = 0;
    for (std::size_t rank = 1; rank <= count; ++rank) {
      zipf.cumulative_shares.push_back(sum += 1.0 / static_cast<double>(rank));
    }
    field.kind = zipf;
    if (count == 0) words.setstate(std::ios::failbit);
  } else {
    words.setstate(std::ios::failbit);
  }
  if (words.fail()) {
    return Error{ErrorCode::usage, "a line of the template cannot be read: " + line.substr(0, 80),
                 "its forms are in record_template.h"};
  }
  field_of_name_.emplace(name, fields_.size());
  fields_.push_back(std::move(field));
  return {};
}

Status RecordTemplate::compile(const std::string& pattern, Pattern& into) const {
  for (std::size_t from = 0;;) {
    const std::size_t open = pattern.find('@', from);
    const std::size_t close = open == std::string::npos ? open : pattern.find('@', open + 1);
    if (close == std::string::npos) {
      into.parts.push_back({pattern.substr(from), no_field});
      return {};
    }
    const std::string name = pattern.substr(open + 1, close - open - 1);
    const auto found = field_of_name_.find(name);
    if (found == field_of_name_.end()) {
      return Error{ErrorCode::usage, "the template uses the field '" + name + "', which it does not define",
                   "add a line `counter`, `choice` or `zipf` with this name"};
    }
    into.parts.push_back({pattern.substr(from, open - from), found->second});
    from = close + 1;
  }
}

void RecordTemplate::next() {
  for (Field& field : fields_) draw(field);
  render(key_);
  render(value_);
  ++number_;
}

void RecordTemplate::draw(Field& field) {
  if (const auto* counter = std::get_if<Counter>(&field.kind)) {
    const double exact = counter->first + static_cast<double>(number_) * counter->step;
    field.text = std::to_string(static_cast<std::int64_t>(std::floor(exact)));
    return;
  }
  // The distributions of <random> differ between libraries; this is the same everywhere.
  const double draw = static_cast<double>(randomness_() >> 11) * 0x1p-53;
  if (const auto* choice = std::get_if<Choice>(&field.kind)) {
    field.text =
        choice->options[static_cast<std::size_t>(draw * static_cast<double>(choice->options.size()))];
    return;
  }
  const std::vector<double>& shares = std::get<Zipf>(field.kind).cumulative_shares;
  const auto found = std::upper_bound(shares.begin(), shares.end(), draw * shares.back());
  field.text = std::to_string(found - shares.begin());
}

void RecordTemplate::render(Pattern& pattern) const {
  pattern.text.clear();
  for (const Part& part : pattern.parts) {
    pattern.text += part.literal;
    if (part.field != no_field) pattern.text += fields_[part.field].text;
  }
}

}  // namespace tallymill::bench
