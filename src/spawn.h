// Starting a program: a child process with pipes on its standard streams, and nothing else of ours.
//
// The child shares our memory until it executes (CLONE_VM and CLONE_VFORK, clone(2)), so that its start costs the same
// however much memory we have. For the main thread only.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base.h"
#include "fd.h"

namespace node::spawn {

// No string may have a NUL.
struct Command {
  // A path. Without a "/" too: see FindProgram().
  std::string file;
  // What the program gets, its own name first.
  std::vector<std::string> arguments;
  // "NAME=value" each; std::nullopt: as ours.
  std::optional<std::vector<std::string>> environment;
  // Where it starts; "": where we are. A relative `file` is looked for from there.
  std::string folder;
};

struct Started {
  // Its end must be waited for, once: it may be a zombie until then.
  pid_t pid = -1;
  // Readable when it has ended (pidfd_open(2)). Invalid with a kernel before 5.2: then SIGCHLD tells.
  fd::OwnedFd pidfd;
  // Our ends of the pipes to its descriptors 0, 1 and 2: non-blocking, the child's are not.
  fd::OwnedFd input, output, error;
};

// Starts it. The child has no other descriptors, no blocked or ignored signals, and the limit of descriptors that we
// had at first. Fails with the errno of pipe2, clone, chdir or exec; of the latter two with what they were done to.
base::Result<Started> Start(const Command& command);

// The file that execvp(3) would take for `name`: `name` itself with a "/" in it, else in the first of the folders of
// `path` (between colons; an empty one is the current folder) an executable regular file. `folder` as in Command.
// Fails with ENOENT, or with EACCES when there are only files that may not be executed.
base::Result<std::string> FindProgram(std::string_view name, std::string_view path, const std::string& folder);

// That signal has a handler here, or will have one: children begin without it.
void ResetInChildren(int signal_number);

// Our environment, "NAME=value" each.
std::vector<std::string> Environment();

// For tests: from now on as with a kernel that has no pidfds.
void ForgetPidfds();

}  // namespace node::spawn
