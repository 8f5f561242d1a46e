#include <algorithm>

#include "topology/base/invariant.h"
#include "topology/spec/excerpt.h"
#include "topology/spec/field_spec.h"
#include "topology/spec/field_values.h"

namespace tallymill::topology {
namespace {

class FieldReader {
 public:
  FieldReader(std::string_view owner, Diagnostics& diagnostics)
      : owner_(owner), diagnostics_(diagnostics), values_(diagnostics) {}

  FieldSet read(const YamlNode& node, std::span<const FieldSpec> specs) {
    FieldSet set(specs, node.range);
    if (specs.size() == 1 && specs.front().name.empty()) {
      add_written(set, specs.front(), owner_, node);
    } else if (node.kind == YamlNode::Kind::mapping || node.kind == YamlNode::Kind::null) {
      read_entries(node, specs, set);
      add_absent(specs, set);
    } else {
      diagnostics_.error(
          ErrorCode::invalid_value, node.range, owner_ + " takes a mapping of fields",
          "write them as `field: value`, such as `" + std::string(specs.front().name) + ": ...`");
    }
    return set;
  }

 private:
  using Value = decltype(FieldValue::value);

  void read_entries(const YamlNode& node, std::span<const FieldSpec> specs, FieldSet& set) {
    for (const YamlNode::Entry& entry : node.entries) {
      const auto spec = std::find_if(specs.begin(), specs.end(),
                                     [&](const FieldSpec& known) { return known.name == entry.key; });
      if (spec == specs.end()) {
        report_unknown(entry, node, specs, set);
        continue;
      }
      const std::string what = in_quotes(entry.key) + " in " + owner_;
      if (spec->availability != Availability::available) {
        report_unavailable(entry, node, *spec, what);
        set.add({&*spec, entry.value.range, false, {}});
        continue;
      }
      add_written(set, *spec, what, entry.value);
    }
  }

  void report_unavailable(const YamlNode::Entry& entry, const YamlNode& node, const FieldSpec& spec,
                          const std::string& what) {
    if (spec.availability == Availability::elsewhere) {
      diagnostics_.error(ErrorCode::unknown_field, entry.key_range,
                         owner_ + " has no field " + in_quotes(entry.key), std::string(spec.today));
      return;
    }
    const bool is_part_of_another =
        std::any_of(node.entries.begin(), node.entries.end(),
                    [&](const YamlNode::Entry& other) { return is_among(spec.goes_with, other.key); });
    if (is_part_of_another) return;
    diagnostics_.error(ErrorCode::not_yet, entry.key_range, what + " is not implemented yet",
                       std::string(spec.today));
  }

  /// The field that is meant counts as written, so that it is not reported as lacking as well.
  void report_unknown(const YamlNode::Entry& entry, const YamlNode& node, std::span<const FieldSpec> specs,
                      FieldSet& set) {
    std::vector<std::string> names;
    std::string list;
    for (const FieldSpec& spec : specs) {
      names.emplace_back(spec.name);
      if (spec.availability == Availability::available) list += (list.empty() ? "" : ", ") + names.back();
    }
    const auto find = [&](auto is_meant) { return std::find_if(specs.begin(), specs.end(), is_meant); };
    std::string hint = did_you_mean(entry.key, names, diagnostics_);
    auto meant = find([&](const FieldSpec& spec) { return hint == did_you_mean_hint(spec.name); });
    if (const std::size_t colon = entry.key.find(':'); colon != std::string::npos) {
      meant = find(
          [&](const FieldSpec& spec) { return spec.name == std::string_view(entry.key).substr(0, colon); });
      if (meant != specs.end())
        hint = "write a space after the colon: `" + std::string(meant->name) + ": ..`";
    } else if (hint.empty()) {
      meant = find([&](const FieldSpec& spec) { return is_among(spec.also, entry.key); });
      if (meant != specs.end()) hint = did_you_mean_hint(meant->name);
    }
    if (meant != specs.end() && node.find(meant->name) == nullptr && set.find(meant->name) == nullptr)
      set.add({&*meant, entry.value.range, false, {}});
    if (hint.empty()) hint = "fields here: " + list;
    diagnostics_.error(ErrorCode::unknown_field, entry.key_range,
                       owner_ + " has no field " + in_quotes(entry.key), std::move(hint));
  }

  /// Required fields are reported, defaults filled in.
  void add_absent(std::span<const FieldSpec> specs, FieldSet& set) {
    for (const FieldSpec& spec : specs) {
      if (set.find(spec.name) != nullptr || spec.availability != Availability::available) continue;
      if (spec.required) {
        diagnostics_.error(ErrorCode::missing_field, set.range(),
                           owner_ + " lacks the field \"" + std::string(spec.name) + "\"",
                           std::string(spec.doc));
      }
      if (spec.default_text.empty()) continue;
      YamlNode node;
      node.kind = YamlNode::Kind::scalar;
      node.text = spec.default_text;
      node.range = set.range();
      FieldValue value{&spec, set.range(), true, read_value(spec, "", node)};
      INVARIANT(!std::holds_alternative<std::monostate>(value.value),
                "a field's default is not what the field takes");
      set.add(std::move(value));
    }
  }

  /// A value that is refused stays without one, so that the field still counts as written.
  void add_written(FieldSet& set, const FieldSpec& spec, const std::string& what, const YamlNode& node) {
    set.add({&spec, node.range, false, read_value(spec, what, node)});
  }

  template <class T>
  static Value wrapped(std::optional<T> read) {
    return read ? Value(std::move(*read)) : Value();
  }

  Value read_value(const FieldSpec& spec, const std::string& what, const YamlNode& node) {
    switch (spec.type) {
      case FieldType::text:
        return wrapped(values_.text(node, what));
      case FieldType::text_list:
        return wrapped(values_.list(node, false, what));
      case FieldType::boolean:
        return wrapped(values_.boolean(node, what));
      case FieldType::integer:
        return wrapped(values_.integer(node, what));
      case FieldType::duration:
        return wrapped(values_.duration(node, what));
      case FieldType::choice:
        return wrapped(values_.choice(node, spec.choices, what));
      case FieldType::name: {
        const auto use = values_.name(node, what);
        return use ? Value(use->name) : Value();
      }
      case FieldType::names:
        return wrapped(values_.list(node, true, what));
      case FieldType::expression:
        return wrapped(values_.expression(node, what));
      case FieldType::expressions:
      case FieldType::aggregates:
        return wrapped(values_.expressions(node, what));
      case FieldType::groups:
        return wrapped(values_.groups(node, what));
      case FieldType::texts:
        return wrapped(values_.texts(node, what));
      case FieldType::object:
        return std::vector<FieldSet>{read_object(spec, node)};
      case FieldType::objects:
        return read_objects(spec, node);
      case FieldType::subtree:
        return node;
    }
    INVARIANT(false, "a field's type is outside its enumeration");
  }

  FieldSet read_object(const FieldSpec& spec, const YamlNode& node) {
    return FieldReader(std::string(spec.name) + " of " + owner_, diagnostics_).read(node, spec.fields);
  }

  Value read_objects(const FieldSpec& spec, const YamlNode& node) {
    std::vector<FieldSet> sets;
    if (node.kind != YamlNode::Kind::sequence) {
      sets.push_back(read_object(spec, node));
    } else {
      for (const YamlNode& item : node.items) sets.push_back(read_object(spec, item));
    }
    return sets;
  }

  std::string owner_;
  Diagnostics& diagnostics_;
  FieldValueReader values_;
};

}  // namespace

bool is_among(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

FieldSet read_fields(const YamlNode& node, std::span<const FieldSpec> specs, std::string_view owner,
                     Diagnostics& diagnostics) {
  return FieldReader(owner, diagnostics).read(node, specs);
}

}  // namespace tallymill::topology
