#include "host_source.h"

#include <optional>
#include <utility>

#include "base.h"
#include "host_lookup.h"
#include "resolver.h"

namespace node::host_source {

class HostSource : public connect_attempt::Source, host_lookup::Waiter {
 public:
  HostSource(std::string host, uint16_t port) : host_(std::move(host)), port_(port) {}
  ~HostSource() override { host_lookup::Cancel(ticket_); }

  void Start(connect_attempt::Attempt* attempt) override {
    attempt_ = attempt;
    host_lookup::Options options;
    options.patient = false;
    std::optional<host_lookup::Outcome> known =
        host_lookup::Lookup(&resolver::Default(), this, host_, port_, options, &ticket_);
    if (known) Take(std::move(*known));
  }

  std::string ToString() const override {
    return (host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]") + ":" + std::to_string(port_);
  }

 private:
  void OnLookup(host_lookup::Ticket, host_lookup::Outcome outcome) override {
    ticket_ = 0;
    Take(std::move(outcome));
  }

  // This may be gone afterwards.
  void Take(host_lookup::Outcome outcome) {
    if (!outcome.addresses.empty()) return attempt_->Take(std::move(outcome.addresses));
    attempt_->Fail(outcome.ToError(host_));
  }

  std::string host_;
  uint16_t port_;
  connect_attempt::Attempt* attempt_ = nullptr;
  host_lookup::Ticket ticket_ = 0;
};

std::unique_ptr<connect_attempt::Source> Make(std::string host, uint16_t port) {
  return std::make_unique<HostSource>(std::move(host), port);
}

}  // namespace node::host_source
