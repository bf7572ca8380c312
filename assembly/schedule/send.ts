/**
 * Sending, in exact time. A unit takes `partsPerUnit` parts of 1/partsPerNs ns; the end of a packet is kept as a whole
 * ns, rounded up, and the parts by which it lies before that: what the next one begins with, so nothing drifts.
 * Reference twin: src/reference/schedule/link.ts.
 */
import { choose } from "./choose";
import { END_NS, IDLE, Link, LinkClass, Node } from "./link";
import { Queues } from "./queue";

/** The packet that is being sent has left, and the next begins in the same instant, if there is one. */
export function sendNext(link: Link): void {
  const sent = changetype<LinkClass>(<usize>link.sendingClass);
  sent.heldUnits -= link.sendingUnits;
  sent.heldPackets -= 1;
  link.heldUnits -= link.sendingUnits;
  link.heldPackets -= 1;
  begin(link);
}

/** Begins to send at `departureNs`, exactly `rest` parts before it. IDLE when nothing waits. */
export function begin(link: Link): void {
  const chosen = choose(link);
  if (chosen == 0) {
    link.departureNs = IDLE;
    return;
  }
  const address = Queues.shift(link, changetype<LinkClass>(chosen));
  const node = changetype<Node>(address);
  const word = node.word;
  link.sendingClass = <u32>changetype<usize>(Link.classAt(link, Node.classIndex(word)));
  link.sendingUnits = node.units;
  endAfter(link, link.sendingUnits * link.partsPerUnit);
  announce(link, Node.sequence(word));
  Queues.giveNode(link, address);
}

/**
 * Moves the end by so many parts. Bounds checked when a policy is compiled: units times partsPerUnit, and partsPerNs,
 * are below 2^63.
 */
function endAfter(link: Link, parts: u64): void {
  const rest = link.rest;
  if (parts <= rest) {
    link.rest = rest - parts;
    return;
  }
  const missing = parts - rest;
  const partsPerNs = link.partsPerNs;
  // Most rates take a whole number of ns a unit, and a division of 64 bits is dear.
  const wholeNs = partsPerNs == 1 ? missing : (missing + partsPerNs - 1) / partsPerNs;
  if (wholeNs > END_NS - link.departureNs) {
    link.departureNs = END_NS;
    link.rest = 0;
    return;
  }
  link.departureNs += wholeNs;
  link.rest = wholeNs * partsPerNs - missing;
}

/** From the begin of its service on, a packet's departure is certain: nothing is put before it any more. */
function announce(link: Link, sequence: u64): void {
  const row = link.departedCount++ << 3;
  store<u64>(link.departedSequence + row, sequence);
  store<u64>(link.departedAt + row, link.departureNs);
  store<u64>(link.departedRest + row, link.rest);
}
