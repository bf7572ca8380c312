#!/usr/bin/env bash
#
# Records office.pcap.gz: a small office and its servers, for about 25 seconds.
#
#   sudo examples/record.sh [OUTPUT.pcap.gz]
#
# Needs Debian 12 or later and these packages:
#
#   apache2-utils bind9-dnsutils dnsmasq-base ethtool hping3 iperf3 iproute2
#   iputils-ping nginx-light procps python3 redis-server redis-tools tcpdump wrk
#
#   desk1..desk4 --+
#                  +-- switch --[lan0]-- router -- servers
#   phone (VLAN) --+               ^
#                                  tcpdump
#
# Every box is a network namespace made here and removed on any exit. None has a way
# out to the host or beyond it, so the flood and the spoofed addresses stay inside.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/office.pcap.gz}
readonly here out
readonly seconds=24   # how long the longest of the programs talk
readonly limit=60     # no client program may live longer than this
readonly vlan=10

die() { echo "record.sh: $*" >&2; exit 1; }

[[ $EUID -eq 0 ]] || die "must run as root (it makes network namespaces)"

need() { command -v "$1" >/dev/null || die "no '$1': apt-get install $2"; }
PATH=$PATH:/usr/sbin:/sbin
need ab apache2-utils
need dig bind9-dnsutils
need dnsmasq dnsmasq-base
need ethtool ethtool
need hping3 hping3
need iperf3 iperf3
need ip iproute2
need ping iputils-ping
need nginx nginx-light
need sysctl procps
need python3 python3
need redis-server redis-server
need redis-benchmark redis-tools
need tcpdump tcpdump
need wrk wrk
[[ -c /dev/net/tun ]] || die "no /dev/net/tun: modprobe tun"

# The process id keeps two recordings, or a namespace of yours, from colliding.
readonly prefix=weir$$
readonly boxes=(router switch servers desk1 desk2 desk3 desk4 phone)
tmp=$(mktemp -d)
readonly tmp

cleanup() {
  trap '' INT TERM
  disown -a # else bash reports each end below as an accident
  local box pids
  for box in "${boxes[@]}"; do
    # By namespace, so that nothing but what runs in ours can be hit.
    pids=$(ip netns pids "$prefix-$box" 2>/dev/null) || continue
    # shellcheck disable=SC2086
    [[ -z $pids ]] || kill -KILL $pids 2>/dev/null || true
    ip netns del "$prefix-$box" || true
  done
  rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

in_box() { local box=$1; shift; ip netns exec "$prefix-$box" "$@"; }

# --- The boxes and their wires -------------------------------------------------------

for box in "${boxes[@]}"; do
  ip netns add "$prefix-$box"
  # rp_filter off: a filtering router would drop the spoofed addresses of the flood.
  # accept_dad off: an address in duplicate detection cannot be bound to yet.
  in_box "$box" sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
    net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
  ip -n "$prefix-$box" link set lo up
done
in_box router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1

# Fixed hardware addresses: each recording then names the same machines.
macs=0
wire() { # box port box port
  local near far end
  printf -v near '02:00:00:00:00:%02x' $((++macs))
  printf -v far '02:00:00:00:00:%02x' $((++macs))
  ip -n "$prefix-$1" link add dev "$2" address "$near" \
    type veth peer name "$4" netns "$prefix-$3" address "$far"
  for end in "$1 $2" "$3 $4"; do
    # Segmentation and receive offload hand the kernel's 64 kB super-packets across a
    # veth: the capture would hold frames that no wire carries. Checksum and VLAN
    # offload leave the checksum and the tag out of the frame itself.
    # shellcheck disable=SC2086
    in_box ${end% *} ethtool -K ${end#* } gro off gso off tso off tx off \
      rxvlan off txvlan off >/dev/null
    ip -n "$prefix-${end% *}" link set "${end#* }" up
  done
}

# A switch is not a host: without an address of its own it sends nothing of its own.
in_box switch sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip -n "$prefix-switch" link add dev br0 type bridge mcast_snooping 0
ip -n "$prefix-switch" link set br0 up
wire router lan0 switch router
wire router srv0 servers eth0
for box in desk1 desk2 desk3 desk4 phone; do
  wire "$box" eth0 switch "$box"
  ip -n "$prefix-switch" link set "$box" master br0
done
ip -n "$prefix-switch" link set router master br0

for end in router:lan0 phone:eth0; do
  ip netns exec "$prefix-${end%:*}" \
    python3 "$here/record-vlan.py" "${end#*:}" "$vlan" "voice$vlan" &
  mac=$(in_box "${end%:*}" cat "/sys/class/net/${end#*:}/address")
  for _ in {1..50}; do
    ip -n "$prefix-${end%:*}" link set "voice$vlan" address "$mac" up 2>/dev/null && break
    sleep 0.1
  done
done

address() { # box port address...
  local box=$1 port=$2 a; shift 2
  for a; do ip -n "$prefix-$box" address add "$a" dev "$port"; done
}
gateway() { # box ipv4 ipv6
  ip -n "$prefix-$1" route add default via "$2"
  ip -n "$prefix-$1" -6 route add default via "$3"
}
address router lan0 10.1.0.1/24 fd00:1::1/64
address router srv0 10.2.0.1/24 fd00:2::1/64
address router "voice$vlan" 10.3.0.1/24 fd00:3::1/64
address phone "voice$vlan" 10.3.0.20/24 fd00:3::20/64
gateway phone 10.3.0.1 fd00:3::1
for n in 1 2 3 4; do
  address "desk$n" eth0 "10.1.0.1$n/24" "fd00:1::1$n/64"
  gateway "desk$n" 10.1.0.1 fd00:1::1
done
for host in 5 6 53 80; do # speed test and telephone, database, names, web
  address servers eth0 "10.2.0.$host/24" "fd00:2::$host/64"
done
gateway servers 10.2.0.1 fd00:2::1
# The addresses that the flood borrows lead back to the desk it comes from, which drops
# the answers. Without this route the router would refuse them at once.
ip -n "$prefix-router" route add 10.66.0.0/16 via 10.1.0.14

# --- Servers -------------------------------------------------------------------------

serve() { ip netns exec "$prefix-servers" "$@" >>"$tmp/servers.log" 2>&1 & }

mkdir "$tmp/www"
for kb in 1 4 12 40; do head -c ${kb}k /dev/zero | tr '\0' 'w' >"$tmp/www/$kb.html"; done
cat >"$tmp/nginx.conf" <<EOF
daemon off;
user root; # the pages are in a directory that only root may enter
worker_processes 1;
pid $tmp/nginx.pid;
events { worker_connections 512; }
http {
  access_log off;
  server { listen 10.2.0.80:80; listen [fd00:2::80]:80; root $tmp/www; }
}
EOF
serve nginx -e "$tmp/nginx.error" -c "$tmp/nginx.conf"
serve dnsmasq --no-daemon --conf-file=/dev/null --no-hosts --no-resolv --user=root \
  --pid-file="$tmp/dnsmasq.pid" --bind-interfaces \
  --listen-address=10.2.0.53 --listen-address=fd00:2::53 \
  --address=/office.example/10.2.0.80 --address=/office.example/fd00:2::80
serve redis-server --bind 10.2.0.6 fd00:2::6 --protected-mode no --save '' \
  --appendonly no --dir "$tmp"
for port in 5201 5202 5203; do serve iperf3 --server --port "$port"; done # one test each

ready() { # box address port
  for _ in {1..50}; do
    in_box "$1" bash -c ": </dev/tcp/$2/$3" 2>/dev/null && return
    sleep 0.1
  done
  die "$1 gets no answer from $2 port $3"
}
# From the servers themselves, so that the desks' first ARP requests are in the capture;
# the phone's is the check that its VLAN passes.
ready servers 10.2.0.80 80
ready servers 10.2.0.53 53
ready servers 10.2.0.6 6379
ready phone fd00:2::80 80

# --- Recording -----------------------------------------------------------------------

# 96 bytes hold every header up to TCP options and little of what was said. To standard
# output, since tcpdump gives up root before it opens a file by name.
#
# "ip netns exec" and not in_box, here and for all that runs in the background: $! is
# then the program itself and not a shell that waits for it.
ip netns exec "$prefix-router" tcpdump -i lan0 -n -s 96 --time-stamp-precision=nano -B 32768 -w - \
  >"$tmp/office.pcap" 2>"$tmp/tcpdump.log" &
tcpdump=$!
for _ in {1..50}; do
  grep -q 'listening on' "$tmp/tcpdump.log" && break
  kill -0 "$tcpdump" 2>/dev/null || die "tcpdump: $(cat "$tmp/tcpdump.log")"
  sleep 0.1
done

clients=()
talk() { # box command...
  local box=$1; shift
  timeout "$limit" ip netns exec "$prefix-$box" "$@" >>"$tmp/clients.log" 2>&1 &
  clients+=($!)
}
# Programs that send as fast as they can are run in small rounds: a day at an office is
# bursts with quiet between them, and the file stays small.
rounds() { # box count pause command... (the pause first, so that they do not start as one)
  local box=$1 count=$2 pause=$3; shift 3
  # shellcheck disable=SC2016
  talk "$box" bash -c 'for ((n = 0; n < $1; n++)); do sleep "$2"; "${@:3}"; done' \
    rounds "$count" "$pause" "$@"
}

# Telephone calls: two on the phone's VLAN, two from desks.
call() { # box box's address server's address port
  talk servers python3 "$here/record-voice.py" "$3" "$2" "$4" $((seconds - 1))
  talk "$1" python3 "$here/record-voice.py" "$2" "$3" "$4" $((seconds - 1))
}
call phone 10.3.0.20 10.2.0.5 16384
call phone fd00:3::20 fd00:2::5 16386
call desk1 10.1.0.11 10.2.0.5 16388
call desk2 fd00:1::12 fd00:2::5 16390

# Ping.
for to in 10.2.0.80 fd00:2::80; do
  talk desk3 ping -i 0.2 -c $((seconds * 5)) "$to"
  talk phone ping -i 0.5 -c $((seconds * 2)) "$to"
done

# Names. Each query has a source port of its own, hence is a flow of its own.
for n in {1..15}; do echo "host$n.office.example A"; echo "host$n.office.example AAAA"; done \
  >"$tmp/names"
rounds desk1 12 1.7 dig @10.2.0.53 +tries=1 -f "$tmp/names"
rounds desk2 9 2.3 dig @fd00:2::53 +tries=1 -f "$tmp/names"
rounds phone 5 4 dig @10.2.0.53 +tries=1 host1.office.example

# Web. ab opens a connection for each page; wrk keeps its connections open, and pauses
# between pages as readers do.
echo 'function delay() return math.random(50, 250) end' >"$tmp/reader.lua"
rounds desk1 11 1.9 ab -q -n 50 -c 5 http://10.2.0.80/1.html
rounds desk2 7 3.1 ab -q -n 60 -c 10 http://10.2.0.80/4.html
rounds desk3 9 2.4 ab -q -n 50 -c 5 'http://[fd00:2::80]/4.html'
talk desk2 wrk -t 1 -c 12 -d 21s -s "$tmp/reader.lua" http://10.2.0.80/4.html
talk desk3 wrk -t 1 -c 8 -d 21s -s "$tmp/reader.lua" 'http://[fd00:2::80]/12.html'
rounds phone 4 5 ab -q -n 5 -c 1 'http://[fd00:2::80]/40.html'

# Database: 25 connections at once, in bursts.
rounds desk3 5 4.2 redis-benchmark -q -h 10.2.0.6 -c 25 -n 500 -d 64 -t set,get
rounds desk1 4 5.3 redis-benchmark -q -h fd00:2::6 -c 25 -n 500 -d 900 -t set,get

# Speed tests: up, down, and paced datagrams.
talk desk4 iperf3 -c 10.2.0.5 -p 5201 -t 9 -b 8M
talk desk1 iperf3 -c fd00:2::5 -p 5202 -t 9 -P 4 -b 2M --reverse
talk desk4 iperf3 -c 10.2.0.5 -p 5203 -t 15 -u -b 4M -l 1400

# A SYN flood on the web server, a few seconds long: forty borrowed addresses, and a new
# source port with every packet. hping3's --rand-source would draw public addresses.
sleep 10
for n in {1..40}; do
  talk desk4 hping3 -I eth0 -q -n -S -p 80 -i u20000 -c 40 \
    -a "10.66.$((RANDOM % 256)).$((1 + RANDOM % 254))" 10.2.0.80
  sleep 0.1
done

# ab, hping3 and ping may end with a failure that is part of the traffic.
for client in "${clients[@]}"; do wait "$client" || true; done

sleep 2 # the kernel hands packets over in blocks, the last of them up to a second late
kill -TERM "$tcpdump"
wait "$tcpdump" || true
grep -q '^0 packets dropped by kernel' "$tmp/tcpdump.log" ||
  die "tcpdump lost packets: $(tail -1 "$tmp/tcpdump.log")"

# -n leaves out name and time, so that the same capture always gives the same file.
gzip -9n "$tmp/office.pcap"
install -m 644 "$tmp/office.pcap.gz" "$out"
echo "$(sed -n 's/ captured$//p' "$tmp/tcpdump.log"), $(stat -c %s "$out") bytes: $out"
