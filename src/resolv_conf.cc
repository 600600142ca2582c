#include "resolv_conf.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "bytes.h"
#include "dns_message.h"
#include "ip_literal.h"

namespace node::resolv_conf {

static constexpr std::string_view kBlanks = " \t\r\f\v";
static constexpr uint32_t kMaxNdots = 15;
static constexpr uint32_t kMaxTimeout = 30;
static constexpr uint32_t kMaxAttempts = 5;
static constexpr uint32_t kMinUdpSize = 512;  // RFC 6891, 6.2.3

// A word of the input in a message: in quotes, printable, and not longer than can be read.
static std::string Quote(std::string_view word) {
  static constexpr size_t kMost = 60;
  std::string text = "\"";
  for (char c : word.substr(0, kMost)) text += bytes::In(bytes::kVisible, c) || c == ' ' ? c : '?';
  return text + (word.size() > kMost ? "...\"" : "\"");
}

// Takes the next word off the front of `rest`; empty at its end.
static std::string_view TakeWord(std::string_view* rest, std::string_view between) {
  rest->remove_prefix(std::min(rest->find_first_not_of(between), rest->size()));
  const std::string_view word = rest->substr(0, rest->find_first_of(between));
  rest->remove_prefix(word.size());
  return word;
}

// The same of a line, which ends where a comment begins.
static std::string_view TakeWordOfLine(std::string_view* line) {
  const std::string_view word = TakeWord(line, kBlanks);
  if (!word.starts_with('#') && !word.starts_with(';')) return word;
  *line = {};
  return {};
}

// One source of settings: it knows where it is for the sake of the messages.
struct Reader {
  const Warn& warn;
  Config* config;
  std::string where;

  void Skip(const char* what, std::string_view word) const {
    if (warn) warn(where + ": " + what + (word.data() == nullptr ? "" : ": " + Quote(word)));
  }
  void AddServer(std::string_view word, std::vector<std::string>* servers) const;
  void AddDomain(std::string_view word, std::vector<std::string>* domains) const;
  void ReadOption(std::string_view word) const;
  bool ReadNumber(std::string_view option, std::string_view value, uint32_t least, uint32_t most,
                  uint32_t* number) const;
  void ReadLine(std::string_view line);
};

void Reader::AddServer(std::string_view word, std::vector<std::string>* servers) const {
  std::string address, scope;
  if (!ip_literal::Split(word, &address, &scope)) return Skip("not an address", word);
  if (servers->size() == kMaxServers) return Skip("more servers than are asked", word);
  servers->emplace_back(word);
}

void Reader::AddDomain(std::string_view word, std::vector<std::string>* domains) const {
  dns_message::Name name;
  if (const char* fault = dns_message::ParseName(word, &name)) return Skip(fault, word);
  if (domains->size() == kMaxSearch) return Skip("more domains than are searched", word);
  domains->emplace_back(word);
}

bool Reader::ReadNumber(std::string_view option, std::string_view value, uint32_t least, uint32_t most,
                        uint32_t* number) const {
  if (value.empty() || !std::all_of(value.begin(), value.end(), bytes::IsDigit)) {
    Skip("not a number", option);
    return false;
  }
  // resolv.conf(5): silently capped; what does not fit into 64 bits too.
  uint64_t wide = most;
  bytes::ParseDecimal(value, UINT64_MAX, &wide);
  *number = static_cast<uint32_t>(std::clamp<uint64_t>(wide, least, most));
  return true;
}

void Reader::ReadOption(std::string_view word) const {
  const size_t colon = word.find(':');
  const std::string_view name = word.substr(0, colon);
  const std::string_view value = colon == std::string_view::npos ? "" : word.substr(colon + 1);
  uint32_t number = 0;
  if (name == "ndots") {
    ReadNumber(word, value, 0, kMaxNdots, &config->ndots);
  } else if (name == "timeout" || name == "retrans") {
    if (ReadNumber(word, value, 1, kMaxTimeout, &config->timeout)) config->times_given = true;
  } else if (name == "attempts" || name == "retry") {
    if (ReadNumber(word, value, 1, kMaxAttempts, &config->attempts)) config->times_given = true;
  } else if (name == "port") {
    // Another port than was meant is of no use: no cap.
    if (!ReadNumber(word, value, 0, UINT16_MAX + 1, &number)) return;
    if (number == 0 || number > UINT16_MAX) return Skip("not a port", word);
    config->port = static_cast<uint16_t>(number);
  } else if (name == "udpbuf") {
    if (!ReadNumber(word, value, 0, UINT16_MAX, &number)) return;
    config->udp_size = number == 0 ? 0 : static_cast<uint16_t>(std::max(number, kMinUdpSize));
  } else if (word == "rotate") {
    config->rotate = true;
  } else if (word == "use-vc") {
    config->use_tcp = true;
  } else {
    // What is the default here, or the affair of other programs.
    static constexpr std::string_view kIgnored[] = {
        "debug",   "edns0",          "inet6",     "ip6-bytestring", "ip6-dotint",     "no-ip6-dotint",
        "no-aaaa", "no-check-names", "no-reload", "no-tld-query",   "single-request", "single-request-reopen",
        "trust-ad"};
    if (std::find(std::begin(kIgnored), std::end(kIgnored), word) == std::end(kIgnored)) Skip("unknown option", word);
  }
}

void Reader::ReadLine(std::string_view line) {
  if (line.find('\0') != std::string_view::npos) return Skip("a NUL byte", {});
  const std::string_view keyword = TakeWordOfLine(&line);
  if (keyword.empty()) return;
  static constexpr std::string_view kKeywords[] = {"nameserver", "search", "domain", "options", "sortlist"};
  if (std::find(std::begin(kKeywords), std::end(kKeywords), keyword) == std::end(kKeywords)) {
    return Skip("unknown keyword", keyword);
  }
  where += ": " + std::string(keyword);
  std::string_view word = TakeWordOfLine(&line);
  if (keyword == "options") {
    for (; !word.empty(); word = TakeWordOfLine(&line)) ReadOption(word);
  } else if (keyword == "nameserver") {
    if (word.empty()) return Skip("no address", {});
    AddServer(word, &config->servers);
    if (word = TakeWordOfLine(&line); !word.empty()) Skip("more than one address", word);
  } else if (keyword == "search" || keyword == "domain") {
    const bool empty = word.empty();
    if (empty && keyword == "domain") return Skip("no name", {});
    std::vector<std::string> domains;
    for (; !word.empty(); word = TakeWordOfLine(&line)) {
      AddDomain(word, &domains);
      if (keyword == "domain") break;
    }
    // A line of which nothing is good is broken.
    if (domains.empty() && !empty) return;
    config->search = std::move(domains);
    config->search_given = true;
  } else {
    Skip("not supported: addresses come in the order of the answer", {});
  }
}

Config Parse(std::string_view text, const Warn& warn) {
  Config config;
  for (size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    Reader{warn, &config, "line " + std::to_string(number)}.ReadLine(line);
  }
  return config;
}

void Override(const char* nameservers, const char* local_domain, const char* options, const Warn& warn,
              Config* config) {
  if (nameservers != nullptr) {
    const Reader reader{warn, config, "NAMESERVERS"};
    std::vector<std::string> servers;
    std::string_view rest = nameservers;
    for (std::string_view word; !(word = TakeWord(&rest, " \t\r\n\f\v,")).empty();) reader.AddServer(word, &servers);
    if (!servers.empty()) config->servers = std::move(servers);
  }
  if (local_domain != nullptr) {
    const Reader reader{warn, config, "LOCALDOMAIN"};
    config->search.clear();
    config->search_given = true;
    std::string_view rest = local_domain;
    for (std::string_view word; !(word = TakeWord(&rest, " \t\r\n\f\v")).empty();) {
      reader.AddDomain(word, &config->search);
    }
  }
  if (options != nullptr) {
    const Reader reader{warn, config, "RES_OPTIONS"};
    std::string_view rest = options;
    for (std::string_view word; !(word = TakeWord(&rest, " \t\r\n\f\v")).empty();) reader.ReadOption(word);
  }
}

}  // namespace node::resolv_conf
