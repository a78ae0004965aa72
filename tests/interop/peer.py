"""The kernel's end of a test: ordinary sockets, nothing of this project. Runs inside the lab's namespace."""

import fcntl
import resource
import select
import selectors
import signal
import socket
import struct
import sys

SIOCATMARK = 0x8905
LINGER_NOTHING = struct.pack("ii", 1, 0)


BLOCK = bytes((i * 167 + (i >> 8) * 13) & 0xFF for i in range(1 << 16))


def pattern(count, salt=0):
    """Bytes in which no run repeats soon, so that text out of place is seen; another salt gives other bytes."""
    return (BLOCK * ((salt + count) // len(BLOCK) + 1))[salt : salt + count]


def read_all(connection):
    parts = []
    while part := connection.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


FAMILY = socket.AF_INET  # of what listens; --ipv6 changes it


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def listen(port):
    listener = socket.create_server(("", int(port)), family=FAMILY)
    print("listening")
    return listener


def echo_half_closing(host, port, count):
    """Sends everything, half-closes, and reads what comes to its end, whichever of the two is over first."""
    text = pattern(int(count))
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        sent = 0
        got = bytearray()
        connection.setblocking(False)
        selector = selectors.DefaultSelector()
        selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE)
        wanted = selectors.EVENT_READ | selectors.EVENT_WRITE
        while wanted:
            for _, ready in selector.select(30):
                if ready & selectors.EVENT_WRITE:
                    sent += connection.send(text[sent : sent + 65536])
                    if sent == len(text):
                        connection.shutdown(socket.SHUT_WR)
                        wanted &= ~selectors.EVENT_WRITE
                if ready & selectors.EVENT_READ:
                    part = connection.recv(1 << 16)
                    got += part
                    if not part:
                        wanted &= ~selectors.EVENT_READ
            if wanted:
                selector.modify(connection, wanted)
        return "as sent" if bytes(got) == text else f"{len(got)} of {len(text)} bytes, or wrong ones"


def answer_after_end(port, count):
    """Reads until the peer's end of text, then answers with its length and a pattern, and closes."""
    with listen(port) as listener:
        connection, _ = listener.accept()
        with connection:
            text = read_all(connection)
            connection.sendall(struct.pack(">I", len(text)) + pattern(int(count)))
            return "whole" if text == pattern(len(text), salt=5) else "wrong"


def reset_at_once(port):
    """Accepts, reads a little and resets."""
    with listen(port) as listener:
        connection, _ = listener.accept()
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOTHING)
        connection.close()
        return "reset"


def send_until_reset(port):
    """Sends until the peer ends it."""
    with listen(port) as listener:
        connection, _ = listener.accept()
        connection.settimeout(30)
        try:
            while True:
                connection.sendall(pattern(65536))
        except (ConnectionResetError, BrokenPipeError) as error:
            return type(error).__name__


def tell_until_end(connection):
    """Says each text as it comes."""
    with connection:
        while text := connection.recv(1 << 16):
            print(f"got: {text.decode()}")
    return "ended"


def tell_texts(port):
    with listen(port) as listener:
        return tell_until_end(listener.accept()[0])


def tell_texts_of(host, port):
    return tell_until_end(socket.create_connection((host, int(port)), timeout=30))


def take_urgent(port, inline):
    """Takes urgent text as sockets do: its last byte out of line, or at the mark where the socket keeps it in line."""
    with listen(port) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, int(inline))
        connection, _ = listener.accept()
        with connection:
            if int(inline):
                before = connection.recv(1 << 16)
                at_mark = fcntl.ioctl(connection, SIOCATMARK, bytes(4))
                return f"{before.decode()}, then {read_all(connection).decode()}, mark {struct.unpack('i', at_mark)[0]}"
            poll = select.poll()
            poll.register(connection, select.POLLPRI)
            if not poll.poll(20000):
                return "no urgent text came"
            out_of_line = connection.recv(1, socket.MSG_OOB)
            return f"{out_of_line.decode()} after {read_all(connection).decode()}"


def send_urgent(port):
    """Text, urgent text, text."""
    with listen(port) as listener:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"one ")
            connection.send(b"two!", socket.MSG_OOB)
            connection.sendall(b" three")
            return "sent"


def ask_and_read_nothing(host, port, path):
    """Asks a server for a file, and leaves the answer where it is until somebody ends this program."""
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        print("asked")
        signal.pause()


class Talk:
    """One of many echo conversations."""

    def __init__(self, number, host, port, count):
        self.text = pattern(count, salt=number & 0xFF)
        self.sent = 0
        self.got = 0
        self.right = True
        self.over = False
        self.connection = socket.socket(family_of(host))
        self.connection.setblocking(False)
        self.connection.connect_ex((host, port))

    def step(self, ready, selector):
        if ready & selectors.EVENT_WRITE and self.sent < len(self.text):
            self.sent += self.connection.send(self.text[self.sent :])
            if self.sent == len(self.text):
                self.connection.shutdown(socket.SHUT_WR)
                selector.modify(self.connection, selectors.EVENT_READ, self)
        if ready & selectors.EVENT_READ:
            part = self.connection.recv(1 << 16)
            self.right = self.right and part == self.text[self.got : self.got + len(part)]
            self.got += len(part)
            self.over = not part


def echo_many(host, port, connections, count):
    """Many connections at once, all of them open before the first may end."""
    wanted = int(connections)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted + 100, max(wanted + 100, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    selector = selectors.DefaultSelector()
    open_talks = {Talk(number, host, int(port), int(count)) for number in range(wanted)}
    everyone = list(open_talks)
    for talk in everyone:
        selector.register(talk.connection, selectors.EVENT_READ | selectors.EVENT_WRITE, talk)
    errors = {}
    while open_talks:
        ready = selector.select(45)
        if not ready:
            return f"{len(open_talks)} connections stand still, {sum(t.got for t in everyone)} bytes came back"
        for key, events in ready:
            talk = key.data
            try:
                talk.step(events, selector)
            except BlockingIOError:
                continue
            except OSError as error:
                errors[str(error)] = errors.get(str(error), 0) + 1
                talk.over = True
            if talk.over:
                selector.unregister(talk.connection)
                talk.connection.close()
                open_talks.discard(talk)
    whole = sum(talk.right and talk.got == len(talk.text) for talk in everyone)
    return f"{whole} of {wanted} whole" + (f"; {errors}" if errors else "")


def echo_request(kind, number, size):
    """An ICMP echo request with the checksum of IPv4 (RFC 792); that of ICMPv6 the kernel makes."""
    text = pattern(size, salt=number)
    packet = struct.pack(">BBHHH", kind, 0, 0, 0x4846, number) + text
    padded = packet + b"\0" * (len(packet) % 2)
    total = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return packet[:2] + struct.pack(">H", ~total & 0xFFFF) + packet[4:]


def ping(host, size):
    """Three echo requests; each reply has to be the request with another type."""
    ipv6 = family_of(host) == socket.AF_INET6
    protocol, request_type, reply_type = (socket.IPPROTO_ICMPV6, 128, 129) if ipv6 else (socket.IPPROTO_ICMP, 8, 0)
    with socket.socket(family_of(host), socket.SOCK_RAW, protocol) as raw:
        raw.settimeout(10)
        for number in range(3):
            request = echo_request(request_type, number, int(size))
            raw.sendto(request, (host, 0))
            reply, sender = raw.recvfrom(65536)
            while ipv6 and reply[0] != reply_type:  # neighbor discovery comes here too
                reply, sender = raw.recvfrom(65536)
            if not ipv6:
                reply = reply[(reply[0] & 15) * 4 :]
            if sender[0] != host or reply[:2] != bytes([reply_type, 0]) or reply[4:] != request[4:]:
                return f"a strange reply of {len(reply)} bytes from {sender[0]}"
    return "3 replies"


def exchange(host, port, text, end=False):
    """Sends raw bytes and reads to the end of what comes back."""
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(text)
        if end:
            connection.shutdown(socket.SHUT_WR)
        return read_all(connection).decode("latin-1")


def answer_fast_open(port):
    """Two connections, one text each, which comes back in capitals. Tells how many SYNs had their text taken."""
    before = fast_opens_taken()
    with socket.socket(FAMILY) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("", int(port)))
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
        listener.listen()
        print("listening")
        for _ in range(2):
            connection, _ = listener.accept()
            with connection:
                connection.sendall(connection.recv(1 << 16).upper())
    return f"{fast_opens_taken() - before} taken with the SYN"


def fast_opens_taken():
    """The kernel's count, of this namespace."""
    with open("/proc/net/netstat") as file:
        lines = [line.split() for line in file if line.startswith("TcpExt:")]
    return int(dict(zip(*lines))["TCPFastOpenPassive"])


def http(host, port):
    """What no ordinary browser would send. The directory holds `small` ("0123456789") and nothing else."""
    close = "Host: h\r\nConnection: close\r\n\r\n"
    one = {
        f"GET /small HTTP/1.1\r\nRange: bytes=-3\r\n{close}": ("206", "\r\n\r\n789"),
        f"GET /small HTTP/1.1\r\nRange: bytes=2-4\r\n{close}": ("206", "\r\n\r\n234"),
        f"GET /small HTTP/1.1\r\nRange: bytes=10-\r\n{close}": ("416", "bytes */10"),
        f"HEAD /small HTTP/1.1\r\n{close}": ("200", "Content-Length: 10\r\n"),
        f"GET / HTTP/1.1\r\n{close}": ("200", '<a href="small">'),
        f"GET /small HTTP/1.1\r\nIf-None-Match: *\r\n{close}": ("304", "ETag"),
        "GET /small HTTP/1.0\r\n\r\n": ("200", "0123456789"),
        f"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n{close}": ("400", ""),
        f"GET /nothing HTTP/1.1\r\n{close}": ("404", ""),
        f"GET /out HTTP/1.1\r\n{close}": ("403", ""),
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + "x" * 100000: ("405", "Allow: GET, HEAD"),
        "GET / HTTP/1.1\r\n\r\n": ("400", ""),
        "GET / HTTP/3.0\r\n\r\n": ("505", ""),
        "BREW / HTTP/1.1\r\n\r\n": ("501", ""),
        "GET / HTTP/1.1\r\nX: " + "y" * 20000: ("431", ""),
        "GET /" + "y" * 20000: ("414", ""),
        "GET / HTTP/1.1\r\nHost": ("408", "close"),
    }
    for text, (status, part) in one.items():
        answer = exchange(host, port, text.encode())
        if not answer.startswith(f"HTTP/1.1 {status} ") or part not in answer:
            return f"{text[:60]!r}: {answer[:300]!r}"
    many = 500
    piped = exchange(host, port, b"GET /small HTTP/1.1\r\nHost: h\r\n\r\n" * many, end=True)
    if piped.count("HTTP/1.1 200 OK") != many or piped.count("\r\n\r\n0123456789") != many:
        return f"{piped.count('HTTP/1.1 200 OK')} of {many} pipelined requests were answered"
    return "all as expected"


def main():
    verbs = {
        "http": http,
        "ping": ping,
        "echo-half-closing": echo_half_closing,
        "answer-after-end": answer_after_end,
        "reset-at-once": reset_at_once,
        "send-until-reset": send_until_reset,
        "tell-texts": tell_texts,
        "tell-texts-of": tell_texts_of,
        "answer-fast-open": answer_fast_open,
        "take-urgent": take_urgent,
        "send-urgent": send_urgent,
        "ask-and-read-nothing": ask_and_read_nothing,
        "echo-many": echo_many,
    }
    arguments = sys.argv[1:]
    if arguments[0] == "--ipv6":
        global FAMILY
        FAMILY = socket.AF_INET6
        del arguments[0]
    print(f"result: {verbs[arguments[0]](*arguments[1:])}")


if __name__ == "__main__":
    main()
