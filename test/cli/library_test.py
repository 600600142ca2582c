"""Timers, events, promises and URIs, as scripts see them."""
import unittest

from harness import Case, evaluate


class Timers(Case):
    def check(self, code, out):
        result = evaluate(code)
        self.assertEqual((result.code, result.out, result.err), (0, out, ""), repr(result))

    def test_order_by_due_time_then_creation(self):
        self.check("function say(x) { return function () { print(x); }; }"
                   "setTimeout(say('c'), 20); setTimeout(say('a'), 0); setTimeout(say('d'), 20);"
                   "setTimeout(say('b'), 10); setTimeout(say('e'), 21);", "abcde")

    def test_never_inside_the_call_and_with_its_own_this(self):
        self.check("var n = 0; var t = setTimeout(function () { p([n, this === t, arguments.length]); }, -5); n = 1;",
                   "[1,true,0]\n")

    def test_an_interval_clears_itself(self):
        self.check("var n = 0; setInterval(function () { print(++n); if (n === 3) clearInterval(this); }, 0)", "123")

    def test_clearing(self):
        self.check("clearTimeout(null); clearTimeout(undefined); clearInterval(setTimeout(function () { puts('no'); }, 1));"
                   "var b = setTimeout(function () { puts('no'); }, 5);"
                   "setTimeout(function () { clearTimeout(b); clearTimeout(this); puts('ok'); }, 5 - 1);", "ok\n")

    def test_one_cleared_by_another_in_the_same_turn_does_not_run(self):
        self.check("var b; setTimeout(function () { clearTimeout(b); puts('a'); }, 5);"
                   "b = setTimeout(function () { puts('b'); }, 5);", "a\n")

    def test_odd_delays(self):
        self.check("setTimeout(function () { print('a'); }, NaN); setTimeout(function () { print('b'); }, '2.9');"
                   "setTimeout('puts(1)', 0); clearTimeout(setTimeout(function () {}, Infinity));", "ab")

    def test_not_early_after_long_computation(self):
        self.check("var s = Date.now(); while (Date.now() - s < 50) {} var t = Date.now();"
                   "setTimeout(function () { puts(Date.now() - t >= 39); }, 40)", "true\n")

    def test_microtasks_run_between_timers(self):
        self.check("setTimeout(function () { Promise.resolve().then(function () { print('m'); }); print('a'); }, 1);"
                   "setTimeout(function () { print('b'); }, 1);", "amb")

    def test_ten_thousand_timers_fire_in_order_and_not_early(self):
        # Of one duration: in the order of creation. Of different ones: within what a pause while creating them explains.
        self.check("var last = 0, seen = {}, n = 0, bad = 0;"
                   "for (var i = 0; i < 10000; i++) (function (i, d) { var due = Date.now() + d; setTimeout(function () {"
                   " if (due < last - 50 || Date.now() < due - 1 || seen[d] > i) bad++;"
                   " last = due; seen[d] = i; if (++n === 10000) p([n, bad]); }, d);"
                   "})(i, 100 + i * 7919 % 211);", "[10000,0]\n")

    def test_timer_objects(self):
        self.check("var t = new node.Timer(); var n = 0; t.addListener('timeout', function () {"
                   " print(++n); if (n === 3) t.stop(); }); t.start(1, 1);", "123")


class Events(Case):
    check = Timers.check

    def test_listeners_are_live(self):
        self.check("var e = new node.EventEmitter(); e.addListener('x', function (a) { print(a); });"
                   "e.addListener('x', 'no function'); p(e.emit('x', [1])); p(e.emit('y'));"
                   "p(e.listeners('x').length); e.listeners('x').length = 0; p(e.emit('x'));", "1true\nfalse\n1\ntrue\n")

    def test_names_of_object_members(self):
        self.check("var e = new node.EventEmitter(); p(e.emit('toString')); e.addListener('__proto__', function () {"
                   " print('!'); }); p(e.emit('__proto__'));", "false\n!true\n")

    def test_appended_while_emitting(self):
        self.check("var e = new node.EventEmitter(); e.addListener('x', function () { print('a');"
                   " e.addListener('x', function () { print('b'); }); }); e.emit('x');", "ab")

    def test_exceptions_pass_through_emit(self):
        self.check("var e = new node.EventEmitter(); e.addListener('x', function () { throw new Error('in'); });"
                   "try { e.emit('x'); } catch (error) { puts(error.message); }", "in\n")

    def test_inheritance(self):
        self.check("function C() { node.EventEmitter.call(this); } node.inherits(C, node.EventEmitter);"
                   "var a = new C(), b = new C(); a.addListener('x', function () { print(this === a); });"
                   "p([b.emit('x'), a.emit('x'), a instanceof node.EventEmitter, a.constructor === C]);",
                   "true[false,true,true,true]\n")

    def test_promises_settle_once_and_tell_latecomers(self):
        self.check("var q = new node.Promise(); q.addCallback(function (a, b) { print(a + b); });"
                   "p([q.emitSuccess([1, 2]), q.emitSuccess([3]), q.emitError([4])]); var now = true;"
                   "q.addCallback(function (a) { p([a, now]); }); now = false;", "3[true,false,false]\n[1,false]\n")

    def test_await(self):
        self.check("(async function () { var q = new node.Promise(); setTimeout(function () { q.emitSuccess([7, 8]); }, 1);"
                   "puts(await q); var r = new node.Promise(); r.emitError([-3, 'why']);"
                   "try { await r; } catch (e) { p([e instanceof Error, e.args]); } })();", '7\n[true,[-3,"why"]]\n')

    def test_an_error_nobody_hears_is_silent(self):
        self.check("new node.Promise().emitError([new Error('x')]);", "")


class Uris(Case):
    check = Timers.check

    def test_parts(self):
        self.check("p(node.http.parseUri('/status?name=ryan'));"
                   "p(node.http.parseUri('http://u:p@h.example:81/a/b.txt?x=1&x=2&y#f'));",
                   '{"source":"/status?name=ryan","relative":"/status?name=ryan","path":"/status","directory":"/",'
                   '"file":"status","query":"name=ryan","params":{"name":"ryan"}}\n'
                   '{"source":"http://u:p@h.example:81/a/b.txt?x=1&x=2&y#f","anchor":"f","protocol":"http",'
                   '"authority":"u:p@h.example:81","userInfo":"u:p","user":"u","password":"p","host":"h.example",'
                   '"port":"81","relative":"/a/b.txt?x=1&x=2&y","path":"/a/b.txt","directory":"/a/","file":"b.txt",'
                   '"query":"x=1&x=2&y","params":{"x":"2","y":""}}\n')

    def test_odd_ones(self):
        self.check("p(node.http.parseUri('//h/p').path); p(node.http.parseUri('/a@b:1/p').path);"
                   "p(node.http.parseUri('*').path); p(node.http.parseUri('http://h:1').path);"
                   "p(node.http.parseUri('http://[::1]:5/').port); p(node.http.parseUri('/?a=%zz&b=%41+').params);"
                   "puts(node.http.parseUri('/x?y')); p(node.http.parseUri('/?__proto__=1').params.__proto__);",
                   '"//h/p"\n"/a@b:1/p"\n"*"\nundefined\n"5"\n{"a":"%zz","b":"A "}\n/x?y\n"1"\n')


if __name__ == "__main__":
    unittest.main()
