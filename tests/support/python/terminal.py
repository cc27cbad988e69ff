"""A terminal as a person sees it: a pseudo-terminal, and enough of a VT100 to know what is on its screen."""

import fcntl
import os
import pty
import re
import struct
import termios
import threading
import unicodedata

from process import DEADLINE, Lost, Process

BLANK = (" ", "")
ESCAPE = re.compile(r"\x1b(?:\[(\??)([\d;]*)([A-Za-z])|([^\[]))")


def columns_of(character):
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Screen:
    """Rows of (character, colour) cells. Unknown sequences fail the test: only known ones may be sent."""

    def __init__(self, width=80, height=24):
        self.width, self.height = width, height
        self.rows = [self.blank() for _ in range(height)]
        self.scrolled = []  # what left at the top
        self.row = self.column = 0
        self.colour = ""
        self.cursor_shown = True
        self.frames = 0  # how often the cursor was hidden and shown again
        self.rest = b""

    def blank(self):
        return [BLANK] * self.width

    @property
    def lines(self):
        """The lines of the screen, without trailing blanks and without the empty lines at the end."""
        lines = ["".join(cell[0] for cell in row).rstrip() for row in self.rows]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    @property
    def text(self):
        return "\n".join(self.lines)

    @property
    def everything(self):
        return self.scrolled + self.lines

    def colour_of(self, part):
        """The colours of the first place where `part` stands."""
        for row in self.rows:
            text = "".join(cell[0] or "\0" for cell in row).replace("\0", "")
            cells = [cell for cell in row if cell[0]]
            if part in text:
                at = text.index(part)
                return {colour for _, colour in cells[at:at + len(part)]}
        raise AssertionError(f"{part!r} is not on the screen:\n{self.text}")

    def resize(self, width, height, rewraps=False):
        """Lines leave at the top if the cursor's would not fit. What is too long is cut off, as by xterm, or wrapped
        anew, as by tmux and most others."""
        if rewraps:
            self.rewrap(width)
        while self.row >= height:
            self.scrolled.append("".join(cell[0] for cell in self.rows.pop(0)).rstrip())
            self.row -= 1
        self.width, self.height = width, height
        self.rows = [(row + self.blank())[:width] for row in self.rows[:height]]
        self.rows += [self.blank() for _ in range(height - len(self.rows))]
        self.column = min(self.column, width)

    def rewrap(self, width):
        rows, cursor = [], 0
        for number, row in enumerate(self.rows[:max(self.row + 1, len(self.lines))]):
            if number == self.row:
                cursor = len(rows)
            used = max((column + 1 for column, cell in enumerate(row) if cell[0] not in (" ",)), default=0)
            rows += [row[start:start + width] for start in range(0, max(used, 1), width)]
        self.row = cursor
        while len(rows) > self.height and self.row > 0:
            self.scrolled.append("".join(cell[0] for cell in rows.pop(0)).rstrip())
            self.row -= 1
        self.rows = (rows + [self.blank() for _ in range(self.height)])[:self.height]

    def feed(self, data):
        data = self.rest + data
        text, self.rest = decode(data)
        while text:
            if text[0] == "\x1b":
                found = ESCAPE.match(text)
                if not found:
                    self.rest = text.encode() + self.rest
                    return
                self.obey(*found.groups())
                text = text[found.end():]
            else:
                self.put(text[0])
                text = text[1:]

    def put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.down()
        elif character == "\b":
            self.column = max(0, self.column - 1)
        elif character == "\t":
            self.column = min(self.width - 1, (self.column // 8 + 1) * 8)
        elif ord(character) < 32 or 0x7f <= ord(character) < 0xa0:
            raise AssertionError(f"a control character reached the terminal: {character!r}")
        elif columns_of(character) == 0:
            self.rows[self.row][self.column - 1] = (self.rows[self.row][self.column - 1][0] + character, self.colour)
        else:
            if self.column + columns_of(character) > self.width:
                self.column = 0
                self.down()
            self.rows[self.row][self.column] = (character, self.colour)
            if columns_of(character) == 2:
                self.rows[self.row][self.column + 1] = ("", self.colour)
            self.column += columns_of(character)

    def down(self):
        if self.row < self.height - 1:
            self.row += 1
            return
        self.scrolled.append("".join(cell[0] for cell in self.rows.pop(0)).rstrip())
        self.rows.append(self.blank())

    def obey(self, private, numbers, word, other):
        number = 0 if not numbers else int(numbers) if numbers.isdigit() else None
        if word == "m" and not private:
            self.colour = "" if numbers in ("", "0") else numbers
        elif word == "A" and not private and number:
            self.row = max(0, self.row - number)
        elif word == "K" and not private and number == 0:
            self.rows[self.row][self.column:] = [BLANK] * (self.width - self.column)
        elif word == "J" and not private and number == 0:
            if (self.row, self.column) == (0, 0):  # tmux keeps what an erased screen showed in its history
                self.scrolled += self.lines
            self.rows[self.row][self.column:] = [BLANK] * (self.width - self.column)
            for row in range(self.row + 1, self.height):
                self.rows[row] = self.blank()
        elif private and numbers == "25" and word in "hl":
            self.frames += word == "h" and not self.cursor_shown
            self.cursor_shown = word == "h"
        else:
            raise AssertionError(f"an escape sequence that is not of a picture: {(private, numbers, word, other)}")


def decode(data):
    """Text, and the bytes of a character that is not all there yet."""
    for size in range(min(3, len(data)) + 1):
        try:
            return data[:len(data) - size].decode(), data[len(data) - size:]
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), b""


class OnTerminal:
    """A program on a terminal of its own. What is not given as `stdout` or `stderr` is the terminal."""

    def __init__(self, argv, *, width=80, height=24, stdout=None, stderr=None, **options):
        self.leader, follower = pty.openpty()
        self.screen = Screen(width, height)
        self.changed = threading.Condition()
        self.data = b""
        self.closed = False
        self.failure = None
        self._set_size(follower)
        self.name = os.ttyname(follower)

        def become_its_session():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = Process(argv, stdin=follower, stdout=follower if stdout is None else stdout,
                               stderr=follower if stderr is None else stderr, preexec=become_its_session, **options)
        os.close(follower)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _set_size(self, fd):
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", self.screen.height, self.screen.width, 0, 0))

    def _read(self):
        while True:
            try:
                data = os.read(self.leader, 65536)
            except OSError:  # nobody has the other end open any more
                data = b""
            with self.changed:
                self.data += data
                self.closed = not data
                try:
                    self.screen.feed(data)
                except Exception as failure:  # of the picture or of this emulator: the test fails with it
                    self.failure = self.failure or failure
                self.changed.notify_all()
            if not data:
                return

    def wait(self, holds, what, within=DEADLINE):
        """Waits until holds(screen)."""
        with self.changed:
            self.changed.wait_for(lambda: holds(self.screen) or self.closed or self.failure, within)
            if self.failure:
                raise self.failure
            if not holds(self.screen):
                raise Lost(f"the screen never had {what}:\n{self.screen.text}\n{self.data[-3000:]!r}")
        return self.screen

    def wait_for(self, *parts, within=DEADLINE):
        return self.wait(lambda screen: all(part in screen.text for part in parts), repr(parts), within)

    def resize(self, width, height, **how):
        with self.changed:
            self.screen.resize(width, height, **how)
            self._set_size(self.leader)  # the kernel sends SIGWINCH

    def type(self, keys):
        os.write(self.leader, keys)

    def write(self, text):
        """Writes like another program on the same terminal, such as its shell."""
        with open(self.name, "wb", buffering=0) as other:
            other.write(text)

    def expect_exit(self, code, within=DEADLINE):
        """The screen as it was left."""
        self.process.expect_exit(code, within)
        return self.wait(lambda _: self.closed, "its end")

    def close(self):
        self.process.close()
        self.thread.join(DEADLINE)
        os.close(self.leader)
