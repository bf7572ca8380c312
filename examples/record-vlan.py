#!/usr/bin/env python3
"""An 802.1Q sub-interface in user space: record-vlan.py PARENT ID NAME

Does what `ip link add link PARENT name NAME type vlan id ID` does. Small kernels
(cloud images, micro VMs) are often built without the 8021q module, but nearly all
have TAP and packet sockets, so the recording does not depend on that module.
"""

import ctypes
import fcntl
import os
import select
import socket
import struct
import sys

ETH_P_ALL = 0x0003
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000
SO_ATTACH_FILTER = 26
TUNSETIFF = 0x400454CA

parent, vlan, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]

tap = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))

# On receipt the kernel moves the tag out of the frame and into the packet's metadata
# before a packet socket sees it. The filter can still read it there: it keeps this
# VLAN's frames, which then arrive already untagged, and spares us all the others.
code = b"".join(
    struct.pack("HBBI", *step)
    for step in (
        (0x20, 0, 0, 0xFFFFF02C),  # load the VLAN tag (SKF_AD_OFF + SKF_AD_VLAN_TAG)
        (0x54, 0, 0, 0x0FFF),  # keep its 12 bits of VLAN id
        (0x15, 0, 1, vlan),  # equal? else skip one
        (0x06, 0, 0, 0x40000),  # take the whole frame
        (0x06, 0, 0, 0),  # take nothing
    )
)
program = ctypes.create_string_buffer(code, len(code))
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
raw.setsockopt(
    socket.SOL_SOCKET,
    SO_ATTACH_FILTER,
    struct.pack("HP", len(code) // 8, ctypes.addressof(program)),
)
raw.bind((parent, ETH_P_ALL))

tag = struct.pack("!HH", 0x8100, vlan)
while True:
    for ready in select.select((tap, raw), (), ())[0]:
        try:
            if ready is raw:
                os.write(tap, raw.recv(2048))
            else:
                frame = os.read(tap, 2048)
                raw.send(frame[:12] + tag + frame[12:])
        except OSError:
            pass  # one of the two is still down: the frame is lost, as on a wire
