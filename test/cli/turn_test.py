"""Several connections have something to say in one turn of the loop: they are read, told and answered together."""
import re
import select
import signal
import time
import unittest

from harness import LIMIT, Case, connect, read_all

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
COUNT = "var count = 0;\nfunction busy() { for (var end = Date.now() + 1000; Date.now() < end;); }\n"


class Turn(Case):
    def http(self, react):
        """Three connections to an HTTP server that have asked once; from the next request on `react(n, say)` answers."""
        process, port = self.serve("function (request, response) {\n"
                                   "  function say(text) {\n"
                                   "    response.sendHeader(200, []); response.sendBody(text); response.finish();\n  }\n"
                                   f"  if (++count <= 3) say('ready'); else ({react})(count - 3, say);\n}}", COUNT)
        return process, self.connections(port, REQUEST, b"ready")

    def tcp(self, react):
        """The same over TCP."""
        process = self.start(self.script(COUNT + f"""
            var server = node.tcp.createServer(function (socket) {{
              socket.addListener("receive", function () {{
                function say(text) {{ socket.send(text); }}
                if (++count <= 3) say("ready"); else ({react})(count - 3, say);
              }});
            }});
            server.listen(0);
            puts("port " + server.port);"""))
        port = int(re.fullmatch(r"port (\d+)\n", process.stdout.readline().decode()).group(1))
        return process, self.connections(port, b"x", b"ready")

    def connections(self, port, data, answer):
        """Three that have been answered."""
        made = []
        for _ in range(3):
            connection = connect(port)
            self.addCleanup(connection.close)
            connection.sendall(data)
            seen = b""
            while not seen.endswith(answer):
                seen += connection.recv(1000)
            made.append(connection)
        return made

    def together(self, process, connections, data):
        """Lets the server find something on all of them at once."""
        process.send_signal(signal.SIGSTOP)
        for connection in connections:
            connection.sendall(data)
        time.sleep(0.05)
        process.send_signal(signal.SIGCONT)

    def test_what_was_sent_before_another_listener_failed_arrives(self):
        for serve, data in ((self.http, REQUEST), (self.tcp, b"x")):
            process, connections = serve("function (n, say) { if (n === 2) throw new Error('broken'); say('answer'); }")
            self.together(process, connections, data)
            answers = []
            for connection in connections:
                try:
                    answers.append(read_all(connection).endswith(b"answer"))
                except ConnectionResetError:  # its bytes were never read
                    answers.append(False)
            self.assertEqual(sorted(answers), [False, False, True], serve)
            self.assertEqual(process.wait(LIMIT), 1)
            self.assertIn(b"broken", process.stderr.read())

    def test_answers_do_not_wait_for_all_slow_listeners(self):
        for serve, data in ((self.http, REQUEST), (self.tcp, b"x")):
            process, connections = serve("function (n, say) { if (n > 1) busy(); say('answer'); }")
            self.together(process, connections, data)
            waiting = list(connections)
            select.select(waiting, [], [], LIMIT)
            time.sleep(0.1)  # for what was sent together
            ready = select.select(waiting, [], [], 0)[0]
            self.assertLess(len(ready), 3, serve)
            for connection in waiting:
                self.assertTrue(connection.recv(1000).endswith(b"answer"), serve)


if __name__ == "__main__":
    unittest.main()
