#include <algorithm>

#include "topology/base/invariant.h"
#include "topology/spec/field_spec.h"

namespace tallymill::topology {
namespace {

template <class T>
const T* value_as(const FieldValue* field) {
  return field == nullptr ? nullptr : std::get_if<T>(&field->value);
}

template <class T>
std::optional<T> copy_of(const T* value) {
  return value == nullptr ? std::nullopt : std::optional<T>(*value);
}

template <class T>
std::span<const T> items_of(const FieldValue* field) {
  const auto* items = value_as<std::vector<T>>(field);
  return items == nullptr ? std::span<const T>() : std::span<const T>(*items);
}

}  // namespace

const FieldValue* FieldSet::find(std::string_view name) const {
  // A set that was never read (its mapping was refused) has no table and no values.
  INVARIANT(specs_.empty() || std::any_of(specs_.begin(), specs_.end(),
                                          [&](const FieldSpec& spec) { return spec.name == name; }),
            "a field is asked for that the table does not have");
  const auto found = std::find_if(values_.begin(), values_.end(),
                                  [&](const FieldValue& value) { return value.spec->name == name; });
  return found == values_.end() ? nullptr : &*found;
}

bool FieldSet::has(std::string_view name) const {
  const FieldValue* field = find(name);
  return field != nullptr && !field->is_default;
}

std::optional<std::string> FieldSet::text(std::string_view name) const {
  return copy_of(value_as<std::string>(find(name)));
}

std::optional<bool> FieldSet::boolean(std::string_view name) const {
  return copy_of(value_as<bool>(find(name)));
}

std::optional<std::int64_t> FieldSet::integer(std::string_view name) const {
  return copy_of(value_as<std::int64_t>(find(name)));
}

std::optional<Duration> FieldSet::duration(std::string_view name) const {
  return copy_of(value_as<Duration>(find(name)));
}

const ExpressionText* FieldSet::expression(std::string_view name) const {
  return value_as<ExpressionText>(find(name));
}

std::span<const NameUse> FieldSet::names(std::string_view name) const {
  return items_of<NameUse>(find(name));
}

std::span<const NamedExpression> FieldSet::named_expressions(std::string_view name) const {
  return items_of<NamedExpression>(find(name));
}

std::span<const GroupItem> FieldSet::groups(std::string_view name) const {
  return items_of<GroupItem>(find(name));
}

std::span<const FieldSet> FieldSet::objects(std::string_view name) const {
  return items_of<FieldSet>(find(name));
}

const FieldSet* FieldSet::object(std::string_view name) const {
  const auto found = objects(name);
  return found.empty() ? nullptr : &found.front();
}

const YamlNode* FieldSet::subtree(std::string_view name) const { return value_as<YamlNode>(find(name)); }

SourceRange FieldSet::range(std::string_view name) const {
  const FieldValue* field = find(name);
  return field == nullptr ? range_ : field->range;
}

}  // namespace tallymill::topology
