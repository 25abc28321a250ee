"""Runs a program in a pseudo-terminal.

usage: terminal.py COLUMNS ROWS ANSWER KEYS_ON KEYS PROGRAM ARGS...


Copies the output of the program to standard output. Writes ANSWER if the program queries the device attributes of the
terminal. Types KEYS when KEYS_ON (if not empty) has appeared in the output. The KEYS "hang up" close the terminal.
The exit code is that of the program, or 128 plus the number of the signal that ended it.
"""

import fcntl, os, pty, select, struct, sys, termios

columns, rows, answer, trigger, keys, *program = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))
    os.execvp(program[0], program)

seen = b""
while True:
    ready, _, _ = select.select([terminal], [], [], 60)
    if not ready:
        os.kill(child, 9)
        break
    try:
        data = os.read(terminal, 65536)
    except OSError:  # EIO: the program has ended
        break
    if not data:
        break
    sys.stdout.buffer.write(data)
    seen = (seen + data)[-65536:]
    if answer and b"\x1b[c" in data:
        os.write(terminal, answer.encode())
    if trigger and trigger.encode() in seen:
        trigger = ""
        if keys == "hang up":
            os.close(terminal)
            break
        os.write(terminal, keys.encode())
sys.stdout.buffer.flush()
_, status = os.waitpid(child, 0)
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
