#include "processor/codec/record_reader.h"

#include <algorithm>
#include <array>

#include "processor/codec/column_errors.h"
#include "processor/codec/json_text.h"
#include "processor/codec/partitioner.h"

namespace tallymill::processor {

using simdjson::error_code;
using simdjson::ondemand::document;
using simdjson::ondemand::field;
using simdjson::ondemand::object;
using topology::Arena;
using topology::Envelope;
using topology::Error;

namespace {

constexpr error_code broken = simdjson::TAPE_ERROR;

/// What resembled_field() answers; these stand at the front of top_fields_.
constexpr std::array resembled_fields{ReservedField::operation_like, ReservedField::deleted_like,
                                      ReservedField::deletion_mark, ReservedField::deletion_time,
                                      ReservedField::event_like};

FieldIndex index_of_undeclared(std::string_view name) {
  const std::optional<ReservedField> resembled = resembled_field(name);
  if (!resembled) return other_field;
  const auto found = std::find(resembled_fields.begin(), resembled_fields.end(), *resembled);
  return static_cast<FieldIndex>(found - resembled_fields.begin());
}

/// A text's content in lower case, or a token that is none as it is; no more than the words below need.
std::string word_of(std::string_view token) {
  constexpr std::size_t quoted_word_max = 10;
  if (token.size() > quoted_word_max) return {};
  return folded(token.front() == '"' ? token.substr(1, token.size() - 2) : token);
}

/// Whether a text is a delete in another tool's word.
bool is_deletion_word(std::string_view token) {
  const std::string word = word_of(token);
  return word == "delete" || word == "deleted" || word == "remove" || word == "removed" || word == "-d" || word == "dl";
}

/// Whether a field that is called as an operation says what happened to a row.
bool says_what_happened(std::string_view token) {
  if (token.front() != '"') return false;
  if (token.size() == 3) return std::string_view("cudrD").find(token[1]) != std::string_view::npos;
  return is_deletion_word(token);
}

/// Whether an undeclared field speaks of a deletion. The weaker its name, the more its value must say: a number stands
/// in rows_deleted too, and a table's own `action` may be a letter, though seldom Debezium's d. (A capital D is debit.)
bool speaks_of_deletion(ReservedField field, std::string_view name, std::string_view token) {
  switch (field) {
    case ReservedField::deletion_mark: {
      const std::string word = word_of(token);
      if (name == "_sign") return word == "-1";  // 1 is a row
      return word == "true" || word == "t" || word == "1" || word == "y" || word == "yes";
    }
    case ReservedField::deletion_time:
      return token.front() != 'n' && token != "\"\"";
    case ReservedField::deleted_like:
      return word_of(token) == "true" || (token == "1" && name.find("is_deleted") != std::string_view::npos);
    default:
      return token == "\"d\"" || is_deletion_word(token);
  }
}

/// Whether an undeclared field of this kind casts doubt on a flattened record.
bool is_doubtful(ReservedField field) {
  switch (field) {
    case ReservedField::op:
    case ReservedField::operation_like:
    case ReservedField::deleted_like:
    case ReservedField::deletion_mark:
    case ReservedField::deletion_time:
    case ReservedField::event_like:
    case ReservedField::foreign_word:
    case ReservedField::foreign_block:
      return true;
    default:
      return false;
  }
}

}  // namespace

void add_beside(topology::BesideKey& beside, std::string_view name, std::string_view value) {
  const std::uint32_t name_hash = murmur2(name);
  beside.names += name_hash;
  beside.values += (name_hash | 1) * murmur2(value);
}

RecordReader::RecordReader(const WireFormat& format) : rows_(format), order_(index_of_undeclared) {
  for (const ReservedField resembled : resembled_fields) top_fields_.emplace_back().reserved = resembled;
  for (const ReservedName& reserved : reserved_names) {
    TopField& field = top_fields_[top_field(reserved.name)];
    field.reserved = reserved.field;
    field.says_operation = reserved.field == ReservedField::meta_op;
    field.says_deleted = reserved.field == ReservedField::meta_deleted;
  }
  if (!format.operation_field.empty()) top_fields_[top_field(format.operation_field)].says_operation = true;
  if (!format.deleted_field.empty()) top_fields_[top_field(format.deleted_field)].says_deleted = true;
  for (std::size_t i = 0; i < rows_.columns().size(); ++i) {
    if (rows_.columns()[i].from_metadata) continue;
    TopField& field = top_fields_[top_field(rows_.columns()[i].wire_name)];
    field.column = i;
    if (field.reserved) declared_ |= ShapeEvidence::bit(*field.reserved);
  }
  for (TopField& field : top_fields_) {
    field.is_told = field.says_operation || field.says_deleted ||
                    (field.reserved && !field.column && is_doubtful(*field.reserved));
  }
}

std::size_t RecordReader::top_field(std::string_view name) {
  const FieldIndex known = order_.find(name);
  if (known != other_field) return static_cast<std::size_t>(known);
  order_.add(name, static_cast<FieldIndex>(top_fields_.size()));
  top_fields_.emplace_back();
  return top_fields_.size() - 1;
}

error_code RecordReader::read(simdjson::ondemand::parser& parser, const Payload& payload, RecordShape assumed,
                              Arena& arena, Envelope* envelope) {
  document json;
  object top;
  if (const error_code error = start_document(parser, payload.text, json)) return error;
  if (const error_code error = json.get_object().get(top)) return error;

  parts_.clear();
  parts_.evidence = ShapeEvidence(declared_, payload.may_be_wrapped);
  if (assumed == RecordShape::flattened) parts_.row = rows_.make_row(arena);
  order_.begin();
  for (auto entry : top) {
    if (const error_code error = entry.error()) return error;
    field&& current = std::move(entry).value_unsafe();
    const char* name = current.key().raw();  // the key is gone once an escape in it is looked at
    const FieldIndex index = order_.next(current);
    const Item item{token_of(current.value()), current.value(), name};
    const bool is_beside_key = envelope == nullptr &&
                               (index == other_field || !top_fields_[static_cast<std::size_t>(index)].column);
    if (is_beside_key) note_beside(item);
    if (index == other_field) {
      parts_.evidence.note_other();
      if (!begins_json_value(item.token)) return broken;
      continue;
    }
    const TopField& known = top_fields_[static_cast<std::size_t>(index)];
    known.reserved ? parts_.evidence.note(*known.reserved, item.token) : parts_.evidence.note_other();
    const bool whole =
        assumed == RecordShape::flattened
            ? read_flattened_field(known, item, payload.schema, arena, envelope)
            : !known.reserved || read_envelope_field(*known.reserved, item, payload.schema, arena, envelope);
    if (!whole) return broken;
  }
  return is_at_end(json) ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
}

bool RecordReader::read_envelope_field(ReservedField name, const Item& item, const SchemaDescription& schema,
                                       Arena& arena, Envelope* envelope) {
  switch (name) {
    case ReservedField::op:
      parts_.operation = OperationField{item.quoted_name, item.token};
      return begins_json_value(item.token);
    case ReservedField::before:
      return read_block(item, schema, arena, parts_.before);
    case ReservedField::after:
      return read_block(item, schema, arena, parts_.after);
    case ReservedField::source: {
      if (item.token.front() != '{') return begins_json_value(item.token);
      object block;
      return !item.value.get_object().get(block) && (envelope == nullptr || source_.read(block, arena, *envelope));
    }
    default:
      return begins_json_value(item.token);
  }
}

bool RecordReader::read_block(const Item& item, const SchemaDescription& schema, Arena& arena,
                              std::optional<RowBlock>& row) {
  row.reset();
  if (item.token.front() != '{') return begins_json_value(item.token);
  object block;
  if (item.value.get_object().get(block)) return false;
  row = rows_.make_row(arena);
  return rows_.read_object(block, schema.envelope_row, arena, *row);
}

bool RecordReader::read_flattened_field(const TopField& name, const Item& item,
                                        const SchemaDescription& schema, Arena& arena, Envelope* envelope) {
  if (name.is_told) note_operation(name, item);
  if (name.reserved && envelope != nullptr && !read_metadata(*name.reserved, item, arena, *envelope)) return false;
  if (!name.column) return begins_json_value(item.token);
  return rows_.read_column(*name.column, schema.top_level[*name.column], item.token, item.value, arena,
                           *parts_.row);
}

void RecordReader::note_beside(const Item& item) {
  std::string_view value = item.token;
  if (value.front() == '"') value = value.substr(1, value.size() - 2);
  add_beside(parts_.beside, {item.quoted_name, std::strcspn(item.quoted_name, "\"")}, value);
}

void RecordReader::note_operation(const TopField& field, const Item& item) {
  if (field.says_operation) parts_.operation = OperationField{item.quoted_name, item.token};
  if (field.says_deleted) parts_.deleted = OperationField{item.quoted_name, item.token};
  if (field.says_operation || field.says_deleted) return;
  switch (*field.reserved) {
    case ReservedField::op:
      if (item.token.front() != 'n') parts_.operation_like = OperationField{item.quoted_name, item.token};
      break;
    case ReservedField::operation_like:
      if (says_what_happened(item.token)) parts_.operation_like = OperationField{item.quoted_name, item.token};
      break;
    case ReservedField::foreign_word:
      parts_.may_be_foreign = true;
      [[fallthrough]];  // eventType and operationType are called as events are
    case ReservedField::deleted_like:
    case ReservedField::deletion_mark:
    case ReservedField::deletion_time:
    case ReservedField::event_like: {
      const OperationField said{item.quoted_name, item.token};
      if (speaks_of_deletion(*field.reserved, said.name(), item.token)) parts_.deleted_like = said;
      break;
    }
      break;
    case ReservedField::foreign_block:
      parts_.may_be_foreign |= item.token.front() == '{' || item.token.front() == '[';
      break;
    default:
      break;
  }
}

bool RecordReader::read_metadata(ReservedField name, const Item& item, Arena& arena, Envelope& envelope) {
  const auto read = [&](SourceField member) {
    return read_source_field(member, item.token, item.value, arena, envelope);
  };
  switch (name) {
    case ReservedField::meta_lsn:
      return read(SourceField::lsn);
    case ReservedField::meta_source_time_ms:
      return read(SourceField::source_time_ms);
    case ReservedField::meta_transaction_id:
      return read(SourceField::transaction_id);
    case ReservedField::meta_snapshot:
      return read(SourceField::snapshot);
    case ReservedField::meta_server:
      return read(SourceField::server);
    case ReservedField::meta_database:
      return read(SourceField::database);
    case ReservedField::meta_schema:
      return read(SourceField::schema);
    case ReservedField::meta_table:
      return read(SourceField::table);
    default:
      return true;
  }
}

std::optional<Error> RecordReader::absence_in_flattened(const RowBlock& row,
                                                        const topology::RecordKey& key) const {
  return rows_.absence(row, key, order_);
}

std::optional<Error> RecordReader::absence_in_image(const RowBlock& row, const topology::RecordKey& key) const {
  return rows_.absence(row, key);
}

}  // namespace tallymill::processor
