#include "processor/kafka/broker_contact.h"

#include <syslog.h>

#include <string_view>

#include "processor/kafka/client_failure.h"

namespace tallymill::processor::kafka {

void BrokerContact::attach(rd_kafka_conf_t* conf, void* owner) {
  owner_ = owner;
  rd_kafka_conf_set_opaque(conf, this);
  rd_kafka_conf_set_error_cb(conf, &BrokerContact::on_error);
  rd_kafka_conf_set_log_cb(conf, &BrokerContact::on_log);
}

topology::Duration BrokerContact::since_answer() const {
  const auto passed = Clock::now() - answered_at_.load(std::memory_order_relaxed);
  return {std::chrono::duration_cast<std::chrono::microseconds>(passed).count()};
}

void BrokerContact::answered() {
  note_answer();
  const std::lock_guard lock(mutex_);
  if (told_.empty()) return;
  told_.clear();
  last_failure_.clear();
  log_.write(Severity::info, "the brokers answer again", {{"client", client_}});
}

std::string BrokerContact::last_failure() const {
  const std::lock_guard lock(mutex_);
  return last_failure_;
}

void BrokerContact::failed(rd_kafka_resp_err_t code, const char* reason) {
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return;  // each broker's own reason was told before
  const ContactFailure failure = explain_contact_failure(code, reason);
  const std::lock_guard lock(mutex_);
  last_failure_ = (failure.broker.empty() ? "" : "broker " + failure.broker + ": ") + failure.cause;
  if (!told_.insert(last_failure_).second) return;
  log_.write(
      Severity::warning, "a broker cannot be reached; trying again until it answers",
      {{"client", client_}, {"broker", failure.broker}, {"cause", failure.cause}, {"hint", failure.hint}});
}

void BrokerContact::on_error(rd_kafka_t*, int code, const char* reason, void* opaque) {
  // A fatal error reaches the caller through the call that meets it.
  if (code == RD_KAFKA_RESP_ERR__FATAL) return;
  static_cast<BrokerContact*>(opaque)->failed(static_cast<rd_kafka_resp_err_t>(code), reason);
}

void BrokerContact::on_log(const rd_kafka_t* client, int level, const char* facility, const char* line) {
  if (rd_kafka_opaque(client) == nullptr) return;
  BrokerContact* self = &of(client);
  // Connections that fail come through on_error with their reason: here they would be told twice.
  const std::string_view subject = facility;
  const bool told_elsewhere = subject == "FAIL" || subject == "ERROR" || subject == "CONFWARN";
  const Severity severity = told_elsewhere || level > LOG_WARNING ? Severity::debug
                            : level <= LOG_CRIT                   ? Severity::error
                                                                  : Severity::warning;
  self->log_.write(severity, "librdkafka: " + std::string(line),
                   {{"client", self->client_}, {"facility", facility}});
}

}  // namespace tallymill::processor::kafka
