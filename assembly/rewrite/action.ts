/** What is done with the packets of each color. */
import { allocateZeroed } from "../arena";

@unmanaged
export class Action {
  /** MARK_*; 0: they pass as they are. */
  marks: u32;
  dscp: u32;
  priority: u32;
}

const ACTION_BYTES: u32 = 16;
const COLORS: u32 = 3;
const actions = allocateZeroed(COLORS * ACTION_BYTES);

if (offsetof<Action>() > ACTION_BYTES) ERROR("Action outgrew ACTION_BYTES");

/** The host's setting of one color; `dscp` and `priority` count where `marks` names them. */
export function setAction(color: u32, marks: u32, dscp: u32, priority: u32): void {
  const action = actionOf(color);
  action.marks = marks;
  action.dscp = dscp;
  action.priority = priority;
}

export function actionOf(color: u32): Action {
  return changetype<Action>(actions + color * ACTION_BYTES);
}
