"""Runs a command on a terminal of its own. Node has no terminals, and a native add-on would have to be compiled.

Standard input and output carry the terminal's bytes. File descriptor 3 carries JSON lines: what to run, then each new size. Its end, or
SIGTERM, ends the command and all that it started. The exit code is the command's, or 128 and its signal's number.
"""

import fcntl
import json
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time

CONTROL = 3
PIECE = 65536
PATIENCE = 1.0


class Stopped(Exception):
    """The client or the runner is gone."""


class Lines:
    """The lines of a file descriptor, as they come."""
    def __init__(self, fd):
        self.fd = fd
        self.text = b''

    def read(self):
        """The complete lines that have come since."""
        piece = os.read(self.fd, PIECE)
        if not piece:
            raise Stopped()
        *lines, self.text = (self.text + piece).split(b'\n')
        return [json.loads(line) for line in lines if line]

    def first(self):
        while not (lines := self.read()):
            pass
        return lines


def set_size(fd, size):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', size['height'], size['width'], 0, 0))


def start(what):
    """The command as leader of a session of its own. Returns its process and the terminal's other end."""
    master, slave = os.openpty()
    if what['size']:
        set_size(slave, what['size'])
    pid = os.fork()
    if pid == 0:
        run(what, slave)
    os.close(slave)
    return pid, master


def run(what, slave):
    try:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in (0, 1, 2):
            os.dup2(slave, fd)
        os.closerange(3, 256)
        # Python ignores this signal, and a program inherits what is ignored.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.chdir(what['cwd'])
        os.execvpe(what['path'], what['argv'], what['env'])
    except OSError as error:
        os.write(2, ('exec failed: %s\r\n' % error).encode())
    os._exit(126)


class Relay:
    """Carries bytes between the pipes and the terminal. Neither direction waits for the other: Ctrl-C gets through."""
    def __init__(self, master, control, ended):
        self.master = master
        self.control = control
        self.ended = ended
        self.stdin = 0
        self.to_terminal = b''
        self.to_client = b''
        self.open = True

    def step(self):
        readable = [self.control.fd, self.ended]
        if self.stdin is not None and not self.to_terminal:
            readable.append(self.stdin)
        if self.open and not self.to_client:
            readable.append(self.master)
        writable = [fd for fd, data in ((self.master, self.to_terminal), (1, self.to_client)) if data]
        readable, writable, _ = select.select(readable, writable, [])
        if self.control.fd in readable:
            for size in self.control.read():
                set_size(self.master, size)
        if self.stdin in readable:
            self.to_terminal = os.read(0, PIECE)
            if not self.to_terminal:
                self.stdin = None
        if self.master in readable:
            self.read_terminal()
        if self.master in writable:
            self.to_terminal = rest(self.master, self.to_terminal)
        if 1 in writable:
            self.to_client = rest(1, self.to_client)
        return self.ended not in readable

    def read_terminal(self):
        """Whether there was anything to read."""
        try:
            self.to_client = os.read(self.master, PIECE)
        except BlockingIOError:
            return False
        except OSError:
            # Linux: nobody has the terminal open any more.
            self.to_client = b''
        self.open = bool(self.to_client)
        return self.open

    def drain(self):
        """What was written before the end."""
        os.set_blocking(1, True)
        while self.to_client or (self.open and self.read_terminal()):
            self.to_client = rest(1, self.to_client)


def rest(fd, data):
    try:
        return data[os.write(fd, data):]
    except BlockingIOError:
        return data
    except OSError:
        return b''


def processes():
    if os.path.isdir('/proc/self'):
        return [int(name) for name in os.listdir('/proc') if name.isdigit()]
    return [int(pid) for pid in subprocess.check_output(['ps', '-A', '-o', 'pid=']).split()]


def signal_session(leader, number):
    """Reaches all processes that the command started and that did not leave its session."""
    for pid in processes():
        try:
            if os.getsid(pid) == leader:
                os.kill(pid, number)
        except OSError:
            pass


def wait(pid, deadline=None):
    """The exit code, or None if the process still runs at the deadline."""
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG if deadline else 0)
        if ended:
            return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        if time.monotonic() > deadline:
            return None
        time.sleep(0.02)


def stop(*_):
    raise Stopped()


def main():
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    control = Lines(CONTROL)
    what, *sizes = control.first()
    pid, master = start(what)
    try:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)
        for fd in (master, 1):
            os.set_blocking(fd, False)
        for size in sizes:
            set_size(master, size)
        relay = Relay(master, control, ended)
        while relay.step():
            pass
        code = wait(pid)
        signal_session(pid, signal.SIGKILL)
        relay.drain()
    except Stopped:
        signal_session(pid, signal.SIGHUP)
        code = wait(pid, time.monotonic() + PATIENCE)
    signal_session(pid, signal.SIGKILL)
    sys.exit(wait(pid) if code is None else code)


main()
