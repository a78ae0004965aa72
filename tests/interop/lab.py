"""A place of its own for one test: a network namespace with a TUN or TAP device, and the programs that run in it.

Nothing outside of the namespace is touched. It is removed when the test ends, in whatever way; one that a killed test left
behind is removed by the next. Programs die with the test that started them.
"""

import atexit
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
DEVICE = "hf0"
PREFIX = "hf-it-"


class Failed(Exception):
    """A sentence that says what went wrong."""


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            skip(f"{program} is not installed")


def check(condition, sentence):
    if not condition:
        raise Failed(sentence)


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Net:
    """The addresses of one version: the kernel's and the host's on the device, and those of a network behind the kernel."""

    def __init__(self, ipv6):
        self.ipv6 = ipv6
        near, far, self.length = ("fd00:77::", "fd00:78::", 64) if ipv6 else ("10.77.0.", "10.78.0.", 24)
        self.kernel, self.host = f"{near}1", f"{near}2"
        self.router, self.far = f"{far}1", f"{far}2"
        self.host_prefix = self.prefix(self.host)
        self.field = "ipv6" if ipv6 else "ip"
        self.icmp = "ipv6-icmp" if ipv6 else "icmp"
        self.version = "-6" if ipv6 else "-4"
        # An address that the kernel still asks others about cannot be used, and nobody is there to answer.
        self.at_once = ["nodad"] if ipv6 else []

    def prefix(self, address):
        return f"{address}/{self.length}"

    def in_url(self, address):
        return f"[{address}]" if self.ipv6 else address

    def url(self, path, port=80):
        """Of what the host serves."""
        return f"http://{self.in_url(self.host)}:{port}/{path}"


class Program:
    """A process whose output goes to files, so that it can be read at any time."""

    def __init__(self, title, command, folder, stdin):
        self.title = title
        self.out_path = os.path.join(folder, f"{title}.out")
        self.err_path = os.path.join(folder, f"{title}.err")
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.process = subprocess.Popen(
                command, stdin=stdin, stdout=out, stderr=err, preexec_fn=_die_with_parent, close_fds=True
            )

    def output(self):
        with open(self.out_path, errors="replace") as file:
            return file.read(1 << 16)

    def errors(self):
        with open(self.err_path, errors="replace") as file:
            return file.read()

    def wait_for(self, text, seconds=20):
        """Waits until the program said `text`."""
        end = time.monotonic() + seconds
        while True:
            ended = self.process.poll() is not None
            if text in self.errors() or text in self.output():
                return
            if ended:
                raise Failed(f"{self.title} ended with {self.process.returncode} before it said {text!r}: {self.errors()}")
            check(time.monotonic() < end, f"{self.title} did not say {text!r} within {seconds} s: {self.errors()}")
            time.sleep(0.01)

    def join(self, seconds=60, code=0):
        """Waits for the end and demands an exit code."""
        try:
            got = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.title} still runs after {seconds} s: {self.errors()[-2000:]}") from None
        check(got == code, f"{self.title} ended with {got}, not {code}: {self.errors()[-2000:]}{self.output()[-500:]}")

    def stop(self, code=0):
        self.process.send_signal(signal.SIGTERM)
        self.join(20, code)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Lab:
    def __init__(self, handfast, tap, seconds, ipv6=False):
        if os.geteuid() != 0:
            skip("needs root: a network namespace and a TUN device are made")
        if not os.path.exists("/dev/net/tun"):
            skip("/dev/net/tun is missing: load the tun module")
        need("ip")
        self.handfast = os.path.abspath(handfast)
        self.tap = tap
        self.net = Net(ipv6)
        self.programs = []
        self.folder = tempfile.mkdtemp(prefix=PREFIX)
        os.chmod(self.folder, 0o755)
        self.name = f"{PREFIX}{os.getpid()}"
        self.far = f"{self.name}-far"
        atexit.register(self.remove)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(number, self._ended_by_signal)
        signal.alarm(seconds)
        _remove_left_over()
        self._make()

    def _ended_by_signal(self, number, _frame):
        raise Failed("the test took too long" if number == signal.SIGALRM else f"ended by signal {number}")

    def _make(self):
        made = subprocess.run(["ip", "netns", "add", self.name], capture_output=True, text=True)
        if made.returncode != 0:
            skip(f"no network namespace can be made: {made.stderr.strip()}")
        self.ip("link", "set", "lo", "up")
        device = ["ip", "-n", self.name, "tuntap", "add", "dev", DEVICE, "mode", "tap" if self.tap else "tun"]
        made = subprocess.run(device, capture_output=True, text=True)
        if made.returncode != 0:
            skip(f"no {'TAP' if self.tap else 'TUN'} device can be made: {made.stderr.strip()}")
        net = self.net
        if not self.sysctl("net.ipv6.conf.all.disable_ipv6", "0" if net.ipv6 else "1", must=False) and net.ipv6:
            skip("the kernel has no IPv6")
        self.ip("addr", "add", net.prefix(net.kernel), "dev", DEVICE, *net.at_once)
        self.ip("link", "set", DEVICE, "up")
        # The machine's default may be BBR, which paces by a model; what loss does is easier to foretell with these.
        if not self.sysctl("net.ipv4.tcp_congestion_control", "cubic", must=False):
            self.sysctl("net.ipv4.tcp_congestion_control", "reno")
        used = self.run(["sysctl", "-n", "net.ipv4.tcp_congestion_control"]).stdout.strip()
        print(f"{'TAP' if self.tap else 'TUN'} in namespace {self.name}, {net.host_prefix}; the kernel's congestion control is {used}")

    def make_far(self, mtu, reports):
        """A second namespace behind the first, which becomes a router to it: net.far, over a way that carries `mtu` bytes.

        Both ends of the link take 1500 bytes, and offer them; only the routes know better. The router says so by ICMP where
        `reports`, and has no way to say anything otherwise.
        """
        net = self.net
        subprocess.run(["ip", "netns", "add", self.far], check=True)
        self.ip("link", "add", "far0", "type", "veth", "peer", "name", "near0", "netns", self.far)
        self.ip("addr", "add", net.prefix(net.router), "dev", "far0", *net.at_once)
        self.ip("link", "set", "far0", "up")
        for command in (["link", "set", "lo", "up"], ["addr", "add", net.prefix(net.far), "dev", "near0", *net.at_once],
                        ["link", "set", "near0", "up"], [net.version, "route", "add", "default", "via", net.router]):
            subprocess.run(["ip", "-n", self.far, *command], check=True)
        self.sysctl("net.ipv6.conf.all.forwarding" if net.ipv6 else "net.ipv4.ip_forward", "1")
        self.ip(net.version, "route", "add", net.far, "dev", "far0", "mtu", "lock", str(mtu))
        self.ip(net.version, "route", "add", net.host, "dev", DEVICE, "mtu", "lock", str(mtu))
        if not reports:
            self.ip(net.version, "rule", "add", "ipproto", net.icmp, "to", net.host, "blackhole")

    def ip(self, *arguments):
        subprocess.run(["ip", "-n", self.name, *arguments], check=True)

    def sysctl(self, name, value, must=True):
        done = self.run(["sysctl", "-q", "-w", f"{name}={value}"], must=must)
        return done.returncode == 0

    def inside(self, command):
        return ["ip", "netns", "exec", self.name, *command]

    def run(self, command, seconds=60, must=True):
        """Runs a command inside to its end."""
        done = subprocess.run(
            self.inside(command), capture_output=True, text=True, timeout=seconds, preexec_fn=_die_with_parent
        )
        if must and done.returncode != 0:
            raise Failed(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}{done.stdout}")
        return done

    def run_far(self, command, seconds=60):
        """Runs a command in the far namespace to its end."""
        done = subprocess.run(
            ["ip", "netns", "exec", self.far, *command], capture_output=True, text=True, timeout=seconds, preexec_fn=_die_with_parent
        )
        if done.returncode != 0:
            raise Failed(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}{done.stdout}")
        return done

    def start(self, title, command, stdin=subprocess.DEVNULL, far=False):
        inside = ["ip", "netns", "exec", self.far, *command] if far else self.inside(command)
        program = Program(title, inside, self.folder, stdin)
        self.programs.append(program)
        return program

    def stack(self, *arguments, says=None, stdin=subprocess.DEVNULL):
        """Starts handfast on the device, and waits until it says `says`."""
        options = ["--device", DEVICE, "--address", self.net.host_prefix, "-v", *(["--tap"] if self.tap else [])]
        program = self.start("handfast", [self.handfast, *arguments, *options], stdin)
        if says is not None:
            program.wait_for(says)
        return program

    def peer(self, what, *arguments, says=None):
        """Starts one of the kernel's programs of peer.py."""
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer.py")
        version = ["--ipv6"] if self.net.ipv6 else []
        program = self.start(f"peer-{what}", [sys.executable, "-u", script, *version, what, *map(str, arguments)])
        if says is not None:
            program.wait_for(says)
        return program

    def path(self, name):
        return os.path.join(self.folder, name)

    def tell_programs(self):
        """What every program said, for whoever looks into a failure."""
        for program in self.programs:
            said = (program.errors() + program.output())[-3000:]
            print(f"--- {program.title} ({program.process.poll()}):\n{said}", file=sys.stderr)

    def remove(self):
        signal.alarm(0)
        for program in self.programs:
            program.kill()
        for name in (self.far, self.name):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def _remove_left_over():
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout
    for line in listed.splitlines():
        name = line.split()[0]
        number = name.removeprefix(PREFIX).removesuffix("-far")
        if name.startswith(PREFIX) and number.isdigit() and not os.path.exists(f"/proc/{number}"):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
