"""Runs a program in a pseudo-terminal: terminal.py COLUMNS ROWS ANSWER CTRL_C_ON PROGRAM ARGS...

What the program writes goes to standard output as it is. ANSWER is written when the program asks for the device attributes
of the terminal; ^C is typed when CTRL_C_ON (if not empty) has appeared in the output. Ends as the program ended.
"""
import fcntl, os, pty, select, struct, sys, termios

columns, rows, answer, trigger, *program = sys.argv[1:]
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
        os.write(terminal, b"\x03")
sys.stdout.buffer.flush()
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status) & 255)
