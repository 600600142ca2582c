// Signals: a closed pipe never kills; Ctrl-C and SIGTERM end the process; others, and these, can be heard.
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

// --- Signals that are heard: they do not do what they do otherwise ---

// Who hears, in a turn of the loop, between two callbacks; once, before the first Hear(). Signals of one number that
// come before are one, as with the kernel (signal(7)). Does not keep the loop alive.
void SetListener(void (*tell)(int signal_number));
// From now on that signal is heard, one below 32 that can be caught and has no other use here. Harmless when it is.
void Hear(int signal_number);
// From now on it is not. What has come by then still is. Harmless when it is not heard.
void Unhear(int signal_number);
// The process ends: nobody is told any more, and SIGINT, SIGTERM and SIGQUIT, by which users cut the end short, are not
// heard. The others do nothing: they were never meant to end it.
void EndHearing();
// Whether one that has come is to be told.
bool HeardDue();
// What the signal does where it is not heard, to this process, now; and not heard is it from then on.
void DoDefault(int signal_number);

}  // namespace node::signals
