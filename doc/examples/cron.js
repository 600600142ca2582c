#!/usr/bin/env node
// Runs commands at given times, as cron does. Lines of the table: SECOND MINUTE HOUR DAY MONTH WEEKDAY COMMAND, each *,
// a number, a range, a list or a step: */10  9-17  0,30  10-50/20. Empty lines and those that begin with # are skipped.
// Start: node cron.js TABLE
// Try:   echo '*/2 * * * * * date' > table; node cron.js table
const MOST = [59, 59, 23, 31, 12, 7];

// The numbers that `field` means, as a Set.
function numbers(field, most) {
  const found = new Set();
  for (const part of field.split(",")) {
    const [, all, from, to = from, step = "1"] = /^(?:(\*)|(\d+)(?:-(\d+))?)(?:\/([1-9]\d*))?$/.exec(part) || [];
    const [first, last] = all ? [0, most] : [Number(from), Number(to)];
    if (!(first <= last && last <= most)) throw new Error(`bad field: ${field}`);
    for (let i = first; i <= last; i += Number(step)) found.add(i);
  }
  return found;
}

function parse(line) {
  const [, fields, command] = /^\s*((?:\S+\s+){6})(.*)/.exec(line) || [];
  if (!command) throw new Error(`too few fields: ${line}`);
  return { when: fields.trim().split(/\s+/).map((field, i) => numbers(field, MOST[i])), command, child: null };
}

function isDue({ when }, date) {
  const now = [date.getSeconds(), date.getMinutes(), date.getHours(), date.getDate(), date.getMonth() + 1, date.getDay()];
  return when.every((set, i) => set.has(now[i]) || (i === 5 && now[i] === 0 && set.has(7)));
}

function start(job) {
  if (job.child !== null) return puts(`${job.command}: still running`);
  job.child = node.createProcess(job.command);
  job.child.close();
  for (const event of ["output", "error"]) job.child.addListener(event, (text) => { if (text !== null) print(text); });
  job.child.addListener("exit", (code) => {
    job.child = null;
    if (code !== 0) puts(`${job.command}: exit code ${code}`);
  });
}

(async function () {
  const jobs = (await node.fs.cat(ARGV[2] || "table")).split("\n").filter((line) => /^\s*[^#\s]/.test(line)).map(parse);
  const seconds = () => Math.floor(Date.now() / 1000);
  let last = seconds(); // that has been looked at
  setInterval(() => {
    for (last = Math.max(last, seconds() - 60); last < seconds(); ) { // none twice, and none left out within a minute
      const date = new Date(++last * 1000);
      for (const job of jobs) if (isDue(job, date)) start(job);
    }
  }, 200);
})().catch((error) => { stderr.puts("cron: " + error.message); node.exit(1); });
