#include "topology/spec/field_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/spec/topology_sample.h"

namespace tallymill::topology {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Choice color_choices[] = {{"red", ""}, {"green", ""}, {"blue", "", Availability::planned}};
constexpr FieldSpec inner_specs[] = {
    {.name = "size", .type = FieldType::duration, .required = true, .doc = "How long."},
    {.name = "zone", .type = FieldType::text, .availability = Availability::planned},
};
constexpr FieldSpec specs[] = {
    {.name = "text", .type = FieldType::text},
    {.name = "files", .type = FieldType::text_list},
    {.name = "flag", .type = FieldType::boolean, .default_text = "true"},
    {.name = "count", .type = FieldType::integer},
    {.name = "wait", .type = FieldType::duration, .default_text = "5s"},
    {.name = "color", .type = FieldType::choice, .default_text = "red", .choices = color_choices},
    {.name = "who", .type = FieldType::name},
    {.name = "columns", .type = FieldType::names},
    {.name = "if", .type = FieldType::expression},
    {.name = "make", .type = FieldType::expressions},
    {.name = "by", .type = FieldType::groups},
    {.name = "config", .type = FieldType::texts},
    {.name = "compute", .type = FieldType::aggregates},
    {.name = "inner", .type = FieldType::object, .fields = inner_specs},
    {.name = "many", .type = FieldType::objects, .fields = inner_specs},
    {.name = "tree", .type = FieldType::subtree},
    {.name = "later", .type = FieldType::text, .availability = Availability::planned},
};

struct Read {
  FieldSet fields;
  std::vector<Diagnostic> found;
};

Read read(const std::string& text, std::span<const FieldSpec> table = specs) {
  Diagnostics diagnostics;
  const YamlNode root = read_yaml(text, diagnostics.add_file("f", text), diagnostics);
  Read result;
  result.fields = read_fields(root, table, "thing", diagnostics);
  result.found = diagnostics.sorted();
  return result;
}

/// Place and message of the only finding.
std::string refusal(const std::string& text) {
  const auto [fields, found] = read(text);
  if (found.size() != 1) return std::to_string(found.size()) + " findings";
  return place_of(found[0]) + ": " + found[0].message;
}

TEST(FieldSpecTest, ReadsEachTypeAsItIsDeclared) {
  const auto [fields, found] = read(R"(text: NO
files: [a.yaml, b/c.yaml]
flag: false
count: -12
wait: 90s
color: green
who: some_one-2
columns: [a, b]
if: a > 0 && b
make: { x: a + 1, y: b }
by: [a, big: a > 5]
config: { retention.ms: 100 }
compute: { n: count() }
inner: { size: 1m }
many: [{ size: 1s }, { size: 2s }]
tree: [1]
)");
  ASSERT_THAT(found, IsEmpty());
  EXPECT_EQ(fields.text("text"), "NO");
  EXPECT_EQ(fields.names("files")[1].name, "b/c.yaml");
  EXPECT_EQ(fields.boolean("flag"), false);
  EXPECT_EQ(fields.integer("count"), -12);
  EXPECT_EQ(fields.duration("wait"), Duration{90'000'000});
  EXPECT_EQ(fields.text("color"), "green");
  EXPECT_EQ(fields.text("who"), "some_one-2");
  EXPECT_EQ(fields.names("columns")[1].name, "b");
  EXPECT_EQ(fields.names("columns")[1].range.begin, (Position{8, 14}));
  EXPECT_EQ(fields.expression("if")->text, "a > 0 && b");
  EXPECT_EQ(fields.expression("if")->node.range.begin, (Position{9, 5}));
  EXPECT_EQ(fields.named_expressions("make")[0].name, "x");
  EXPECT_EQ(fields.named_expressions("make")[0].expression.text, "a + 1");
  ASSERT_EQ(fields.groups("by").size(), 2u);
  EXPECT_FALSE(fields.groups("by")[0].expression);
  EXPECT_EQ(fields.groups("by")[1].name.name, "big");
  EXPECT_EQ(fields.groups("by")[1].expression->text, "a > 5");
  EXPECT_EQ(fields.named_expressions("config")[0].name, "retention.ms");
  EXPECT_EQ(fields.named_expressions("compute")[0].expression.text, "count()");
  EXPECT_EQ(fields.object("inner")->duration("size"), Duration{60'000'000});
  EXPECT_EQ(fields.objects("many")[1].duration("size"), Duration{2'000'000});
  EXPECT_EQ(fields.subtree("tree")->items[0].text, "1");
}

TEST(FieldSpecTest, DefaultsAreFilledInAndDoNotCountAsWritten) {
  const auto [fields, found] = read("count: 1");
  ASSERT_THAT(found, IsEmpty());
  EXPECT_EQ(fields.boolean("flag"), true);
  EXPECT_EQ(fields.duration("wait"), Duration{5'000'000});
  EXPECT_EQ(fields.text("color"), "red");
  EXPECT_FALSE(fields.has("flag"));
  EXPECT_TRUE(fields.find("flag")->is_default);
  EXPECT_TRUE(fields.has("count"));
  EXPECT_FALSE(fields.text("text"));
  EXPECT_THAT(fields.names("columns"), IsEmpty());
  EXPECT_EQ(fields.object("inner"), nullptr);
}

TEST(FieldSpecTest, AListOfOneNeedsNoBrackets) {
  const auto [fields, found] = read("columns: a\nby: b\nmany: { size: 1s }\nfiles: x.yaml");
  ASSERT_THAT(found, IsEmpty());
  EXPECT_EQ(fields.names("columns")[0].name, "a");
  EXPECT_EQ(fields.groups("by")[0].name.name, "b");
  EXPECT_EQ(fields.objects("many").size(), 1u);
  EXPECT_EQ(fields.names("files")[0].name, "x.yaml");
}

TEST(FieldSpecTest, AValueOfAnotherTypeIsRefusedAtItsPlace) {
  EXPECT_EQ(refusal("flag: NO"),
            "1:7 invalid_value: \"flag\" in thing takes true or false, and this is \"NO\"");
  EXPECT_EQ(refusal("count: 1.5"),
            "1:8 invalid_value: \"count\" in thing takes a whole number, and this is \"1.5\"");
  EXPECT_THAT(refusal("count: 99999999999999999999"), HasSubstr("takes a whole number"));
  EXPECT_EQ(refusal("wait: 5 s"),
            "1:7 invalid_value: \"wait\" in thing takes a duration, and this is \"5 s\"");
  EXPECT_EQ(refusal("text: [a]"), "1:7 invalid_value: \"text\" in thing takes a text, and this is a list");
  EXPECT_EQ(refusal("text:"), "1:1 invalid_value: \"text\" in thing takes a text, and this is nothing");
  EXPECT_THAT(refusal("who: 1a"), HasSubstr("takes a name"));
  EXPECT_THAT(refusal("columns: []"), HasSubstr("empty list"));
  EXPECT_EQ(refusal("columns: [a, b, a]"), "1:17 duplicate_name: \"columns\" in thing has \"a\" twice");
  EXPECT_THAT(refusal("columns: [[a]]"), HasSubstr("takes a name, and this is a list"));
  EXPECT_THAT(refusal("by: [a, { a: b }]"), HasSubstr("has \"a\" twice"));
  EXPECT_THAT(refusal("by: [a > 5]"), HasSubstr("takes columns and named expressions"));
  EXPECT_THAT(refusal("by: [{ a: 1, b: 2 }]"), HasSubstr("several expressions"));
  EXPECT_THAT(refusal("make: {}"), HasSubstr("at least one entry, and this is empty"));
  EXPECT_THAT(refusal("make: a"), HasSubstr("at least one entry, and this is a single value"));
  EXPECT_THAT(refusal("make: { a b: c }"), HasSubstr("no name for a column"));
  EXPECT_THAT(refusal("inner: 5s"), HasSubstr("inner of thing takes a mapping of fields"));
  EXPECT_THAT(refusal("if:\n  a ? 1 : 2"), HasSubstr("takes an expression, and this is a mapping"));
}

TEST(FieldSpecTest, ARefusedFieldCountsAsWrittenAndHasNoValue) {
  const auto [fields, found] = read("count: x\nlater: y");
  EXPECT_EQ(found.size(), 2u);
  EXPECT_TRUE(fields.has("count"));
  EXPECT_FALSE(fields.integer("count"));
  EXPECT_TRUE(fields.has("later"));
  EXPECT_FALSE(fields.text("later"));
}

TEST(FieldSpecTest, AMisspeltFieldOrChoiceIsAnsweredWithTheNearestOne) {
  const auto [fields, found] = read("cuont: 1\nnothing_like_it: 2\ncolor: gren");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].message, "thing has no field \"cuont\"");
  EXPECT_EQ(found[0].hint, "did you mean \"count\"?");
  EXPECT_THAT(found[1].hint, HasSubstr("fields here: text, files, flag"));
  EXPECT_EQ(found[2].hint, "did you mean \"green\"?");
}

TEST(FieldSpecTest, PlannedPartsAreNamedWhereTheyAreWritten) {
  EXPECT_EQ(refusal("later: x"), "1:1 not_yet: \"later\" in thing is not implemented yet");
  EXPECT_EQ(refusal("color: blue"), "1:8 not_yet: \"blue\" for \"color\" in thing is not implemented yet");
  EXPECT_EQ(refusal("inner: { size: 1s, zone: x }"),
            "1:20 not_yet: \"zone\" in inner of thing is not implemented yet");
}

TEST(FieldSpecTest, ARequiredFieldIsMissedInItsObject) {
  EXPECT_EQ(refusal("inner: {}"), "1:8 missing_field: inner of thing lacks the field \"size\"");
  EXPECT_EQ(refusal("inner:"), "1:1 missing_field: inner of thing lacks the field \"size\"");
}

TEST(FieldSpecTest, AnExpressionThatYamlHasCutIsReportedOnceWithTheRemedy) {
  for (const char* text : {"if: a == \"x #y\"", "make: { x: f(a, 2), y: b }", "compute: { m: avg(a, 2) }",
                           "if: a in [\"USD\"", "if: a ? \"b\"", "many: [{ size: 1s }]\nif: a == 'b #'"}) {
    const auto [fields, found] = read(text);
    ASSERT_EQ(found.size(), 1u) << text;
    EXPECT_EQ(found[0].code, ErrorCode::expression_syntax);
    EXPECT_THAT(found[0].hint, HasSubstr("quote it or use block style"));
  }
}

TEST(FieldSpecTest, AnExpressionInQuotesIsLeftToItsParser) {
  const auto [fields, found] = read("if: 'a in [\"USD\"'\nmake:\n  x: >-\n    f(a\n");
  EXPECT_THAT(found, IsEmpty());
  EXPECT_EQ(fields.expression("if")->text, "a in [\"USD\"");
}

TEST(FieldSpecTest, ATableWithOneUnnamedFieldReadsTheValueItself) {
  constexpr FieldSpec single[] = {{.name = "", .type = FieldType::expression, .required = true}};
  const auto [fields, found] = read("a > 0", single);
  ASSERT_THAT(found, IsEmpty());
  EXPECT_EQ(fields.expression("")->text, "a > 0");
  EXPECT_EQ(read("[a]", single).found[0].message, "thing takes an expression, and this is a list");
}

TEST(FieldSpecTest, EveryProblemOfAMappingIsFoundInOnePass) {
  const auto [fields, found] = read("flag: maybe\ncount: x\nunknown: 1\nlater: 2\ninner: { zone: x }\n");
  std::vector<std::string> codes;
  for (const Diagnostic& diagnostic : found) codes.emplace_back(name_of(diagnostic.code));
  EXPECT_THAT(codes, ElementsAre("invalid_value", "invalid_value", "unknown_field", "not_yet",
                                 "missing_field", "not_yet"));
}

TEST(FieldSpecDeathTest, AskingForAFieldOutsideTheTableIsABrokenInvariant) {
  const auto [fields, found] = read("count: 1");
  EXPECT_DEATH((void)fields.text("cuont"), "a field is asked for that the table does not have");
}

}  // namespace
}  // namespace tallymill::topology
