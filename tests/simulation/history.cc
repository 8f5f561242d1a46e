#include "tests/simulation/history.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "tests/simulation/text.h"

namespace tallymill::simulation {
namespace {

constexpr std::int64_t start_ms = 1'790'000'000'000;
constexpr std::int64_t second_us = 1'000'000;

class HistoryMaker {
 public:
  HistoryMaker(Chance& chance, const HistorySettings& settings)
      : chance_(chance), settings_(settings), has_full_identity_(settings.is_events || chance.one_in(2)) {
    logs_.resize(static_cast<std::size_t>(settings.partitions));
  }

  std::vector<PartitionLog> make() {
    for (std::size_t i = chance_.below(6); i > 0; --i) {
      const PaymentRow row = new_row(new_id());
      table_[row.id] = row;
    }
    snapshot();
    for (std::size_t i = 0; i < settings_.steps; ++i) {
      now_ms_ += chance_.pick<std::int64_t>({0, 1, 200, 900, 3'000, 3'000});
      if (chance_.one_in(25)) now_ms_ += chance_.between(20'000, 200'000);
      step();
    }
    return std::move(logs_);
  }

 private:
  void step() {
    constexpr std::array<unsigned, 12> weights = {30, 36, 12, 6, 8, 1, 3, 3, 4, 3, 3, 2};
    switch (chance_.weighted(weights)) {
      case 0:
        return insert(chance_.one_in(4) && !free_ids_.empty() ? take_free_id() : new_id());
      case 1:
        return update();
      case 2:
        return remove();
      case 3:
        return change_key();
      case 4:
        return tell_again();
      case 5:
        return snapshot();
      case 6:
        return tell({Operation::ignored, "", {}, {}, false, ++lsn_, now_ms_});
      case 7:
        return tell({Operation::broken, "x" + std::to_string(chance_.below(9)), {}, {}, false, 0, now_ms_});
      case 8:
        return abort_transaction();
      case 9:
        return change_foreign_key();
      case 10:
        return spoil();
      default:
        return snapshot_some();
    }
  }

  void insert(const std::string& id) {
    table_[id] = new_row(id);
    tell({Operation::create, id, {}, table_[id], false, ++lsn_, now_ms_});
  }

  void update() {
    if (table_.empty()) return insert(new_id());
    const PaymentRow old = any_row();
    PaymentRow& row = table_[old.id];
    switch (chance_.below(6)) {
      case 0:
      case 1:
        row.cents = new_cents();
        break;
      case 2:
        row.user = new_user();
        break;
      case 3:
        row.currency = new_currency();
        break;
      case 4:
        row.at_us = new_time();
        break;
      default:
        row.kind = new_kind();
    }
    tell({Operation::update, old.id, old_image(old), row, !has_full_identity_, ++lsn_, now_ms_});
  }

  void remove() {
    if (table_.empty()) return insert(new_id());
    const PaymentRow old = any_row();
    table_.erase(old.id);
    free_ids_.push_back(old.id);
    tell_removal(old);
  }

  /// Debezium tells a changed key as the end of one row and the beginning of another.
  void change_key() {
    if (table_.empty()) return insert(new_id());
    const PaymentRow old = any_row();
    table_.erase(old.id);
    tell_removal(old);
    PaymentRow row = old;
    row.id = new_id();
    if (chance_.one_in(2)) row.cents = new_cents();
    table_[row.id] = row;
    tell({Operation::create, row.id, {}, row, false, ++lsn_, now_ms_});
  }

  /// A column that the connector puts into its key, beside or instead of the primary key, changes: one row is told as
  /// deleted and inserted, at one lsn.
  void change_foreign_key() {
    if (table_.empty()) return insert(new_id());
    const PaymentRow old = any_row();
    PaymentRow& row = table_[old.id];
    row.user = new_user();
    row.cents = new_cents();
    tell({Operation::remove, old.id, old_image(old), {}, !has_full_identity_, ++lsn_, now_ms_});
    tell_tombstone(old.id);
    tell({Operation::create, row.id, {}, row, false, lsn_, now_ms_});
  }

  /// A row gets a value that nobody can read.
  void spoil() {
    if (table_.empty() || settings_.is_events) return insert(new_id());
    const PaymentRow old = any_row();
    tell({Operation::update, old.id, old_image(old), old, !has_full_identity_, ++lsn_, now_ms_, true});
  }

  /// An incremental snapshot reads some rows between changes, and states no lsn.
  void snapshot_some() {
    ++now_ms_;
    for (const auto& [id, row] : table_) {
      if (chance_.one_in(2)) tell({Operation::read, id, {}, row, false, 0, now_ms_});
    }
  }

  void tell_removal(const PaymentRow& old) {
    // A bare tombstone: of a connector that only keeps the newest of each key, or of a compacted topic.
    if (!settings_.is_events && chance_.one_in(8)) return tell_tombstone(old.id);
    tell({Operation::remove, old.id, old_image(old), {}, !has_full_identity_, ++lsn_, now_ms_});
    if (!chance_.one_in(4)) tell_tombstone(old.id);
  }

  void tell_tombstone(const std::string& id) { tell({Operation::tombstone, id, {}, {}, false, 0, now_ms_}); }

  /// After a restart, or a batch whose answer was lost, the last records are told again, in their order, snapshot
  /// rows among them; at times more than once.
  void tell_again() {
    if (told_.empty()) return;
    const std::size_t count = 1 + chance_.below(std::min<std::size_t>(told_.size(), 20));
    const std::vector<Told> again(told_.end() - static_cast<std::ptrdiff_t>(count), told_.end());
    for (std::size_t times = chance_.one_in(4) ? 2 : 1; times > 0; --times) {
      for (const Told& each : again) tell(each);
    }
  }

  void snapshot() {
    ++lsn_;
    ++now_ms_;
    for (const auto& [id, row] : table_) tell({Operation::read, id, {}, row, false, lsn_, now_ms_});
  }

  void abort_transaction() {
    LogPiece piece{0, true, true, {}};
    for (std::size_t i = 1 + chance_.below(3); i > 0; --i) {
      const PaymentRow row = new_row(table_.empty() ? "never" : any_row().id);
      piece.records.push_back({Operation::update, row.id, {}, row, false, lsn_ + 1'000, now_ms_ + 100'000});
    }
    chance_.pick(logs_).push_back(std::move(piece));
  }

  void tell(const Told& told) {
    told_.push_back(told);
    std::uint32_t hash = 17;
    for (const char each : told.id) hash = hash * 31 + static_cast<unsigned char>(each);
    PartitionLog& log = logs_[hash % logs_.size()];
    // Records of one transaction of the connector; mostly each stands alone.
    if (!log.empty() && log.back().is_transaction && !log.back().is_aborted && !chance_.one_in(3)) {
      log.back().records.push_back(told);
      return;
    }
    log.push_back({chance_.one_in(20) ? chance_.between(1, 5) : 0, chance_.one_in(12), false, {told}});
  }

  /// The before image. Some are not what was told before, and must not be believed.
  std::optional<PaymentRow> old_image(const PaymentRow& old) {
    if (settings_.is_events || !has_full_identity_ || !chance_.one_in(10)) return old;
    PaymentRow untrue = new_row(old.id);
    untrue.at_us = old.at_us;
    return untrue;
  }

  PaymentRow new_row(const std::string& id) {
    return {id, new_user(), new_currency(), new_cents(), new_kind(), new_time()};
  }

  const PaymentRow& any_row() {
    return std::next(table_.begin(), static_cast<std::ptrdiff_t>(chance_.below(table_.size())))->second;
  }

  std::string new_id() { return "t" + std::to_string(next_id_++); }
  std::string take_free_id() {
    std::string id = free_ids_.back();
    free_ids_.pop_back();
    return id;
  }
  std::string new_user() {
    const std::string name = chance_.pick<const char*>({"ann", "bob", "cleo", "dan", ""});
    return name.empty() ? name : name + std::string(settings_.name_padding, 'x');
  }
  std::string new_currency() { return chance_.pick<const char*>({"USD", "USD", "EUR"}); }
  std::string new_kind() { return chance_.pick<const char*>({"pay", "pay", "refund", "fee"}); }
  std::optional<std::int64_t> new_cents() {
    if (chance_.one_in(10)) return std::nullopt;
    return chance_.between(-300, 2'000);
  }

  /// Most are recent; some are late, at the border of a window, of the future or missing.
  std::optional<std::int64_t> new_time() {
    const std::int64_t now_us = now_ms_ * 1'000;
    constexpr std::array<unsigned, 6> weights = {55, 22, 4, 6, 8, 3};
    switch (chance_.weighted(weights)) {
      case 0:
        return now_us - chance_.between(0, 5 * second_us);
      case 1:
        return now_us - chance_.between(0, 240 * second_us);
      case 2:
        return now_us - chance_.between(0, 7'200 * second_us);
      case 3:
        return now_us + chance_.between(0, 120 * second_us);
      case 4:
        return now_us / (60 * second_us) * 60 * second_us - chance_.between(0, 1);
      default:
        return std::nullopt;
    }
  }

  Chance& chance_;
  HistorySettings settings_;
  bool has_full_identity_;
  std::vector<PartitionLog> logs_;
  std::map<std::string, PaymentRow> table_;
  std::vector<std::string> free_ids_;
  std::vector<Told> told_;
  std::int64_t now_ms_ = start_ms;
  std::uint64_t lsn_ = 1'000;
  std::size_t next_id_ = 1;
};

std::string row_json(const std::optional<PaymentRow>& row, bool is_key_only, bool is_unreadable) {
  if (!row) return "null";
  if (is_key_only) {
    return R"({"id":")" + row->id + R"(","user":null,"currency":null,"amount":null,"kind":null,"at":null})";
  }
  return R"({"id":")" + row->id + R"(","user":")" + row->user + R"(","currency":")" + row->currency +
         R"(","amount":)" + (is_unreadable ? "\"NaN\"" : money_json(row->cents)) + R"(,"kind":")" + row->kind +
         R"(","at":)" +
         (row->at_us ? std::to_string(*row->at_us) : "null") + "}";
}

std::string_view wire_name(Operation operation) {
  switch (operation) {
    case Operation::create:
      return "c";
    case Operation::update:
      return "u";
    case Operation::remove:
      return "d";
    case Operation::read:
      return "r";
    default:
      return "m";
  }
}

}  // namespace

std::vector<PartitionLog> make_history(Chance& chance, const HistorySettings& settings) {
  return HistoryMaker(chance, settings).make();
}

processor::LocalRecord written(const Told& told) {
  processor::LocalRecord record;
  record.key = R"({"id":")" + told.id + R"("})";
  if (told.operation == Operation::tombstone) return record;
  if (told.operation == Operation::broken) {
    record.value = "nobody can read this";
    return record;
  }
  record.value = R"({"before":)" + row_json(told.before, told.before_is_key_only, false) + R"(,"after":)" +
                 row_json(told.after, false, told.is_unreadable) + R"(,"source":{"ts_ms":)" +
                 std::to_string(told.source_time_ms) +
                 (told.lsn == 0 ? "" : R"(,"lsn":)" + std::to_string(told.lsn)) + R"(},"op":")" +
                 std::string(wire_name(told.operation)) + R"(","ts_ms":)" +
                 std::to_string(told.source_time_ms + 5) + "}";
  return record;
}

void append(processor::LocalBroker& broker, const processor::TopicPartition& partition,
            const LogPiece& piece) {
  processor::LocalLog& log = broker.log(partition);
  // A number of its own, far from those of the broker's transactions; unique within the log.
  const auto own = (std::uint64_t{1} << 60U) + static_cast<std::uint64_t>(log.end_offset().value);
  const std::uint64_t transaction = piece.is_transaction ? own : 0;
  std::optional<topology::Offset> at;
  if (piece.gap > 0) at = topology::Offset(log.end_offset().value + piece.gap);
  for (const Told& told : piece.records) {
    processor::LocalRecord record = written(told);
    record.transaction = transaction;
    log.append(std::move(record), std::exchange(at, std::nullopt));
  }
  if (piece.is_transaction) log.end_transaction(transaction, !piece.is_aborted);
}

}  // namespace tallymill::simulation
