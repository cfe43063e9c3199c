"""Runs a command in a terminal of a given size: python3 terminal.py COLUMNS ROWS TYPED COMMAND [ARGUMENT ...].

Prints what the terminal shows, and ends as the command does. TYPED is what the person types.
"""

import fcntl
import os
import pty
import struct
import sys
import termios

columns, rows = int(sys.argv[1]), int(sys.argv[2])
typed, command = sys.argv[3], sys.argv[4:]

child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    settings = termios.tcgetattr(0)
    settings[3] &= ~termios.ECHO
    termios.tcsetattr(0, termios.TCSANOW, settings)
    os.execvp(command[0], command)

# The terminal keeps it until the command reads.
os.write(terminal, typed.encode())
while True:
    try:
        shown = os.read(terminal, 65536)
    except OSError:  # Linux ends so.
        break
    if not shown:
        break
    sys.stdout.buffer.write(shown)
_, status = os.waitpid(child, 0)
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
