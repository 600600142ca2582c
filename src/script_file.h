// Reading the files of scripts and modules, whole and at once.
#pragma once

#include <string>

#include "base.h"

namespace node::script_file {

// All that the descriptor still holds, to its end. `name`: for the error.
base::Result<std::string> ReadAll(int descriptor, const std::string& name);

// The whole file. A NUL in the path is ENOENT: there is no such file.
base::Result<std::string> Read(const std::string& path);

// realpath(3): absolute, without symbolic links.
base::Result<std::string> RealPath(const std::string& path);

}  // namespace node::script_file
