#!/usr/bin/env python3
"""One end of a telephone call: record-voice.py LOCAL REMOTE PORT SECONDS

Sends RTP as a G.711 telephone does: 160 bytes of sound every 20 ms. Both ends run
it, so the call has a stream each way.
"""

import random
import socket
import struct
import sys
import time

PERIOD = 0.020
SAMPLES = 160

local, remote, port, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
family = socket.AF_INET6 if ":" in local else socket.AF_INET
sock = socket.socket(family, socket.SOCK_DGRAM)
sock.bind((local, port))

source = random.getrandbits(32)
silence = b"\xff" * SAMPLES
start = time.monotonic()
for n in range(int(seconds / PERIOD)):
    # Each packet has its own place on the clock, so that lateness does not add up.
    time.sleep(max(0.0, start + n * PERIOD - time.monotonic()))
    rtp = struct.pack("!BBHII", 0x80, 0, n & 0xFFFF, n * SAMPLES, source)
    sock.sendto(rtp + silence, (remote, port))
