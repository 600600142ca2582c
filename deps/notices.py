#!/usr/bin/env python3
"""Writes NOTICES, the licences of all that is linked into node.

    deps/notices.py V8-LICENCES LIBEV-FOLDER           writes NOTICES
    deps/notices.py --check V8-LICENCES LIBEV-FOLDER   fails when NOTICES is not what the folders give

glibc, libstdc++ and libmd come with Debian; their terms are stated.
"""
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

SYSTEM = """glibc (the GNU C library)
=========================
Copyright (C) the Free Software Foundation and others. Licensed under the GNU
Lesser General Public License, version 2.1 or later
(https://www.gnu.org/licenses/old-licenses/lgpl-2.1.html). It is linked
statically. node's own source and its build, which anyone can run with another
version of the library, are the means to relink that section 6 asks for; the
library's source is Debian's source package "glibc".

libstdc++ and libgcc (of GCC)
=============================
Copyright (C) the Free Software Foundation and others. Licensed under the GNU
General Public License, version 3 or later, with the GCC Runtime Library
Exception, version 3.1 (https://www.gnu.org/licenses/gcc-exception-3.1.html),
which permits linking them into programs under any licence.

libmd
=====
Copyright (c) 2000-2001, Aaron D. Gifford (SHA-256, which is all of it that is
linked).
All rights reserved.

Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions
are met:
1. Redistributions of source code must retain the above copyright
   notice, this list of conditions and the following disclaimer.
2. Redistributions in binary form must reproduce the above copyright
   notice, this list of conditions and the following disclaimer in the
   documentation and/or other materials provided with the distribution.
3. Neither the name of the copyright holder nor the names of contributors
   may be used to endorse or promote products derived from this software
   without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE AUTHOR AND CONTRIBUTOR(S) ``AS IS'' AND
ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE
ARE DISCLAIMED.  IN NO EVENT SHALL THE AUTHOR OR CONTRIBUTOR(S) BE LIABLE
FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS
OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION)
HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT
LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY
OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF
SUCH DAMAGE.
"""


def section(title, text):
    """A titled licence text, without trailing blanks."""
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    return f"{title}\n{'=' * len(title)}\n" + "\n".join(lines) + "\n"


def compose(v8_licences, libev):
    """The whole text of NOTICES."""
    parts = [section("node", (ROOT / "LICENSE").read_text())]
    for path in sorted(Path(v8_licences).iterdir()):
        text = path.read_text(encoding="utf-8", errors="replace")
        parts.append(section(f"V8: {path.name}", text.encode("ascii", "replace").decode()))
    parts.append(section("libev", (Path(libev) / "LICENSE").read_text()))
    parts.append(SYSTEM)
    return "node contains the following software. Its licences:\n\n" + "\n".join(parts)


def main(arguments):
    """The command line."""
    check = arguments[:1] == ["--check"]
    if len(arguments) != 2 + check:
        sys.exit(__doc__)
    text = compose(*arguments[check:])
    target = ROOT / "NOTICES"
    if check and (not target.exists() or target.read_text() != text):
        sys.exit("NOTICES is not what the licences give: run deps/notices.py without --check")
    if not check:
        target.write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
