/** What a link does to the traffic, packet by packet as they are sent: jitter and the longest delay by class. */
import { MEASURE_CLASS_BYTES, MEASURE_CLASS_MOST, MEASURE_CLASSES } from "../abi/departures";
import { LINK_CLASSES_MAX } from "../abi/link";
import { addDeparture, FLOW_MEASURE_BYTES, FlowMeasure, measureRegion } from "./flow";

if (MEASURE_CLASS_MOST != FLOW_MEASURE_BYTES) ERROR("the longest delay lies behind FlowMeasure");

/** Adds a packet whose departure has become known; within a class they come in order. */
export function measureSent(packetClass: u32, arrivalNs: u64, departureNs: u64, lengthBytes: u32): void {
  const index = min<u32>(packetClass, LINK_CLASSES_MAX - 1);
  const address = measureRegion() + MEASURE_CLASSES + index * MEASURE_CLASS_BYTES;
  addDeparture(changetype<FlowMeasure>(address), arrivalNs, departureNs, lengthBytes);
  const delayNs = departureNs - arrivalNs;
  store<u64>(address, max(delayNs, load<u64>(address, MEASURE_CLASS_MOST)), MEASURE_CLASS_MOST);
}
