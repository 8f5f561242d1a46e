#include "topology/spec/step_reader.h"

#include <algorithm>
#include <map>

#include "topology/spec/excerpt.h"
#include "topology/spec/field_values.h"

namespace tallymill::topology {
namespace {

class StepReader {
 public:
  StepReader(const std::string& owner, std::span<const OperatorSpec* const> operators,
             Diagnostics& diagnostics)
      : owner_(owner), operators_(operators), diagnostics_(diagnostics) {}

  std::vector<StepDeclaration> read(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::sequence) {
      diagnostics_.error(ErrorCode::invalid_value, node.range, "\"steps\" in " + owner_ + " takes a list",
                         "begin each step with `- `, such as `- filter: amount > 0`");
      return {};
    }
    for (const YamlNode& item : node.items) read_step(item);
    add_given_names();
    name_steps_with_state();
    name_other_steps();
    return std::move(steps_);
  }

 private:
  void read_step(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::mapping || node.entries.empty()) {
      diagnostics_.error(ErrorCode::invalid_value, node.range, "a step of " + owner_ + " names no operator",
                         "write `- operator: value`, such as `- filter: amount > 0`");
      return;
    }
    StepDeclaration step;
    step.range = step.name_range = node.range;
    const YamlNode::Entry* operation = nullptr;
    for (const YamlNode::Entry& entry : node.entries) {
      if (entry.key == "name") {
        read_name(entry, step);
      } else if (operation == nullptr) {
        operation = &entry;
        step.range = entry.key_range;
      } else {
        report_second_key(*operation, entry);
      }
    }
    if (operation == nullptr) {
      diagnostics_.error(ErrorCode::missing_field, node.range,
                         "a step of " + owner_ + " has a name but no operator",
                         "write the operator beside the name, such as `filter: amount > 0`");
    } else {
      read_operation(*operation, step);
    }
    if (step.name.empty()) step.name_range = step.range;
    steps_.push_back(std::move(step));
  }

  void read_name(const YamlNode::Entry& entry, StepDeclaration& step) {
    const auto use = FieldValueReader(diagnostics_).name(entry.value, "\"name\" in a step of " + owner_);
    if (!use) return;
    step.name = use->name;
    step.name_range = use->range;
  }

  void read_operation(const YamlNode::Entry& entry, StepDeclaration& step) {
    const OperatorSpec* spec = find(entry.key);
    step.operator_spec = spec;
    if (spec == nullptr) {
      report_unknown(entry);
    } else if (spec->availability == Availability::planned) {
      diagnostics_.error(ErrorCode::not_yet, entry.key_range,
                         "step " + in_quotes(entry.key) + " is not implemented yet",
                         std::string(spec->today));
    } else {
      step.fields = read_fields(entry.value, spec->fields, "step " + entry.key, diagnostics_);
    }
  }

  const OperatorSpec* find(std::string_view name) const {
    const auto found = std::find_if(operators_.begin(), operators_.end(),
                                    [&](const OperatorSpec* spec) { return spec->name == name; });
    return found == operators_.end() ? nullptr : *found;
  }

  void report_unknown(const YamlNode::Entry& entry) {
    std::vector<std::string> names;
    std::string list;
    for (const OperatorSpec* spec : operators_) {
      names.emplace_back(spec->name);
      if (spec->availability == Availability::available) list += (list.empty() ? "" : ", ") + names.back();
    }
    std::string hint = did_you_mean(entry.key, names, diagnostics_);
    for (const OperatorSpec* spec : operators_) {
      if (hint.empty() && is_among(spec->also, entry.key))
        hint = "write `" + std::string(spec->name) + ": ..`";
    }
    if (hint.empty()) hint = "operators: " + list;
    diagnostics_.error(ErrorCode::unknown_name, entry.key_range,
                       "there is no operator " + in_quotes(entry.key), std::move(hint));
  }

  /// Two operators in one step, or the fields of one that are not indented below it.
  void report_second_key(const YamlNode::Entry& operation, const YamlNode::Entry& entry) {
    const OperatorSpec* spec = find(operation.key);
    const bool is_field =
        spec != nullptr && std::any_of(spec->fields.begin(), spec->fields.end(),
                                       [&](const FieldSpec& field) { return field.name == entry.key; });
    diagnostics_.error(ErrorCode::unknown_field, entry.key_range,
                       "a step has one operator, and this one has " + in_quotes(operation.key) + " and " +
                           in_quotes(entry.key),
                       is_field
                           ? "indent " + in_quotes(entry.key) + " further than " + in_quotes(operation.key)
                           : std::string("begin the next step with a `- ` of its own"));
  }

  void add_given_names() {
    for (StepDeclaration& step : steps_) {
      if (step.name.empty()) continue;
      const auto [first, is_new] = taken_.emplace(step.name, &step);
      if (is_new) continue;
      diagnostics_.error(
          ErrorCode::duplicate_name, step.name_range,
          "two steps of " + owner_ + " are called " + in_quotes(step.name),
          "rename one; the other is in line " + std::to_string(first->second->name_range.begin.line));
    }
  }

  void name_steps_with_state() {
    for (StepDeclaration& step : steps_) {
      if (!step.name.empty() || step.operator_spec == nullptr || !step.operator_spec->keeps_state) continue;
      step.name = step.operator_spec->name;
      const auto [first, is_new] = taken_.emplace(step.name, &step);
      if (is_new || step.operator_spec->availability == Availability::planned) continue;
      diagnostics_.error(ErrorCode::duplicate_name, step.range,
                         "another step of " + owner_ + " is called " + in_quotes(step.name) +
                             " already (line " + std::to_string(first->second->name_range.begin.line) + ")",
                         "give this step a name, as `name: ..` beside `" + step.name +
                             "`: its state is found again by it, so choose one that can stay");
    }
  }

  void name_other_steps() {
    std::map<std::string_view, int> last_number;
    for (StepDeclaration& step : steps_) {
      if (!step.name.empty() || step.operator_spec == nullptr) continue;
      int& number = last_number[step.operator_spec->name];
      do {
        ++number;
        step.name = step.operator_spec->name;
        if (number > 1) step.name += "-" + std::to_string(number);
      } while (!taken_.emplace(step.name, &step).second);
    }
  }

  const std::string& owner_;
  std::span<const OperatorSpec* const> operators_;
  Diagnostics& diagnostics_;
  std::vector<StepDeclaration> steps_;
  std::map<std::string, const StepDeclaration*> taken_;  ///< names; points into steps_ once that is complete
};

}  // namespace

std::vector<StepDeclaration> read_steps(const YamlNode& node, const std::string& owner,
                                        std::span<const OperatorSpec* const> operators,
                                        Diagnostics& diagnostics) {
  return StepReader(owner, operators, diagnostics).read(node);
}

}  // namespace tallymill::topology
