// Signals: a closed pipe never kills; Ctrl-C and SIGTERM end the process.
#pragma once

namespace node::signals {

// SIGPIPE no longer kills: writing to a closed pipe is an error like others.
void IgnoreBrokenPipes();

// SIGINT and SIGTERM, unless they were ignored when we were started, end the process with 130 and 143 (also
// as PID 1 of a container, where the kernel's default would ignore them):
// `drain` writes out what is queued. While the loop waits that happens at once;
// while it is busy, when the turn ends, or after a tenth of a second.
void Install(void (*drain)());

// From now on `tell` is called with the exit code, at the end of a turn, before such an end; it may end the process
// itself. A busy loop has a second then. A second signal ends the process at once.
void TellBeforeEnd(void (*tell)(int code));

// At the end of a turn: ends the process if a signal has asked for it.
void EndIfAsked();

}  // namespace node::signals
