#include "tests/simulation/scene.h"

namespace tallymill::simulation {
namespace {

constexpr const char* head = R"(version: 1
name: sim
sources:
)";

constexpr const char* payments_source = R"(  payments:
    topic: cdc.payments
    primary_key: [id]
    event_time: at
    watermark: { out_of_orderness: 2s, max_ahead: 10s }
    columns:
      id: string
      user: string
      currency: string
      amount: { type: decimal, currency: currency }
      kind: string
      at: timestamp
)";

constexpr const char* clicks_source = R"(  clicks:
    topic: cdc.clicks
    mode: events
    event_time: at
    watermark: { out_of_orderness: 1s, max_ahead: 10s }
    columns:
      id: string
      user: string
      currency: string
      amount: { type: decimal, currency: currency }
      kind: string
      at: timestamp
)";

/// Windows that close over rows that change, windows over those windows, a running total and rows as they
/// are.
constexpr const char* payments_pipelines = R"(  minutes:
    from: payments
    steps:
      - filter: kind != "fee"
      - name: per_minute
        aggregate:
          by: [user, currency]
          window: { tumbling: 1m, grace: 5s }
          compute:
            payments: count()
            total: sum(amount)
            smallest: min(amount)
            largest: max(amount)
    to: { topic: minutes }
  hours:
    from: minutes
    steps:
      - name: per_hour
        aggregate:
          by: [currency]
          window: { tumbling: 1h, grace: 6s }
          compute: { minutes: count(), payments: sum(payments), total: sum(total) }
    to: { topic: hours }
  running:
    from: payments
    steps:
      - aggregate: { by: [user, currency], compute: { payments: count(), total: sum(amount), largest: max(amount) } }
      - filter: payments > 1
    to: { topic: running }
  rows:
    from: payments
    steps:
      - filter: amount > 0
      - map: { id: id, owner: user, share: 10 / size(user), amount: amount }
    to: { topic: rows }
  owners:
    from: payments
    to: { topic: owners, key: [id, user] }
  own_minutes:
    from: payments
    steps:
      - name: per_minute
        aggregate:
          by: [id, currency]
          window: { tumbling: 1m, grace: 5s }
          compute: { payments: count(), total: sum(amount), smallest: min(amount), largest: max(amount) }
    to: { topic: own_minutes }
  small:
    from: payments
    steps: [{ filter: amount < 10 }, { set: { kind: '"small"' } }]
  large:
    from: payments
    steps: [{ filter: amount >= 10 }, { set: { kind: '"large"' } }]
  sizes:
    from: [small, large]
    steps:
      - aggregate: { by: [kind, currency], compute: { payments: count(), total: sum(amount) } }
    to: { topic: sizes }
)";

constexpr const char* clicks_pipelines = R"(  facts:
    from: clicks
    steps:
      - filter: kind != "fee"
      - map: { id: id, owner: user, amount: amount }
    to: { topic: facts }
  click_minutes:
    from: clicks
    steps:
      - name: per_minute
        aggregate:
          by: [user, currency]
          window: { tumbling: 1m, grace: 3s }
          compute: { payments: count(), total: sum(amount), smallest: min(amount), largest: max(amount) }
    to: { topic: click_minutes }
)";

SceneSource make_source(Chance& chance, const char* topic, bool is_events, std::size_t name_padding) {
  HistorySettings settings;
  settings.name_padding = name_padding;
  settings.partitions = static_cast<std::int32_t>(chance.between(1, 4));
  settings.steps = static_cast<std::size_t>(chance.pick<std::int64_t>({20, 60, 120}));
  settings.is_events = is_events;
  return {topic, is_events, make_history(chance, settings)};
}

}  // namespace

Scene make_scene(Chance& chance) {
  const std::size_t which = chance.below(4);
  const bool has_payments = which != 0;
  const bool has_clicks = which == 0 || which == 1;
  Scene scene;
  scene.topology = head;
  const std::size_t name_padding = chance.one_in(25) ? 12'000 : 0;
  if (has_payments) scene.topology += payments_source;
  if (has_clicks) scene.topology += clicks_source;
  scene.topology += "pipelines:\n";
  if (has_payments) {
    scene.topology += payments_pipelines;
    scene.sources.push_back(make_source(chance, payments_topic, false, name_padding));
  }
  if (has_clicks) {
    scene.topology += clicks_pipelines;
    scene.sources.push_back(make_source(chance, clicks_topic, true, name_padding));
  }
  return scene;
}

}  // namespace tallymill::simulation
