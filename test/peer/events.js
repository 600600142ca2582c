// As events.cc, with the HTTP parser of Node.js. Run by its binary, not by ours.
"use strict";
const { HTTPParser, methods } = require("_http_common");
const { readFileSync, writeSync } = require("fs");

function printable(text) {
  return text.replace(/[\\\x00-\x1f\x7f-\xff]/g, function (c) {
    switch (c) {
      case "\\": return "\\\\";
      case "\r": return "\\r";
      case "\n": return "\\n";
      case "\t": return "\\t";
    }
    return "\\x" + c.charCodeAt(0).toString(16).padStart(2, "0");
  });
}

function read(input, responses, toHead) {
  let events = "";
  let fields = [];
  let url = "";
  let body = "";
  let inMessage = false; // behind its head
  let upgraded = false;

  function note(headers) {
    for (let i = 0; i < headers.length; i += 2) {
      events += "field " + printable(headers[i]) + ":" + (headers[i + 1] ? " " + printable(headers[i + 1]) : "") + "\n";
    }
  }
  function endBody() {
    if (body) events += "body " + printable(body) + "\n";
    body = "";
  }

  const parser = new HTTPParser();
  parser.initialize(responses ? HTTPParser.RESPONSE : HTTPParser.REQUEST, {});
  parser[HTTPParser.kOnMessageBegin | 0] = function () {
    fields = [];
    url = "";
  };
  parser[HTTPParser.kOnHeaders | 0] = function (headers, part) {
    if (inMessage) return; // trailers
    fields.push(...headers);
    url += part;
  };
  parser[HTTPParser.kOnHeadersComplete | 0] = function (major, minor, headers, method, target, status, reason, upgrade, keepAlive) {
    if (responses) {
      events += "response HTTP/" + major + "." + minor + " " + status + (reason ? " " + printable(reason) : "");
    } else {
      events += "request " + methods[method] + " " + printable(url + (target || "")) + " HTTP/" + major + "." + minor;
    }
    events += (keepAlive ? ": keep-alive" : ": close") + (upgrade ? ", upgrade" : "") + "\n";
    note(fields);
    note(headers || []);
    fields = [];
    inMessage = true;
    upgraded = upgrade;
    return toHead && status >= 200 ? 1 : 0;
  };
  parser[HTTPParser.kOnBody | 0] = function (bytes, offset, length) {
    body += offset === undefined ? bytes.toString("latin1") : bytes.toString("latin1", offset, offset + length);
  };
  parser[HTTPParser.kOnMessageComplete | 0] = function () {
    endBody();
    events += "end\n";
    inMessage = false;
  };

  const done = parser.execute(input);
  if (done instanceof Error) {
    endBody();
    return events + "refused " + done.code + ": " + done.reason + "\n";
  }
  if (upgraded && done < input.length) return events + "left\n";
  const end = parser.finish();
  endBody();
  return events + (end instanceof Error ? "incomplete\n" : inMessage ? "incomplete\n" : "");
}

const all = readFileSync(0);
const out = [];
for (let at = 0; at < all.length;) {
  const size = all.readUInt32LE(at + 1);
  const input = all.subarray(at + 5, at + 5 + size);
  out.push(read(Buffer.from(input), (all[at] & 1) !== 0, (all[at] & 2) !== 0) + "\0");
  at += 5 + size;
}
const bytes = Buffer.from(out.join(""), "latin1");
for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at);
