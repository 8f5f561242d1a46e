#include "tests/unit/codec/one_column.h"

#include "processor/codec/json_encoder.h"

namespace tallymill::tests {

using topology::Arena;
using topology::ChangeOperation;
using topology::Envelope;
using topology::Result;
using topology::Value;
using topology::ValueKind;

namespace {

std::string name_of(ChangeOperation operation) {
  switch (operation) {
    case ChangeOperation::create:
      return "c";
    case ChangeOperation::update:
      return "u";
    case ChangeOperation::remove:
      return "d";
    case ChangeOperation::read:
      return "r";
    case ChangeOperation::truncate:
      return "t";
    case ChangeOperation::tombstone:
      return "tombstone";
    case ChangeOperation::ignored:
      return "ignored";
    case ChangeOperation::unknown:
      return "unknown";
  }
  return "?";
}

}  // namespace

std::string text_of(const topology::Error& error) {
  return std::string(topology::name_of(error.code)) + ": " + error.message + " (" + error.hint + ")";
}

OneColumn::OneColumn(topology::Type type) : column_{"x", "x", std::move(type), false, false, std::nullopt} {}

OneColumn& OneColumn::scale(int digits) {
  column_.scale = digits;
  return *this;
}

OneColumn& OneColumn::unit(topology::TimeUnit unit) {
  column_.unit = unit;
  return *this;
}

OneColumn& OneColumn::wire(topology::DecimalWire wire) {
  column_.wire = wire;
  return *this;
}

OneColumn& OneColumn::encoding(topology::BytesEncoding encoding) {
  column_.encoding = encoding;
  return *this;
}

OneColumn& OneColumn::placeholder(std::string_view text) {
  placeholder_ = text;
  return *this;
}

OneColumn& OneColumn::sensitive() {
  column_.sensitive = true;
  return *this;
}

OneColumn& OneColumn::schema(std::string_view column_type) {
  schema_ = R"({"type":"struct","fields":[{"type":"struct","fields":[{)" + std::string(column_type) +
            R"(,"optional":true,"field":"x"}],"optional":true,"field":"after"}],"name":"cdc.Envelope"})";
  return *this;
}

std::string OneColumn::read(std::string_view json) const {
  processor::WireFormat format{{column_}, 1, {}};
  format.unavailable_value = placeholder_;
  processor::DebeziumDecoder decoder(std::move(format));
  std::string record = envelope("c", "null", "{\"x\":" + std::string(json) + "}");
  if (schema_) record = "{\"schema\":" + *schema_ + ",\"payload\":" + record + "}";
  Arena arena;
  const Result<Envelope> decoded = decoder.decode(std::nullopt, record, arena);
  if (!decoded.ok()) return text_of(decoded.error());
  return decoded->error ? text_of(*decoded->error) : text_of((*decoded->after)[0]);
}

std::string envelope(std::string_view operation, std::string_view before, std::string_view after) {
  std::string text = R"({"before":)";
  text.append(before).append(R"(,"after":)").append(after);
  text.append(
      R"(,"source":{"version":"3.6.0.Final","ts_ms":1795391561639,"snapshot":"false","table":"payments",)");
  text.append(R"("txId":746,"lsn":26779728,"xmin":null},"transaction":null,"op":")").append(operation);
  return text + R"(","ts_ms":1795391561700})";
}

std::string text_of(const Value& value) {
  if (value.is(ValueKind::unset)) return "absent";
  if (value.is(ValueKind::unavailable)) return "unavailable";
  std::string text;
  processor::append_json_value(text, value);
  return text;
}

std::string text_of(topology::Row row) {
  std::string text;
  for (const Value& value : row) text.append(text.empty() ? "" : "|").append(text_of(value));
  return text;
}

std::string text_of(const Result<Envelope>& envelope) {
  if (!envelope.ok()) return text_of(envelope.error());
  if (envelope->error) return text_of(*envelope->error);
  std::string text = name_of(envelope->operation);
  if (envelope->before) text += " before=" + text_of(*envelope->before);
  if (envelope->after) text += " after=" + text_of(*envelope->after);
  if (envelope->key.form == topology::RecordKey::Form::identity) text += " key=" + text_of(envelope->key.values);
  return text;
}

}  // namespace tallymill::tests
