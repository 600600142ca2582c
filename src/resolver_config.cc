#include "resolver_config.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "bytes.h"
#include "debug_log.h"
#include "ip_literal.h"

namespace node::resolver_config {

Environment OfProcess() {
  Environment environment;
  environment.nameservers = secure_getenv("NAMESERVERS");
  if (environment.nameservers == nullptr) environment.nameservers = secure_getenv("NSCACHEIP");
  environment.local_domain = secure_getenv("LOCALDOMAIN");
  environment.options = secure_getenv("RES_OPTIONS");
  char name[256] = "";
  if (gethostname(name, sizeof name - 1) == 0) environment.host_name = name;
  return environment;
}

// An address, not a name that stands for one; std::nullopt when it has a scope that is not there.
static std::optional<stream::Address> ToAddress(std::string_view text, uint16_t port) {
  std::string host, scope;
  if (!ip_literal::Split(text, &host, &scope)) return std::nullopt;
  return stream::ParseAddress(text, port);
}

std::optional<stream::Address> ParseServer(std::string_view text, uint16_t port) {
  std::string_view digits;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    digits = text.substr(end + 1);
    text = text.substr(1, end - 1);
    if (text.find(':') == std::string_view::npos) return std::nullopt;
    if (!digits.empty() && !digits.starts_with(':')) return std::nullopt;
  } else if (const size_t colon = text.find(':');
             colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
    digits = text.substr(colon);
    text = text.substr(0, colon);
  }
  if (!digits.empty()) {
    uint64_t number = 0;
    if (!bytes::ParseDecimal(digits.substr(1), UINT16_MAX, &number)) return std::nullopt;
    port = static_cast<uint16_t>(number);
  }
  if (port == 0) return std::nullopt;
  return ToAddress(text, port);
}

uint32_t TotalMs(uint32_t timeout_ms, uint32_t attempts, size_t servers) {
  uint64_t sum = 0;
  for (uint32_t round = 0; round < attempts && sum < kMaxTotalMs; ++round) {
    sum += (static_cast<uint64_t>(timeout_ms) << round) * servers;
  }
  return static_cast<uint32_t>(std::clamp<uint64_t>(sum, kTotalMs, kMaxTotalMs));
}

static void Warn(const std::string& where, const std::string& message) {
  debug_log::Write(debug_log::Section::kDns, where + message);
}

// The domain of the host's name, as resolv.conf(5) has it: what stands behind the first dot.
static void AddDomainOfHost(const std::string& host_name, std::vector<std::string>* search) {
  const size_t dot = host_name.find('.');
  dns_message::Name name;
  if (dot == std::string::npos || dns_message::ParseName(host_name.substr(dot + 1), &name) != nullptr) return;
  search->push_back(host_name.substr(dot + 1));
}

static Config ToConfig(const resolv_conf::Config& text, const std::string& path) {
  Config config;
  dns_transport::Settings& transport = config.transport;
  for (const std::string& server : text.servers) {
    if (std::optional<stream::Address> address = ToAddress(server, text.port)) {
      transport.servers.push_back(*address);
    } else {
      Warn(path, ": " + server + ": no such interface");
    }
  }
  if (transport.servers.empty()) {
    transport.servers.push_back(ToAddress("127.0.0.1", text.port).value_or(stream::Address()));
  }
  transport.timeout_ms = text.timeout * 1000;
  transport.attempts = text.attempts;
  transport.total_ms =
      text.times_given ? TotalMs(transport.timeout_ms, text.attempts, transport.servers.size()) : kTotalMs;
  transport.rotate = text.rotate;
  transport.use_tcp = text.use_tcp;
  transport.udp_size = text.udp_size;
  for (const std::string& domain : text.search) {
    dns_message::Name name;
    CHECK(dns_message::ParseName(domain, &name) == nullptr);
    config.search.push_back(name);
  }
  config.ndots = text.ndots;
  return config;
}

const Config& Follower::Get(double now_ms) {
  if (!file_->Refresh(now_ms)) return config_;
  const std::string& path = file_->path();
  resolv_conf::Config text =
      resolv_conf::Parse(file_->text(), [&](const std::string& message) { Warn(path, ": " + message); });
  resolv_conf::Override(
      environment_.nameservers, environment_.local_domain, environment_.options,
      [](const std::string& message) { Warn("", message); }, &text);
  if (!text.search_given) AddDomainOfHost(environment_.host_name, &text.search);
  // A file that was only touched, or whose comments have changed.
  if (config_.generation != 0 && text == text_) return config_;
  const uint64_t generation = config_.generation + 1;
  config_ = ToConfig(text, path);
  config_.generation = generation;
  text_ = std::move(text);
  return config_;
}

Follower& System() {
  static Follower& follower = *new Follower(&system_files::ResolvConf(), OfProcess());
  return follower;
}

}  // namespace node::resolver_config
