/** What is wrong with a policy of classes, in one line that names the place: nodes, groups, lending. */
import { describe, expect, test } from "vitest";
import { messageOfText } from "./support/policytext.ts";

describe("nodes", () => {
  test.each([
    [
      "nodes: [{name: uplink, rate: 1 MB/s, burst: 9 kB}]\nclasses:\n  - {name: a, parent: uplnk}",
      'p.yaml:3: class a: parent "uplnk": no node has this name; did you mean uplink?',
    ],
    [
      "nodes: [{name: uplink, rate: 1 MB/s, burst: 9 kB}, {name: down, rate: 1 MB/s, burst: 9 kB}]\nclasses:\n  - {name: a, parent: zebra}",
      'p.yaml:3: class a: parent "zebra": no node has this name; under nodes there are uplink and down',
    ],
    [
      "classes:\n  - {name: a, parent: uplink}",
      'p.yaml:2: class a: parent "uplink": no node has this name; add it under nodes',
    ],
    [
      "nodes: [{name: uplink, rate: 1 MB/s, burst: 9 kB}]\nclasses:\n  - {name: b, action: pass}\n  - {name: a, parent: b}",
      'p.yaml:4: class a: parent "b": is a class, and a parent is a node; under nodes there is uplink',
    ],
    [
      "nodes:\n  - {name: a, rate: 1 MB/s, burst: 9 kB, parent: b}\n  - {name: b, rate: 1 MB/s, burst: 9 kB, parent: c}\n  - {name: c, rate: 1 MB/s, burst: 9 kB, parent: a}\nclasses: [{name: x, parent: a}]",
      'p.yaml:2: node a: parent "b": goes in a circle: a -> b -> c -> a; one of them needs no parent',
    ],
    [
      "nodes:\n  - {name: a, rate: 1 MB/s, burst: 9 kB, parent: b}\n  - {name: b, rate: 1 MB/s, burst: 9 kB, parent: b}\nclasses: [{name: x, parent: a}]",
      'p.yaml:3: node b: parent "b": goes in a circle: b -> b; one of them needs no parent',
    ],
    [
      "nodes:\n  - {name: a, rate: 1 MB/s, burst: 9 kB, parent: b}\n  - {name: b, rate: 1 MB/s, burst: 9 kB, parent: c}\n  - {name: c, rate: 1 MB/s, burst: 9 kB, parent: d}\n  - {name: d, rate: 1 MB/s, burst: 9 kB}\nclasses:\n  - {name: x, rate: 1 MB/s, burst: 9 kB, parent: a}",
      'p.yaml:7: class x: parent "a": makes a path of more than 4 meters (x, a, b, c, d); leave some out',
    ],
    [
      "nodes:\n  - {name: a, meter: multi, buckets: [1 MB/s 9 kB, 1 MB/s 9 kB, 1 MB/s 9 kB, 1 MB/s 9 kB, 1 MB/s 9 kB], parent: b}\n  - {name: b, meter: multi, buckets: [1 MB/s 9 kB, 1 MB/s 9 kB, 1 MB/s 9 kB, 1 MB/s 9 kB, 1 MB/s 9 kB], parent: c}\n  - {name: c, meter: multi, buckets: [1 MB/s 9 kB, 1 MB/s 9 kB, 1 MB/s 9 kB, 1 MB/s 9 kB, 1 MB/s 9 kB]}\nclasses:\n  - {name: x, parent: a}",
      'p.yaml:6: class x: parent "a": makes a path of 9 pairs of buckets (a 3, b 3, c 3) and the limit is 8; use fewer buckets',
    ],
    [
      "nodes: [{name: up, rate: 1 MB/s, burst: 9 kB}]\nclasses:\n  - {name: a, meter: turner, rate: 1 MB/s, burst: 9 kB, parent: up}",
      'p.yaml:3: class a: meter "turner": counts refused packets too, so it cannot have a parent; use token-bucket',
    ],
    [
      "nodes:\n  - {name: up, meter: event-counter, rate: 1 packets/s, alarm: 5}\nclasses:\n  - {name: a, parent: up}",
      'p.yaml:2: node up: meter "event-counter": counts refused packets too, so it cannot be a node; use token-bucket',
    ],
    [
      "nodes: [{name: up, rate: 1 MB/s, burst: 9 kB}]\nclasses:\n  - {name: a, meter: dual, mode: sequential, peak-rate: 2 MB/s, peak-burst: 3 kB, rate: 1 MB/s, burst: 9 kB, parent: up}",
      'p.yaml:3: class a: mode "sequential": charges refused packets, so it cannot have a parent; use mode coordinated',
    ],
    [
      "nodes: [{name: up, meter: weighted, rate: 1 MB/s, burst: 9 kB}]\nclasses:\n  - {name: a, parent: up}",
      'p.yaml:1: node up: meter "weighted": has no rate of its own, so it cannot be a node; use token-bucket',
    ],
    [
      "classes:\n  - {name: a, rate: 1 MB/s, burst: 9 kB, threshold: 3 kB}",
      'p.yaml:2: class a: threshold "3 kB": is a level of the parent\'s bucket, and there is no parent; leave it out',
    ],
    [
      "nodes: [{name: up, rate: 1 MB/s, burst: 9 kB}]\nclasses:\n  - {name: a, parent: up, threshold: 10 kB}",
      'p.yaml:3: class a: threshold "10 kB": is above the burst of node up; write at most 9 kB',
    ],
    [
      "nodes: [{name: up, rate: 1 MB/s, burst: 9 kB}]\nclasses:\n  - {name: a, parent: up, threshold: 3 packets}",
      'p.yaml:3: class a: threshold "3 packets": is in packets but node up counts bytes; write it in bytes',
    ],
    [
      "nodes: [{name: up, rate: 1 MB/s, burst: 9 kB}]\nclasses:\n  - {name: a, parent: up, threshold: lots}",
      'p.yaml:3: class a: threshold "lots": is not a number with a unit; write a burst such as 64 kB, 5 packets or 10 ms',
    ],
    [
      "nodes: [{name: up, meter: srtcm, cir: 1 MB/s, cbs: 9 kB, ebs: 9 kB}]\nclasses:\n  - {name: a, parent: up, threshold: 3 kB}",
      'p.yaml:3: class a: threshold "3 kB": node up is a srtcm, and only a node of one bucket has room by priority',
    ],
    [
      "nodes: [{name: up, rate: 1 MB/s, burst: 9 kB, lends-up-to: 1 kB}]\nclasses:\n  - {name: a, parent: up}",
      'p.yaml:1: node up: lends-up-to "1 kB": goes with charge borrow only; set charge: borrow, or leave it out',
    ],
    [
      "nodes: [{name: up, rate: 1 MB/s, burst: 9 kB}]\nclasses:\n  - {name: a, rate: 1 kB/s, burst: 1 kB, instances: 3, parent: up}",
      'p.yaml:3: class a: instances "3": goes with charge borrow only; set charge: borrow, or leave it out',
    ],
  ])("%j", async (text, message) => {
    expect(await messageOfText(text)).toBe(message);
  });
});

describe("groups", () => {
  test.each([
    [
      "groups: [{name: g}]\nclasses: [{name: a, group: g, weight: 1, burst: 9 kB}]",
      "p.yaml:1: group g: rate: is missing; a group has the rate that its classes share, such as 100 Mbit/s",
    ],
    [
      "groups: [{name: g, rate: 5}]\nclasses: [{name: a, group: g, weight: 1, burst: 9 kB}]",
      'p.yaml:1: group g: rate "5": a number needs a unit; write 5 kbit/s, 5 kB/s or 5 packets/s',
    ],
    [
      "groups: [{name: g, rate: 1 MB/s, mode: fair}]\nclasses: [{name: a, group: g, weight: 1, burst: 9 kB}]",
      'p.yaml:1: group g: mode "fair": unknown word; it is one of shared or static',
    ],
    [
      "groups: [{name: uplink, rate: 1 MB/s}]\nclasses:\n  - {name: a, group: upling, weight: 1, burst: 9 kB}",
      'p.yaml:3: class a: group "upling": no group has this name; did you mean uplink?',
    ],
    [
      "classes:\n  - {name: a, group: g, weight: 1, burst: 9 kB}",
      'p.yaml:2: class a: group "g": no group has this name; add it under groups',
    ],
    [
      "groups: [{name: g, rate: 1 MB/s}]\nclasses:\n  - {name: a, group: g, burst: 9 kB}",
      "p.yaml:3: class a: weight: is missing; a class of a group has weight and burst",
    ],
    [
      "groups: [{name: g, rate: 1 MB/s}]\nclasses:\n  - {name: a, group: g, weight: 2}",
      "p.yaml:3: class a: burst: is missing; a class of a group has weight and burst",
    ],
    [
      "groups: [{name: g, rate: 1 MB/s}]\nclasses:\n  - {name: a, group: g, weight: 1.5, burst: 9 kB}",
      'p.yaml:3: class a: weight "1.5": must be a whole number from 1 to 1000',
    ],
    [
      "groups: [{name: g, rate: 1 MB/s}]\nclasses:\n  - {name: a, group: g, weight: 1001, burst: 9 kB}",
      'p.yaml:3: class a: weight "1001": must be a whole number from 1 to 1000',
    ],
    [
      "groups: [{name: g, rate: 1 MB/s}]\nclasses:\n  - {name: a, group: g, weight: 1, burst: 9 ms}",
      'p.yaml:3: class a: burst "9 ms": must be a whole amount in a group, where the rate varies; write one such as 64 kB',
    ],
    [
      "groups: [{name: g, rate: 1 MB/s}]\nclasses:\n  - {name: a, group: g, weight: 1, burst: 9 packets}",
      'p.yaml:3: class a: burst "9 packets": is in packets but rate "1 MB/s" sets cost bytes; write the burst in B, kB or KiB, or a time',
    ],
    [
      "groups: [{name: g, rate: 1 MB/s}]\nclasses:\n  - {name: a, group: g, weight: 1, burst: 9 kB, rate: 1 MB/s}",
      'p.yaml:3: class a: rate "1 MB/s": cannot stand beside group, which is the meter; a class of a group has weight and burst',
    ],
    [
      "groups: [{name: g, rate: 1 MB/s}]\nclasses:\n  - {name: a, group: g, weight: 1, burst: 9 kB, parent: up}",
      'p.yaml:3: class a: parent "up": cannot stand beside group, which is the meter; a class of a group has weight and burst',
    ],
    [
      "groups: [{name: g, rate: 1 MB/s}]\nclasses:\n  - {name: a, weight: 1, rate: 1 MB/s, burst: 9 kB}",
      'p.yaml:3: class a: weight "1": is a share of a group\'s rate; name the group, as in group: uplink',
    ],
    [
      "charge: borrow\ngroups: [{name: g, rate: 1 MB/s}]\nclasses:\n  - {name: a, group: g, weight: 1, burst: 9 kB}",
      'p.yaml:4: class a: group "g": shares its rate by weight, which does not go with charge borrow; set mode: static in the group',
    ],
  ])("%j", async (text, message) => {
    expect(await messageOfText(text)).toBe(message);
  });
});

test("numbers that exact arithmetic does not hold are named where they stand", async () => {
  const shares = "{name: a, group: g, weight: 997, burst: 9 MB}\n  - {name: b, group: g, weight: 991, burst: 9 kB}";
  expect(await messageOfText(`groups: [{name: g, rate: 7 bit/s}]\nclasses:\n  - ${shares}`)).toMatch(
    /^p\.yaml:3: class a: burst "9 MB": does not fit /u,
  );
  const node = "{name: up, rate: 1 B/s, burst: 9 kB}";
  expect(
    await messageOfText(`nodes: [${node}]\nclasses:\n  - name: a\n    parent: up\n    threshold: 1e-18 B\n`),
  ).toMatch(/^p\.yaml:5: class a: threshold "1e-18 B": has a fraction too fine /u);
});

describe("lending", () => {
  test.each([
    [
      "charge: borrow\nnodes:\n  - {name: up, rate: 1 MB/s, burst: 90 kB}\nclasses:\n  - {name: a, rate: 600 kB/s, burst: 9 kB, by: class, parent: up}\n  - {name: b, rate: 500 kB/s, burst: 9 kB, by: class, parent: up}",
      'p.yaml:3: node up: rate "1 MB/s": is less than its children are given: 4.8 Mbit/s (a) + 4 Mbit/s (b) = 8.8 Mbit/s; raise it to that, or lower theirs',
    ],
    [
      "charge: borrow\nnodes:\n  - {name: up, rate: 1 MB/s, burst: 90 kB}\nclasses:\n  - {name: a, rate: 1 kB/s, burst: 1 kB, by: src, instances: 254, parent: up}",
      'p.yaml:3: node up: burst "90 kB": is less than its children are given: 254 x 1 kB (a) = 254 kB; raise it to that, or lower theirs',
    ],
    [
      "charge: borrow\nnodes:\n  - {name: up, rate: 1 MB/s, burst: 90 kB, lends-up-to: 80 kB}\nclasses:\n  - {name: a, rate: 1 kB/s, burst: 4 kB, by: src, instances: 3, parent: up}",
      'p.yaml:3: node up: burst "90 kB": is less than its children are given: 3 x 4 kB (a) + 80 kB (lends-up-to) = 92 kB; raise it to that, or lower theirs',
    ],
    [
      "charge: borrow\nnodes:\n  - {name: up, rate: 1 MB/s, burst: 90 kB}\nclasses:\n  - {name: a, rate: 1 kB/s, burst: 4 kB, parent: up}",
      "p.yaml:5: class a: instances: is missing: how many buckets a has below one of node up does not follow from their keys; give the most there will be, such as instances: 254, or key it by class",
    ],
    [
      "charge: borrow\nnodes:\n  - {name: up, rate: 1 MB/s, burst: 90 kB}\nclasses:\n  - {name: a, rate: 1 kB/s, burst: 4 kB, instances: 0, parent: up}",
      'p.yaml:5: class a: instances "0": must be a whole number from 1 to 1000000000',
    ],
    [
      "charge: borrow\nnodes:\n  - {name: up, rate: 1 MB/s, burst: 90 kB, lends-up-to: 91 kB}\nclasses:\n  - {name: a, rate: 1 kB/s, burst: 4 kB, by: all, parent: up}",
      'p.yaml:3: node up: lends-up-to "91 kB": is above the burst of node up; write at most 90 kB',
    ],
    [
      "charge: borrow\nnodes:\n  - {name: up, rate: 1 MB/s, burst: 90 kB}\nclasses:\n  - {name: a, rate: 1 kB/s, burst: 4 kB, by: all, parent: up, threshold: 3 kB}",
      'p.yaml:5: class a: threshold "3 kB": does not go with charge borrow, where a node says itself how far it lends; write lends-up-to there',
    ],
    [
      "charge: borrow\nclasses:\n  - {name: a, meter: srtcm, cir: 1 MB/s, cbs: 9 kB, ebs: 9 kB}",
      'p.yaml:3: class a: meter "srtcm": charge borrow needs meters of one bucket with check post; use meter token-bucket and check post',
    ],
    [
      "charge: borrow\nclasses:\n  - {name: a, rate: 1 MB/s, burst: 9 kB, check: overdraft}",
      'p.yaml:3: class a: check "overdraft": charge borrow needs meters of one bucket with check post; use meter token-bucket and check post',
    ],
    [
      "charge: borrow\nnodes:\n  - {name: up, rate: 1 MB/s, burst: 90 kB}\nclasses:\n  - {name: a, rate: 1 packets/s, burst: 4 packets, by: all, parent: up}",
      "p.yaml:5: class a: cost: differs from that of node up; with charge borrow a packet costs the same on its whole path",
    ],
    [
      "charge: borrow\nnodes:\n  - {name: up, rate: 1 MB/s, burst: 90 kB, overhead: 24}\nclasses:\n  - {name: a, rate: 1 kB/s, burst: 4 kB, by: all, parent: up}",
      "p.yaml:5: class a: overhead: differs from that of node up; with charge borrow a packet costs the same on its whole path",
    ],
    [
      "charge: borrow\nnodes:\n  - {name: up, rate: 1 MB/s, burst: 90 kB, initial: empty}\nclasses:\n  - {name: a, rate: 1 kB/s, burst: 4 kB, by: all, parent: up}",
      'p.yaml:3: node up: initial "empty": begins fuller than the node lends (86 kB), so children could be refused their own; leave it out',
    ],
    [
      "charge: borrow\nnodes:\n  - {name: up, rate: 1 MB/s, burst: 90 kB}\nclasses:\n  - {name: a, rate: 1 kB/s, burst: 4 kB, by: all, ceiling-rate: 2 kB/s, parent: up}",
      "p.yaml:5: class a: ceiling-burst: is missing; a ceiling is ceiling-rate and ceiling-burst",
    ],
    [
      "charge: borrow\nnodes:\n  - {name: up, rate: 1 MB/s, burst: 90 kB}\nclasses:\n  - {name: a, rate: 3 kB/s, burst: 4 kB, by: all, ceiling-rate: 2 kB/s, ceiling-burst: 5 kB, parent: up}",
      'p.yaml:5: class a: ceiling-rate "2 kB/s": is below the rate; write at least 24 kbit/s',
    ],
    [
      "charge: borrow\nnodes:\n  - {name: up, rate: 1 MB/s, burst: 90 kB}\nclasses:\n  - {name: a, rate: 1 kB/s, burst: 4 kB, by: all, ceiling-rate: 2 kB/s, ceiling-burst: 3 kB, parent: up}",
      'p.yaml:5: class a: ceiling-burst "3 kB": is below the burst; write at least 4 kB',
    ],
    [
      "charge: borrow\nnodes:\n  - {name: up, rate: 1 MB/s, burst: 90 kB}\nclasses:\n  - {name: a, rate: 1 kB/s, burst: 4 kB, by: all, ceiling-rate: 2 packets/s, ceiling-burst: 5 kB, parent: up}",
      'p.yaml:5: class a: ceiling-rate "2 packets/s": is in packets but the cost is bytes; write it in bytes',
    ],
    [
      "charge: borrow\nnodes:\n  - {name: up, rate: 1 MB/s, burst: 90 kB, ceiling-rate: 2 MB/s, ceiling-burst: 100 kB}\nclasses:\n  - {name: a, rate: 1 kB/s, burst: 4 kB, by: all, parent: up}",
      'p.yaml:3: node up: ceiling-rate "2 MB/s": limits what is borrowed, and without parent nothing is; leave it out',
    ],
  ])("%j", async (text, message) => {
    expect(await messageOfText(text)).toBe(message);
  });
});
