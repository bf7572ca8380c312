/** What is wrong with a policy of classes, in one line that names the place: keys, values, matches. */
import { describe, expect, test } from "vitest";
import { messageOfText } from "./support/policytext.ts";

describe("keys", () => {
  test.each([
    ["classes:\n  - {name: a, rat: 1 MB/s}", 'p.yaml:2: class a: rat "1 MB/s": unknown key; did you mean rate?'],
    ["classes:\n  - {name: a, actoin: block}", 'p.yaml:2: class a: actoin "block": unknown key; did you mean action?'],
    [
      "classes:\n  - {name: a, zebra: 1}",
      'p.yaml:2: class a: zebra "1": unknown key; a class takes name, match, action, by, parent, threshold, group, weight, instances, ceiling-rate, ceiling-burst and the parameters of its meter',
    ],
    [
      "classes:\n  - name: a\n    match: {dst-prot: 53}\n    action: pass",
      'p.yaml:3: class a: dst-prot "53": unknown key; did you mean dst-port?',
    ],
    [
      "classes:\n  - name: a\n    match:\n      - {dst-port: 53}\n      - {rate: 53 B/s}\n    action: pass",
      'p.yaml:5: class a: rate "53 B/s": is a parameter of a meter and stands in a class or node; a match takes protocol, src, dst, src-file, dst-file, src-port, dst-port, dscp and vlan',
    ],
    [
      "nodes:\n  - {name: a, weight: 1, rate: 1 MB/s, burst: 9 kB}\nclasses: [{name: b, parent: a}]",
      'p.yaml:2: node a: weight "1": unknown key; a node takes name, by, parent, threshold, lends-up-to, instances, ceiling-rate, ceiling-burst and the parameters of its meter',
    ],
    [
      "groups:\n  - {name: a, burst: 1 MB}\nclasses: [{name: b, action: pass}]",
      'p.yaml:2: group a: burst "1 MB": is a parameter of a meter and stands in a class or node; a group takes name, rate and mode',
    ],
    [
      "rate: 1 MB/s\nclasses: [{name: b, action: pass}]",
      'p.yaml:1: rate "1 MB/s": is a parameter of a meter and stands in a class or node; a policy of classes takes charge, classes, nodes, groups, length, cost, overhead, min-length and color-aware',
    ],
    [
      "meter: gcra\nclasses: [{name: b, action: pass}]",
      'p.yaml:1: meter "gcra": is a parameter of a meter and stands in a class or node; a policy of classes takes charge, classes, nodes, groups, length, cost, overhead, min-length and color-aware',
    ],
    ["clases: []\ncharge: series", "p.yaml:1: clases: unknown key; did you mean classes?"],
    [
      "overhead: 4\nclasses:\n  - {name: a, length: ip, rate: 1 MB/s, burst: 9 kB}",
      'p.yaml:3: class a: length "ip": holds for the whole file; set it at the top',
    ],
    [
      "classes:\n  - name: a\n    ceiling-rate: 1 MB/s\n    ceilingRate: 1 MB/s\n",
      'p.yaml:4: class a: ceiling-rate "1 MB/s": is given twice, also as ceiling-rate; keep one of them',
    ],
    [
      "classes:\n  - name: a\n    __proto__: 1\n",
      'p.yaml:3: class a: __proto__ "1": unknown key; a class takes name, match, action, by, parent, threshold, group, weight, instances, ceiling-rate, ceiling-burst and the parameters of its meter',
    ],
  ])("%j", async (text, message) => {
    expect(await messageOfText(text)).toBe(message);
  });
});

describe("what a file holds", () => {
  test.each([
    [
      "charge: series",
      "p.yaml:1: classes: is missing or empty; it holds at least one, such as - {name: rest, action: pass}",
    ],
    [
      "classes: []",
      "p.yaml:1: classes: is missing or empty; it holds at least one, such as - {name: rest, action: pass}",
    ],
    [
      "classes: {name: a}",
      "p.yaml:1: classes: must be a list of maps, such as - {name: uplink, rate: 1 Gbit/s, burst: 1 MB}",
    ],
    [
      "classes:\n  - a\n",
      'p.yaml:2: classes[0] "a": a class must be a map of keys to values, such as {name: uplink, rate: 1 Gbit/s, burst: 1 MB}',
    ],
    ["classes: [{action: pass}]", "p.yaml:1: classes[0]: name: is missing; a class needs one"],
    [
      "classes:\n  - {name: a b, action: pass}",
      'p.yaml:2: classes[0]: name "a b": must be up to 64 letters, digits, points, dashes and underscores, and begin with a letter or digit',
    ],
    ["classes:\n  - {name: '', action: pass}", 'p.yaml:2: classes[0]: name: has no value; write one such as "voip"'],
    [
      "classes:\n  - {name: [a], action: pass}",
      'p.yaml:2: classes[0]: name: must be a text or a number such as "voip"',
    ],
    [
      "nodes: uplink\nclasses: [{name: a, action: pass}]",
      'p.yaml:1: nodes "uplink": must be a list of maps, such as - {name: uplink, rate: 1 Gbit/s, burst: 1 MB}',
    ],
    [
      "classes:\n  - {name: a, action: pass}\n  - {name: a, action: block}",
      'p.yaml:3: class a: name "a": is taken; names are unique among classes and nodes',
    ],
    [
      "nodes: [{name: a, rate: 1 MB/s, burst: 9 kB}]\nclasses:\n  - {name: a, parent: a}",
      'p.yaml:3: class a: name "a": is taken; names are unique among classes and nodes',
    ],
    [
      "groups: [{name: g, rate: 1 MB/s}, {name: g, rate: 1 MB/s}]\nclasses: [{name: a, action: pass}]",
      'p.yaml:1: group g: name "g": is taken; names are unique among groups',
    ],
    [
      "classes:\n  - {name: unmatched, match: {dscp: ef}, action: block}",
      'p.yaml:2: class unmatched: name "unmatched": is the name of the class of packets that no other takes, which is added; choose another',
    ],
    [
      "charge: all\nclasses: [{name: a, action: pass}]",
      'p.yaml:1: charge "all": unknown word; did you mean all-or-none? it is one of all-or-none, series or borrow',
    ],
    [
      "classes:\n  - {name: a, action: drop}",
      'p.yaml:2: class a: action "drop": unknown word; it is one of pass or block',
    ],
    ["classes:\n  - name: a\n    action:\n", 'p.yaml:3: class a: action: has no value; write one such as "block"'],
    [
      "classes:\n  - name: a\n    rate:\n    burst: 1 kB\n",
      'p.yaml:3: class a: rate: has no value; write one such as "10Mbit/s"',
    ],
  ])("%j", async (text, message) => {
    expect(await messageOfText(text)).toBe(message);
  });
});

describe("classes and their meters", () => {
  test.each([
    [
      "classes:\n  - {name: a}",
      "p.yaml:2: class a: meter: is missing; a class has a meter of its own, a parent, a group, or action pass or block",
    ],
    [
      "classes:\n  - {name: a, action: block, rate: 1 MB/s}",
      'p.yaml:2: class a: rate "1 MB/s": cannot stand beside action "block", which takes no meter; leave out one of them',
    ],
    [
      "classes:\n  - {name: a, action: pass, parent: up}",
      'p.yaml:2: class a: parent "up": cannot stand beside action "pass", which takes no meter; leave out one of them',
    ],
    [
      "classes:\n  - {name: a, by: src}\n",
      "p.yaml:2: class a: meter: is missing; a class has a meter of its own, a parent, a group, or action pass or block",
    ],
    [
      "nodes: [{name: up, rate: 1 MB/s, burst: 9 kB}]\nclasses:\n  - {name: a, parent: up, by: src}\n",
      'p.yaml:3: class a: by "src": says something of the class\'s own meter, and it has none; leave it out, or give rate and burst',
    ],
    [
      "classes:\n  - {name: a, rate: 1 MB/s}",
      'p.yaml:2: class a: burst: is missing; token-bucket takes rate and burst, such as meter token-bucket, rate "10 Mbit/s", burst "64 kB"',
    ],
    [
      "classes:\n  - name: a\n    rate: 100\n    burst: 1 kB",
      'p.yaml:3: class a: rate "100": a number needs a unit; write 100 kbit/s, 100 kB/s or 100 packets/s',
    ],
    [
      "classes:\n  - name: a\n    meter: tokenbucket\n    rate: 1 MB/s",
      'p.yaml:3: class a: meter "tokenbucket": unknown meter; did you mean token-bucket? it is one of leaky-bucket, gcra, token-bucket, turner, event-counter, dual, srtcm, trtcm, trtcm-4115, mef, multi or weighted',
    ],
    [
      "classes:\n  - name: a\n    meter: multi\n    buckets:\n      - 1 MB/s 9 kB\n      - 1 MB 9 kB",
      'p.yaml:6: class a: bucket 2 rate "1 MB": unknown unit "MB"; write 1 MB/s',
    ],
    [
      "cost: packet\nclasses:\n  - {name: a, rate: 1 MB/s, burst: 9 kB}",
      'p.yaml:1: cost "packet": unknown word; did you mean packets? it is one of bytes or packets',
    ],
    [
      "cost: packets\nclasses:\n  - {name: a, rate: 1 MB/s, burst: 9 kB}",
      'p.yaml:3: class a: rate "1 MB/s": is in bytes but the cost is packets; write the rate in packets/s, packets/min or packets/h',
    ],
    [
      "length: eth\nclasses:\n  - {name: a, rate: 1 MB/s, burst: 9 kB}",
      'p.yaml:1: length "eth": unknown word; it is one of frame or ip',
    ],
    [
      "overhead:\nclasses:\n  - {name: a, rate: 1 MB/s, burst: 9 kB}",
      'p.yaml:1: overhead: has no value; write one such as "24"',
    ],
    [
      "classes:\n  - name: a\n    by: source\n    rate: 1 MB/s\n    burst: 9 kB",
      'p.yaml:3: class a: by "source": is one of 5-tuple, src, dst, pair, src/N, dst/N, all or class, such as src/24',
    ],
    [
      "classes:\n  - name: a\n    by: src/129\n    rate: 1 MB/s\n    burst: 9 kB",
      'p.yaml:3: class a: by "src/129": a prefix has 0 to 128 bits (IPv4 addresses take at most 32 of them)',
    ],
    [
      "classes:\n  - {name: a, rate: 1 B/s, burst: 100 GB}",
      'p.yaml:2: class a: burst "100 GB": does not fit exact 63-bit arithmetic with rate "1 B/s"; the largest is 9223372036 B',
    ],
  ])("%j", async (text, message) => {
    expect(await messageOfText(text)).toBe(message);
  });
});

describe("matches", () => {
  test.each([
    [
      "classes:\n  - {name: a, action: pass, match: {src: 10.1.2.3/24}}",
      'p.yaml:2: class a: src "10.1.2.3/24": has host bits set; write 10.1.2.0/24, or 10.1.2.3 for the one address',
    ],
    [
      "classes:\n  - {name: a, action: pass, match: {src: '2001:db8::1/32'}}",
      'p.yaml:2: class a: src "2001:db8::1/32": has host bits set; write 2001:db8::/32, or 2001:db8::1 for the one address',
    ],
    [
      "classes:\n  - {name: a, action: pass, match: {dst: 10.1.2/24}}",
      'p.yaml:2: class a: dst "10.1.2/24": is no address or prefix; write one such as 192.0.2.0/24 or 2001:db8::/32',
    ],
    [
      "classes:\n  - name: a\n    action: pass\n    match:\n      dst:\n        - 10.1.2.0/24\n        - 10.1.2.0/33",
      'p.yaml:7: class a: dst "10.1.2.0/33": a prefix of IPv4 has 0 to 32 bits, such as 10.1.2.0/32',
    ],
    [
      "classes:\n  - {name: a, action: pass, match: {dst: 10.010.2.1}}",
      'p.yaml:2: class a: dst "10.010.2.1": is no address or prefix; write one such as 192.0.2.0/24 or 2001:db8::/32',
    ],
    [
      "classes:\n  - {name: a, action: pass, match: {dst: '1::2::3'}}",
      'p.yaml:2: class a: dst "1::2::3": is no address or prefix; write one such as 192.0.2.0/24 or 2001:db8::/32',
    ],
    [
      "classes:\n  - {name: a, action: pass, match: {dst-port: 90-80}}",
      'p.yaml:2: class a: dst-port "90-80": begins after its end; write 80-90',
    ],
    [
      "classes:\n  - {name: a, action: pass, match: {dst-port: 70000}}",
      'p.yaml:2: class a: dst-port "70000": must be from 0 to 65535',
    ],
    [
      "classes:\n  - {name: a, action: pass, match: {src-port: http}}",
      'p.yaml:2: class a: src-port "http": must be a number or a range from 0 to 65535, such as 100-199',
    ],
    [
      "classes:\n  - {name: a, action: pass, match: {protocol: TCP}}",
      'p.yaml:2: class a: protocol "TCP": unknown protocol; did you mean tcp?',
    ],
    [
      "classes:\n  - {name: a, action: pass, match: {protocol: 256}}",
      'p.yaml:2: class a: protocol "256": must be from 0 to 255',
    ],
    [
      "classes:\n  - {name: a, action: pass, match: {protocol: icmp, dst-port: 53}}",
      'p.yaml:2: class a: dst-port "53": can never match: packets of protocol icmp have no ports; leave the ports or the protocol out',
    ],
    ["classes:\n  - {name: a, action: pass, match: {dscp: 64}}", 'p.yaml:2: class a: dscp "64": must be from 0 to 63'],
    [
      "classes:\n  - {name: a, action: pass, match: {dscp: af14}}",
      'p.yaml:2: class a: dscp "af14": unknown DSCP; did you mean af11?',
    ],
    [
      "classes:\n  - {name: a, action: pass, match: {vlan: 4095}}",
      'p.yaml:2: class a: vlan "4095": must be from 0 to 4094',
    ],
    [
      "classes:\n  - {name: a, action: pass, match: {vlan: none}}",
      'p.yaml:2: class a: vlan "none": must be a number or a range from 0 to 4094, such as 100-199',
    ],
    [
      "classes:\n  - {name: a, action: pass, match: {dscp: []}}",
      "p.yaml:2: class a: dscp: is an empty list; leave it out to match any",
    ],
    [
      "classes:\n  - {name: a, action: pass, match: {dscp: }}",
      'p.yaml:2: class a: dscp: has no value; write one such as "ef"',
    ],
    [
      "classes:\n  - {name: a, action: pass, match: {dscp: [[ef]]}}",
      'p.yaml:2: class a: dscp: must be a text or a number such as "ef"',
    ],
    [
      "classes:\n  - {name: a, action: pass, match: []}",
      "p.yaml:2: class a: match: is an empty list; without match a class takes every packet",
    ],
    [
      "classes:\n  - {name: a, action: pass, match: tcp}",
      'p.yaml:2: class a: match "tcp": must be a map such as {protocol: udp, dst-port: 5060-5061}, or a list of such maps',
    ],
    [
      "classes:\n  - name: a\n    action: pass\n    match:\n",
      "p.yaml:4: class a: match: must be a map such as {protocol: udp, dst-port: 5060-5061}, or a list of such maps",
    ],
    [
      "classes:\n  - {name: a, action: pass, match: {src-file: none.txt}}",
      'p.yaml:2: class a: src-file "none.txt": there is no such file; its name is relative to the policy',
    ],
    [
      "classes:\n  - {name: a, action: pass, match: {src-file: bad.txt}}",
      'bad.txt:4: class a: src "10.1.1.1/16": has host bits set; write 10.1.0.0/16, or 10.1.1.1 for the one address',
    ],
    [
      "classes:\n  - {name: a, action: pass, match: {dst-file: empty.txt}}",
      'p.yaml:2: class a: dst-file "empty.txt": holds no prefix',
    ],
  ])("%j", async (text, message) => {
    expect(await messageOfText(text)).toBe(message);
  });
});
