#!/usr/bin/env python3
"""Writes the seeds in corpus/<target>/. Each is one well-formed input or one row of the catalogue of bad ones.

The fuzzer reaches most of a parser from a few honest inputs; the broken ones are here so that a plain replay meets them.
Run it after changing it; its output is committed.
"""

import pathlib
import struct

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"

HOST_MAC = bytes.fromhex("020000000001")
PEER_MAC = bytes.fromhex("020000000002")
HOST = bytes([192, 0, 2, 1])
PEER = bytes([198, 51, 100, 2])
HOST6 = bytes.fromhex("20010db8000000000000000000000001")
PEER6 = bytes.fromhex("20010db8000000000000000000000002")

MSS = bytes([2, 4, 5, 0xB4])
SACK_PERMITTED = bytes([4, 2])
TIMESTAMPS = bytes([8, 10, 0, 0, 0, 7, 0, 0, 0, 9])
WINDOW_SCALE = bytes([1, 3, 3, 7])
LINUX_SYN = MSS + SACK_PERMITTED + TIMESTAMPS + WINDOW_SCALE


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def patched(data, offset):
    return data[:offset] + struct.pack(">H", checksum(data)) + data[offset + 2:]


def ipv4(payload, protocol=6, options=b"", ihl=None, total=None, fragment=0x4000):
    words = 5 + len(options) // 4 if ihl is None else ihl
    length = 20 + len(options) + len(payload) if total is None else total
    header = struct.pack(">BBHHHBBH", 0x40 | words, 0, length, 0x1234, fragment, 64, protocol, 0)
    return patched(header + HOST + PEER + options, 10) + payload


def ipv6(payload, next_header=6, length=None):
    size = len(payload) if length is None else length
    return struct.pack(">IHBB", 0x60012345, size, next_header, 64) + HOST6 + PEER6 + payload


def tcp(flags=0x10, options=b"", text=b"", offset=None):
    words = 5 + len(options) // 4 if offset is None else offset
    return struct.pack(">HHIIHHHH", 40000, 80, 0xFFFFFFF0, 7, words << 12 | flags, 65535, 0, 0) + options + text


def icmp(kind, code, rest, body):
    return patched(struct.pack(">BBHI", kind, code, 0, rest) + body, 2)


def arp(operation=1, hardware=1, length=6):
    return struct.pack(">HHBBH", hardware, 0x0800, length, 4, operation) + HOST_MAC + HOST + bytes(6) + PEER


def ethernet(kind, payload):
    return PEER_MAC + HOST_MAC + struct.pack(">H", kind) + payload


def block(order, kind, body):
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def option(order, code, value):
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order):
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(order, resolution):
    options = option(order, 2, b"tun0") + option(order, 9, bytes([resolution])) + option(order, 0, b"")
    return block(order, 1, struct.pack(order + "HHI", 101, 0, 0) + options)


def enhanced(order, data, options=b"", kept=None):
    size = len(data) if kept is None else kept
    head = struct.pack(order + "IIIII", 0, 1, 2, size, len(data))
    return block(order, 6, head + data + bytes(-len(data) % 4) + options)


def pcapng(order, resolution=9):
    options = option(order, 1, b"RFC 9293") + option(order, 2, struct.pack(order + "I", 1)) + option(order, 0, b"")
    simple = block(order, 3, struct.pack(order + "I", 3) + b"abc\0")
    obsolete = block(order, 2, struct.pack(order + "HHIIII", 0, 0, 0, 5, 4, 4) + b"abcd")
    packet = enhanced(order, ipv4(tcp(0x02, LINUX_SYN)), options)
    return section(order) + interface(order, resolution) + packet + simple + obsolete


def pcap(order, magic):
    header = struct.pack(order + "IHHIIII", magic, 2, 4, 0, 0, 65535, 101)
    return header + struct.pack(order + "IIII", 1, 2, 4, 9) + b"abcd"


# One line of each kind that a script has, and the forms that its parser tells apart.
SCRIPT = r"""--local_ip=192.0.2.1
--define=FD=3
`true`
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = FD
+0 setsockopt(FD, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+.1 < S 0:0(0) win 65535 <mss 1000,sackOK,nop,nop,nop,wscale 7>
* > S. 0:0(0) ack 1 <...>
+.05...0.2 read(4, ..., 1000) = -1 EAGAIN (Resource temporarily unavailable)
+0~+.1 > P. 1:1001(1000) ack 1
+0 %{ assert tcpi_snd_cwnd == 10, 'cwnd=%d' % tcpi_snd_cwnd }%
`true`
"""
SCRIPT_PACKETS = r"""0 > [ect0] 8080 > 80 P.5 1:11(10) ack 1 win 5 <TS val 1 ecr 2,nop,nop,sack 1:2 3:4,nop,nop>
0 > (tos 0xfc, flowlabel 0x1) SEW 0:0(0) <FO COOKIE,nop,nop,FOEXP abcd,nop,nop>
0 > (ttl 3) - 0:0(0) <md5 00112233445566778899aabbccddeeff,nop,nop>
0 > . 1:1(0) <ECN e1b 1 ceb 2 e0b 3,eol>
0 < icmp unreachable frag_needed mtu 1200 [1:1001(1000)]
0 < icmp echo_request id 7 [raw (8)]
0 > udp 5 > 6 (100)
0 > U. 1:2(1) ack 1 urg 1
"""
SCRIPT_CALLS = r"""0 bind(3, {sa_family = AF_INET, sin_port = htons(PORT), sin_addr = inet_addr("192.0.2.1")}, ...) = 0
0 recvmsg(3, {msg_name(...)=..., msg_iov(2)=[{..., 10}, {..., 20}], msg_flags=MSG_EOR|MSG_OOB, msg_control=[]}, 0) = 0
0 epoll_wait(5, {events=EPOLLIN, ptr=0}, 1, 0) = 0x1 (flags O_RDWR)
0 write(3, "a\x00\"\n" "b"..., 5) = 5
"""
SCRIPT_CODE = r"""0 %{
x = 1.5e1 // 2; x += -0x10 % 7 # both
assert 10 <= tcpi_snd_cwnd <= 12 and not (x in (1, 2,)) or abs(x) > 3, "%05d|%-4s|%.2f" % (x, 'a\'', 1/3)
print(x, [1], len("abc"), ~1 << 2 | 3 ^ 4 & 5)
assert TCP_CA_Open == 0, \
  tcpi_ca_state
}%
"""


def seeds():
    yield "ethernet_arp", "arp_request", ethernet(0x0806, arp())
    yield "ethernet_arp", "arp_reply_padded", ethernet(0x0806, arp(2) + bytes(18))
    yield "ethernet_arp", "arp_wrong_hardware", ethernet(0x0806, arp(1, 6))
    yield "ethernet_arp", "arp_length_lies", ethernet(0x0806, arp(1, 1, 255))
    yield "ethernet_arp", "arp_cut", ethernet(0x0806, arp()[:27])
    yield "ethernet_arp", "ipv4", ethernet(0x0800, ipv4(tcp()))
    yield "ethernet_arp", "ieee_802_3", ethernet(46, bytes(46))
    yield "ethernet_arp", "runt", ethernet(0x0800, b"")[:13]

    yield "ipv4", "tcp", ipv4(tcp())
    yield "ipv4", "padded", ipv4(tcp()) + bytes(6)
    yield "ipv4", "options", ipv4(tcp(), options=bytes([148, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0, 0]))
    yield "ipv4", "source_route", ipv4(tcp(), options=bytes([131, 7, 4, 203, 0, 113, 1, 0]))
    yield "ipv4", "option_length_0", ipv4(tcp(), options=bytes([148, 0, 0, 0]))
    yield "ipv4", "option_past_end", ipv4(tcp(), options=bytes([1, 1, 148, 3]))
    yield "ipv4", "a1_total_below_header", ipv4(tcp(), total=19)
    yield "ipv4", "a2_total_above_frame", ipv4(tcp(), total=41)
    yield "ipv4", "a3_ihl_4", ipv4(tcp(), ihl=4)
    yield "ipv4", "a3_ihl_15", ipv4(b"", ihl=15)
    yield "ipv4", "a10_ping_of_death", ipv4(bytes(24), 1, fragment=0x1FFF)
    yield "ipv4", "first_fragment", ipv4(bytes(24), 17, fragment=0x2000)

    yield "ipv6", "tcp", ipv6(tcp())
    yield "ipv6", "padded", ipv6(tcp()) + bytes(4)
    yield "ipv6", "a2_length_above_frame", ipv6(tcp(), length=21)
    yield "ipv6", "length_0_hop_by_hop", ipv6(tcp(), 0, 0)
    yield "ipv6", "cut", ipv6(b"")[:39]
    options = bytes([6, 0, 5, 2, 0, 0, 1, 0])
    yield "ipv6", "hop_by_hop", ipv6(options + tcp(), 0)
    yield "ipv6", "destination_then_hop_by_hop", ipv6(bytes([0]) + options[1:] + options + tcp(), 60)
    yield "ipv6", "routing_header_0", ipv6(bytes([6, 2, 0, 1, 0, 0, 0, 0]) + PEER6 + tcp(), 43)
    yield "ipv6", "routing_header_over", ipv6(bytes([6, 2, 4, 0, 0, 0, 0, 0]) + PEER6 + tcp(), 43)
    yield "ipv6", "atomic_fragment", ipv6(bytes([6, 0, 0, 0, 1, 2, 3, 4]) + tcp(), 44)
    yield "ipv6", "first_fragment", ipv6(bytes([6, 0, 0, 1, 1, 2, 3, 4]) + tcp(), 44)
    yield "ipv6", "e1_length_past_end", ipv6(bytes([6, 255, 1, 4, 0, 0, 0, 0]), 60)
    yield "ipv6", "e1_many_headers", ipv6(bytes([60, 0, 1, 4, 0, 0, 0, 0]) * 20 + tcp(), 60)
    yield "ipv6", "option_past_end", ipv6(bytes([6, 0, 9, 9, 0, 0, 0, 0]) + tcp(), 60)
    yield "ipv6", "option_not_to_be_skipped", ipv6(bytes([6, 0, 0xC2, 4, 0, 1, 0, 0]) + tcp(), 0)
    yield "ipv6", "padding", ipv6(bytes([6, 1]) + bytes(14) + tcp(), 60)
    yield "ipv6", "no_next_header", ipv6(b"rest", 59)

    quote = ipv4(tcp(0x18, LINUX_SYN, b"text"))
    long_quote = ipv4(tcp(), options=bytes([1] * 40))
    yield "icmpv4", "echo_request", icmp(8, 0, 0x00010002, b"abcdefg")
    yield "icmpv4", "echo_reply", icmp(0, 0, 0x00010002, b"")
    yield "icmpv4", "a6_short", icmp(8, 0, 0, b"")[:7]
    yield "icmpv4", "port_unreachable", icmp(3, 3, 0, ipv4(bytes(8), 17))
    yield "icmpv4", "fragmentation_needed", icmp(3, 4, 1400, quote[:28])
    yield "icmpv4", "a7_long_options", icmp(3, 4, 576, long_quote[:68])
    yield "icmpv4", "a7_quote_cut_in_options", icmp(3, 4, 576, long_quote[:44])
    yield "icmpv4", "a7_quote_cut_in_ports", icmp(11, 0, 0, quote[:23])
    yield "icmpv4", "parameter_problem", icmp(12, 0, 0x14000000, quote[:28])
    yield "icmpv4", "source_quench", icmp(4, 0, 0, quote[:28])

    quote6 = ipv6(tcp(0x18, LINUX_SYN, b"text"))
    yield "icmpv6", "echo_request", icmp(128, 0, 0x00010002, b"abcdefg")
    yield "icmpv6", "a6_short", icmp(128, 0, 0, b"")[:7]
    yield "icmpv6", "port_unreachable", icmp(1, 4, 0, quote6)
    yield "icmpv6", "packet_too_big", icmp(2, 0, 1400, quote6[:48])
    yield "icmpv6", "a7_quote_cut_in_ports", icmp(3, 0, 0, quote6[:43])
    yield "icmpv6", "quote_behind_fragment", icmp(2, 0, 1400, ipv6(bytes(8) + tcp(), 44))
    yield "icmpv6", "parameter_problem", icmp(4, 1, 6, quote6[:48])
    yield "icmpv6", "unknown_error", icmp(100, 0, 0, quote6[:48])

    yield "tcp", "syn", tcp(0x02, LINUX_SYN)
    yield "tcp", "ack_timestamps", tcp(0x10, b"\1\1" + TIMESTAMPS, b"text")
    yield "tcp", "sack", tcp(0x10, b"\1\1" + TIMESTAMPS + b"\1\1" + bytes([5, 26]) + bytes(range(24)))
    yield "tcp", "four_sack_blocks", tcp(0x10, bytes([5, 34]) + bytes(range(32)) + b"\1\1")
    yield "tcp", "accurate_ecn", tcp(0x10, bytes([172, 11]) + bytes(range(9)) + b"\1")
    yield "tcp", "accurate_ecn_other_order", tcp(0x10, b"\1\1" + TIMESTAMPS + bytes([174, 8]) + bytes(range(6)))
    yield "tcp", "accurate_ecn_odd", tcp(0x10, bytes([172, 4, 1, 2]))
    yield "tcp", "fast_open", tcp(0x02, MSS + bytes([34, 10]) + b"cookie!!" + b"\1\1")
    yield "tcp", "fast_open_experimental", tcp(0x02, bytes([254, 12, 0xF9, 0x89]) + b"cookie!!")
    yield "tcp", "fast_open_odd", tcp(0x02, bytes([34, 7]) + b"cooki" + b"\1")
    yield "tcp", "user_timeout", tcp(0x02, LINUX_SYN + bytes([28, 4, 0x80, 5]))
    yield "tcp", "user_timeout_zero", tcp(0x10, bytes([28, 4, 0, 0, 28, 3, 1, 1]))
    yield "tcp", "user_timeout_without_room", tcp(0x02, MSS + TIMESTAMPS + WINDOW_SCALE[1:] + bytes([34, 18]) + bytes(16) + bytes([28, 4, 0, 9]) + b"\1")
    yield "tcp", "unknown", tcp(0x02, bytes([77, 6, 1, 2, 3, 4, 1, 1]))
    yield "tcp", "b1_length_0", tcp(0x10, bytes([8, 0, 1, 1]))
    yield "tcp", "b2_length_1", tcp(0x10, bytes([1, 2, 1, 1]))
    yield "tcp", "b2_past_end", tcp(0x10, bytes([1, 1, 2, 4]))
    yield "tcp", "b3_mss_0", tcp(0x02, bytes([2, 4, 0, 0]))
    yield "tcp", "b4_window_scale_255", tcp(0x02, bytes([1, 3, 3, 255]))
    yield "tcp", "b6_sack_length_9", tcp(0x10, bytes([5, 9]) + bytes(7) + bytes([1, 1, 1]))
    yield "tcp", "b10_nops_and_duplicates", tcp(0x02, b"\1" * 20 + MSS * 5)
    yield "tcp", "b11_bytes_behind_end", tcp(0x02, bytes([0, 2, 0, 255]))
    yield "tcp", "a3_offset_4", tcp(0x10, offset=4)
    yield "tcp", "a3_offset_15", tcp(0x10, offset=15)
    yield "tcp", "cut", tcp()[:19]

    yield "pcapng", "little_endian", pcapng("<")
    yield "pcapng", "big_endian", pcapng(">", 6)
    yield "pcapng", "binary_resolution", pcapng("<", 0xBF)
    yield "pcapng", "absurd_resolution", pcapng("<", 0xFF)
    yield "pcapng", "two_sections", pcapng("<") + pcapng(">")
    yield "pcapng", "kept_lies", section("<") + interface("<", 9) + enhanced("<", b"abcd", kept=0xFFFFFFFF)
    yield "pcapng", "no_interface", section("<") + enhanced("<", b"abcd")
    yield "pcapng", "cut", pcapng("<")[:-5]
    yield "pcapng", "classic_microseconds", pcap("<", 0xA1B2C3D4)
    yield "pcapng", "classic_nanoseconds", pcap(">", 0xA1B23C4D)

    yield "script", "connection", SCRIPT.encode()
    yield "script", "packets", SCRIPT_PACKETS.encode()
    yield "script", "calls", SCRIPT_CALLS.encode()
    yield "script", "code", SCRIPT_CODE.encode()
    yield "script", "comments", b"/* a ** b */ 0 // c\n`d` /**/ // e"
    yield "script", "encapsulated", b"0 > gre: . 1:1(0)"
    yield "script", "mpls_stack", b"0 f({(label 0, tc 0, [S], ttl 0)}) = 0"
    yield "script", "open_string", b'0 f("a\\'
    yield "script", "open_code", b"0 %{ x = 1 }"
    yield "script", "range_backward", b"+.2~+.1 > . 1:1(0)"
    yield "script", "lengths_disagree", b"0 > . 1:3(1)"
    yield "script", "options_too_long", b"0 > . 1:1(0) <sack 1:2 1:2 1:2 1:2 1:2,nop,nop>"
    yield "script", "deep_list", b"0 f(" + b"[" * 40
    yield "script", "deep_code", b"0 %{ x = " + b"(" * 40 + b"}%"
    yield "script", "large_numbers", b"0 f(9223372036854775807, 0x7fffffffffffffff, -9223372036854775808) = 0"
    yield "script", "too_large_numbers", b"0 %{ x = 9223372036854775807 + 1 }%"


def main():
    for target, name, data in seeds():
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
