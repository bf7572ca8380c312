/** What the rules say of one value of a field. */
import { ITEM_RANK_MASK, ITEM_SET_SHIFT } from "../abi/classifier";

/** Rank of the first rule that this field alone decides. */
export function rankOf(item: u32): u32 {
  return item & ITEM_RANK_MASK;
}

/** Number of the set of rules with several fields. */
export function setOf(item: u32): u64 {
  return <u64>(item >>> ITEM_SET_SHIFT);
}
