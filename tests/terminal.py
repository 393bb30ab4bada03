"""Runs a command on a terminal of so many columns and prints what is to be seen there in the end, line by line.

    python3 terminal.py COLUMNS COMMAND…
"""

import fcntl
import os
import pty
import re
import struct
import sys
import termios

WIDTH = int(sys.argv[1])


def written(command):
    """Everything the command writes, and how it ends."""
    process, terminal = pty.fork()
    if process == 0:
        os.environ["TERM"] = "xterm-256color"
        # Before the command looks.
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, WIDTH, 0, 0))
        os.execvp(command[0], command)
    parts = []
    while True:
        try:
            part = os.read(terminal, 1 << 16)
        except OSError:
            # The end, as Linux says it.
            part = b""
        if not part:
            break
        parts.append(part)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return b"".join(parts).decode(), code


def shown(text):
    """The lines after all of it was drawn: a character in the last column leaves the cursor there until the next one."""
    lines, row, column = [[]], 0, 0
    for escape, character in re.findall(r"\x1b\[([0-9;?]*[a-zA-Z])|(.)", text, re.DOTALL):
        if escape:
            if escape.endswith("A"):
                row = max(0, row - int(escape[:-1] or 1))
            elif escape.endswith("K"):
                lines[row] = [] if escape == "2K" else lines[row][:column]
        elif character == "\r":
            column = 0
        elif character == "\n":
            row += 1
        else:
            if column == WIDTH:
                row, column = row + 1, 0
            lines += [[] for _ in range(row + 1 - len(lines))]
            lines[row] += " " * (column + 1 - len(lines[row]))
            lines[row][column] = character
            column += 1
        lines += [[] for _ in range(row + 1 - len(lines))]
    return "\n".join("".join(line).rstrip() for line in lines).strip()


text, code = written(sys.argv[2:])
print(shown(text))
sys.exit(code)
