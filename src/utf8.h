// UTF-8 that arrives in pieces.
#pragma once

#include <cstddef>
#include <string_view>

namespace node::utf8 {

// How many bytes at the end of `bytes` (0 to 3) begin a character that is not
// complete yet but may become so. They belong in front of the next piece.
size_t IncompleteTail(std::string_view bytes);

}  // namespace node::utf8
