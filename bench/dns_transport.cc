// What does a question cost below the engine? Asks a name server on loopback (bench/dns_server.c) so many distinct
// ones, so many at a time, and prints the processor's time for each; asserts nothing.
//
//   dns_transport PORT [QUESTIONS [AT_A_TIME [tcp]]]
#include "dns_transport.h"

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "loop.h"
#include "stream.h"
#include "tcp_connection.h"

namespace bench_dns_transport {

namespace transport = node::dns_transport;
namespace message = node::dns_message;

class Asker : public transport::Handler {
 public:
  Asker(transport::Settings settings, size_t questions) : left_(questions), transport_(this, std::move(settings)) {
    for (size_t i = 0; i < questions; ++i) {
      message::Question question;
      message::ParseName("h" + std::to_string(i) + ".example.com", &question.name);
      questions_.push_back(question);
    }
  }

  void Ask() {
    if (left_ > 0) transport_.Ask(questions_[--left_]);
  }
  void OnAnswer(transport::Ticket, const message::Answer& answer) override {
    if (answer.records.size() == 1) ++answered;
    Ask();
  }
  void OnFailure(transport::Ticket, transport::Failure, std::string_view text) override {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
    Ask();
  }

  size_t answered = 0;

 private:
  size_t left_;
  std::vector<message::Question> questions_;
  transport::Transport transport_;
};

static double Microseconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
}

static int Main(int count, char** arguments) {
  auto number = [&](int at, size_t otherwise) {
    return count > at ? static_cast<size_t>(std::strtoul(arguments[at], nullptr, 10)) : otherwise;
  };
  size_t questions = number(2, 100000);
  size_t at_a_time = number(3, 100);
  transport::Settings settings;
  std::optional<node::stream::Address> server =
      node::stream::ParseAddress("127.0.0.1", static_cast<uint16_t>(number(1, 0)));
  settings.servers.push_back(server.value_or(node::stream::Address()));
  settings.use_tcp = count > 4 && std::strcmp(arguments[4], "tcp") == 0;
  auto asker = std::make_unique<Asker>(settings, questions);
  node::loop::SetBeforeWait([] {
    transport::Flush();
    node::tcp_connection::Flush();
  });
  rusage before;
  rusage after;
  double start = node::loop::NowMs();
  getrusage(RUSAGE_SELF, &before);
  for (size_t i = 0; i < at_a_time; ++i) asker->Ask();
  node::loop::Run();
  getrusage(RUSAGE_SELF, &after);
  double user = Microseconds(after.ru_utime) - Microseconds(before.ru_utime);
  double system = Microseconds(after.ru_stime) - Microseconds(before.ru_stime);
  double each = static_cast<double>(questions);
  std::printf("%zu of %zu answered in %.0f ms; each %.3f us: user %.3f, kernel %.3f; %.0f per CPU-second\n",
              asker->answered, questions, node::loop::NowMs() - start, (user + system) / each, user / each,
              system / each, each / (user + system) * 1e6);
  return asker->answered == questions ? 0 : 1;
}

}  // namespace bench_dns_transport

int main(int count, char** arguments) { return bench_dns_transport::Main(count, arguments); }
