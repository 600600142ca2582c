// How long does a head take? Prints nanoseconds a head; asserts nothing.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

#include "http_parser.h"

namespace bench_parser {

struct Case {
  const char* name;
  std::string head;
};

static std::string ManyFields(int count) {
  std::string head = "GET /path?query=1 HTTP/1.1\r\nHost: example.com\r\n";
  for (int i = 1; i < count; ++i) {
    const std::string number = std::to_string(i);
    head += "X-Field-" + number + ": the value of field " + number + "\r\n";
  }
  return head + "\r\n";
}

template <typename Parser>
static double NanosecondsPerHead(const std::string& head, void (*reset)(Parser*)) {
  namespace http = node::http_parser;
  const http::Limits limits;
  Parser parser;
  double best = 1e9;
  for (int round = 0; round < 20; ++round) {
    const int turns = static_cast<int>(4'000'000 / (head.size() + 50));
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < turns; ++i) {
      reset(&parser);
      const char* data = head.data();
      asm volatile("" : "+r"(data) : : "memory");  // the bytes may have changed, for all the compiler knows
      if (parser.Parse({data, head.size()}, limits) != http::Outcome::kComplete) {
        std::fprintf(stderr, "refused: %s\n", parser.refusal().reason);
        return -1;
      }
    }
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
    best = std::min(best, time.count() / turns);
  }
  return best;
}

}  // namespace bench_parser

int main() {
  const bench_parser::Case cases[] = {
      {"smallest", "GET / HTTP/1.1\r\n\r\n"},
      {"load tool, 1 field", "GET / HTTP/1.1\r\nHost: localhost:8000\r\n\r\n"},
      {"curl, 3 fields", "GET / HTTP/1.1\r\nHost: localhost:8000\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n"},
      {"curl post, 5 fields",
       "POST /form HTTP/1.1\r\nHost: localhost:8000\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\nContent-Length: 11\r\n"
       "Content-Type: application/x-www-form-urlencoded\r\n\r\n"},
      {"browser, 13 fields",
       "GET /articles/2009/node?page=2&sort=date HTTP/1.1\r\nHost: www.example.com\r\nConnection: keep-alive\r\n"
       "Cache-Control: max-age=0\r\nUpgrade-Insecure-Requests: 1\r\n"
       "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
       "Safari/537.36\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
       "\r\nSec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\nSec-Fetch-Dest: document\r\n"
       "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\n"
       "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; seen=1\r\n\r\n"},
      {"8 fields", bench_parser::ManyFields(8)},
      {"30 fields", bench_parser::ManyFields(30)},
      {"100 fields", bench_parser::ManyFields(100)},
  };
  using node::http_parser::RequestParser;
  using node::http_parser::ResponseParser;
  for (const auto& one : cases) {
    const double time =
        bench_parser::NanosecondsPerHead<RequestParser>(one.head, [](RequestParser* parser) { parser->Reset(); });
    std::printf("%-22s %5zu bytes %8.1f ns/head\n", one.name, one.head.size(), time);
  }
  const std::string response =
      "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Tue, 24 Nov 2026 12:00:00 GMT\r\nContent-Type: text/html; "
      "charset=utf-8\r\nContent-Length: 5124\r\nConnection: keep-alive\r\nETag: \"5f3c-1404\"\r\nVary: Accept-Encoding"
      "\r\nCache-Control: max-age=60\r\n\r\n";
  const double time =
      bench_parser::NanosecondsPerHead<ResponseParser>(response, [](ResponseParser* parser) { parser->Reset(false); });
  std::printf("%-22s %5zu bytes %8.1f ns/head\n", "response, 8 fields", response.size(), time);
}
