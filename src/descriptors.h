// How many descriptors the process may have. A server wants as many as the kernel gives; a child that uses select(2)
// wants no more than it would have had, so that the limit as found is kept for it.
#pragma once

namespace node::descriptors {

// Raises the soft limit to the hard one. Where that fails everything stays as it is.
void RaiseLimit();

// Puts the limit back to what RaiseLimit() found. For a child between fork(2) and exec(3): async-signal-safe, and
// harmless when nothing was raised.
void RestoreLimit();

}  // namespace node::descriptors
