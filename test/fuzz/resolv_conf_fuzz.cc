// Fuzzes the readers of resolv.conf and of /etc/hosts: what comes out is within its bounds, and a line that says
// nothing changes nothing.
//
//   resolv_conf_fuzz --seeds FOLDER    writes some files there, to start from
#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "dns_message.h"
#include "hosts_file.h"
#include "resolv_conf.h"

namespace node::resolv_conf_fuzz {

static void Demand(bool holds) {
  if (!holds) std::abort();
}

static std::string Show(const resolv_conf::Config& config) {
  std::string text;
  for (const std::string& server : config.servers) text += server + " ";
  for (const std::string& domain : config.search) text += domain + " ";
  for (uint32_t number : {config.ndots, config.timeout, config.attempts, uint32_t{config.port},
                          uint32_t{config.udp_size}, uint32_t{config.rotate}, uint32_t{config.use_tcp}}) {
    text += std::to_string(number) + " ";
  }
  return text;
}

static void CheckConfig(const resolv_conf::Config& config) {
  Demand(config.servers.size() <= resolv_conf::kMaxServers && config.search.size() <= resolv_conf::kMaxSearch);
  Demand(config.ndots <= 15 && config.timeout - 1 < 30 && config.attempts - 1 < 5 && config.port > 0);
  Demand(config.udp_size == 0 || config.udp_size >= 512);
  for (const std::string& server : config.servers) {
    in6_addr binary;
    const std::string address = server.substr(0, server.find('%'));
    Demand(inet_pton(server.find(':') == std::string::npos ? AF_INET : AF_INET6, address.c_str(), &binary) == 1);
  }
  for (const std::string& domain : config.search) {
    dns_message::Name name;
    Demand(dns_message::ParseName(domain, &name) == nullptr);
  }
}

static void CheckHosts(const std::string& text) {
  const hosts_file::Index index(text);
  // Every word that stands second in its line is found, with the first.
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    static constexpr char kBlanks[] = " \t\r\f\v";
    const size_t first = line.find_first_not_of(kBlanks);
    const size_t gap = line.find_first_of(" \t\r\f\v#", first);
    const size_t second = line.find_first_not_of(kBlanks, gap);
    if (first == std::string::npos || gap == std::string::npos || second == std::string::npos) continue;
    if (line[first] == '#' || line[gap] == '#' || line[second] == '#') continue;
    const std::string name = line.substr(second, line.find_first_of(" \t\r\f\v#", second) - second);
    if (name.ends_with('.')) continue;  // a name is asked for without its last dot
    bool found = false;
    for (std::string_view address : index.Find(name)) found = found || address == line.substr(first, gap - first);
    Demand(found);
  }
}

static void TryOne(const std::string& text) {
  size_t warnings = 0;
  const resolv_conf::Warn warn = [&](const std::string& message) {
    ++warnings;
    Demand(message.size() < 200);
    for (char c : message) Demand(c >= ' ' && c < 0x7f);
  };
  resolv_conf::Config config = resolv_conf::Parse(text, warn);
  CheckConfig(config);
  Demand(warnings <= text.size());
  Demand(Show(resolv_conf::Parse("# comment\n\n;\n" + text + "\n#", nullptr)) == Show(config));
  resolv_conf::Override(text.c_str(), text.c_str(), text.c_str(), warn, &config);
  CheckConfig(config);
  CheckHosts(text);
}

static void WriteSeeds(const std::string& folder) {
  static constexpr std::string_view kSeeds[] = {
      "# comment\nsearch a.example b.example.\nnameserver 192.0.2.1\nnameserver fe80::1%eth0 # the second\r\n"
      "options ndots:2 timeout:3 attempts:2 rotate use-vc edns0 trust-ad\n",
      "domain example.org\noptions port:5353 udpbuf:4096 retrans:1 retry:9\nsortlist 10.0.0.0/8\nnameserver 1.2\n",
      "127.0.0.1, ::1 10.0.0.1",
      "127.0.0.1\tlocalhost lo\n::1 localhost ip6-localhost # x\n\n0.0.0.0 ads.example ADS.example.\r\n",
  };
  for (size_t i = 0; i < std::size(kSeeds); ++i) {
    std::ofstream(folder + "/" + std::to_string(i), std::ios::binary) << kSeeds[i];
  }
}

}  // namespace node::resolv_conf_fuzz

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  if (*argc == 3 && std::string_view((*argv)[1]) == "--seeds") {
    node::resolv_conf_fuzz::WriteSeeds((*argv)[2]);
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  node::resolv_conf_fuzz::TryOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
