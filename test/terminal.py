"""Runs a program on a terminal of its own: what comes in at standard input is typed, what it shows goes to standard output."""

import os
import pty
import select
import sys

child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
sources = [0, terminal]
while True:
    for source in select.select(sources, [], [])[0]:
        try:
            data = os.read(source, 65536)
        except OSError:  # Linux: the program has ended.
            data = b""
        if source == terminal:
            if not data:
                sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) % 256)
            os.write(1, data)
        elif data:
            os.write(terminal, data)
        else:
            sources.remove(0)
