// What each bind_*.cc offers to the library: Functions() are those of the
// binding object.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base.h"
#include "fd.h"
#include "js.h"
#include "v8.h"

namespace node::bind_console {
// See above.
std::span<const js::Function> Functions();
// Writes what can be written now, and tells those who wait for it.
void Flush();
// Whether Flush() has something to do.
bool FlushDue();
// Writes all, blocking. Returns a line that says what was lost and why, or "".
std::string Drain();
// For a signal handler, while the loop waits.
void DrainInSignal();
}  // namespace node::bind_console

namespace node::bind_timers {
// See above.
std::span<const js::Function> Functions();
// Sets the loop's timer to what scripts have started and stopped meanwhile; before the loop waits.
void Arm();
// Whether Arm() has something to do.
bool ArmDue();
}  // namespace node::bind_timers

namespace node::bind_http {
// See above.
std::span<const js::Function> Functions();
// Hands over answers whose head was held back, and sends.
void Flush();
// Whether Flush() has something to do.
bool FlushDue();
// For the end of the process: sends finished answers, calls no script.
void SendBeforeExit();
}  // namespace node::bind_http

namespace node::bind_tcp {
// See above.
std::span<const js::Function> Functions();
// Takes over a connected socket; its name in JavaScript, or std::nullopt when too many are open.
std::optional<uint32_t> AdoptConnection(fd::OwnedFd connection);
// Tell a connection of lib/tcp.js, or of what inherits from it, what has become of it.
void TellConnect(uint32_t id);
void TellDrain(uint32_t id);
void TellTimeout(uint32_t id);
void TellDisconnect(uint32_t id, const base::Error* error);
}  // namespace node::bind_tcp

namespace node::bind_http_client {
// See above.
std::span<const js::Function> Functions();
// Goes on with answers that were held back, and with requests that have waited for the turn's end.
void Flush();
// Whether Flush() has something to do.
bool FlushDue();
}  // namespace node::bind_http_client

namespace node::bind_modules {
// See above.
std::span<const js::Function> Functions();
}  // namespace node::bind_modules

namespace node::bind_signals {
// See above.
std::span<const js::Function> Functions();
// Hears the signals that have listeners by now, and no others; before the loop waits.
void Arm();
}  // namespace node::bind_signals

namespace node::bind_dns {
// See above.
std::span<const js::Function> Functions();
}  // namespace node::bind_dns

namespace node::bind_fs {
// See above.
std::span<const js::Function> Functions();
}  // namespace node::bind_fs

namespace node::bind_child {
// See above.
std::span<const js::Function> Functions();
}  // namespace node::bind_child

namespace node::bind_process {
// See above.
std::span<const js::Function> Functions();
}  // namespace node::bind_process
