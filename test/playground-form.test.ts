// Goal: the form says what the policy says: every meter has its fields, sliders write what the parser reads, and a URL
// brings the same policy back.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePolicy, METERS, POLICY_PARAMS } from "../src/policies.ts";
import { fieldOfError, fieldsOf, type FormState, policyInputOf, withMeter } from "../src/playground/form/fields.ts";
import { fragmentOf, stateOfFragment } from "../src/playground/form/fragment.ts";
import { hasSlider, placeOf, quantityOf, SLIDER_STEPS, textAt } from "../src/playground/form/quantity.ts";
import { keyMove } from "../src/playground/page/chartkeys.ts";
import { timeText, valueText } from "../src/playground/page/format.ts";
import { stateOf } from "./support/playground.ts";

const FIRST = stateOf("token-bucket", { rate: "1 Mbit/s", burst: "16 kB" });
const ALL = METERS.flatMap(({ name, forms }) => forms.map((_, form) => [name, form] as const));

describe("fields", () => {
  test.for(ALL)(
    "%s, form %i: changing to it gives a policy that compiles, with no field it does not take",
    ([name, form]) => {
      const state = withMeter(FIRST, name, form);
      const { needed, optional } = fieldsOf(state);
      expect(new Set([...needed, ...optional]).size).toBe(needed.length + optional.length);
      expect(compilePolicy(policyInputOf(state)).meter).toBe(name);
      // Every field can be filled with its example, each by itself.
      for (const { name: field, example, choices } of optional) {
        for (const value of choices ?? [example]) {
          const input = policyInputOf({ ...state, values: { ...state.values, [field]: value } });
          expect(Object.keys(input)).toContain(field);
        }
      }
    },
  );

  test("every parameter of every meter has a field in one of its forms", () => {
    for (const { name, params } of METERS) {
      const shown = new Set(
        METERS.find((row) => row.name === name)!.forms.flatMap((_, form) => {
          const { needed, optional } = fieldsOf({ meter: name, form });
          return [...needed, ...optional].map((param) => param.name);
        }),
      );
      expect(params.map((param) => param.name).filter((param) => !shown.has(param))).toEqual([]);
    }
  });

  test("a rate and a burst go on to the next meter, a peak begins with twice the rate", () => {
    const marked = withMeter(stateOf("token-bucket", { rate: "300 kbit/s", burst: "9 kB" }), "trtcm", 0);
    expect(marked.values).toMatchObject({ cir: "300 kbit/s", cbs: "9 kB", pir: "600 kbit/s", pbs: "9 kB" });
    expect(
      withMeter({ ...marked, values: { ...marked.values, cir: "5 MB/s" } }, "token-bucket", 0).values["rate"],
    ).toBe("5 MB/s");
  });

  test("bytes and packets that do not go together give way to the example", () => {
    const counter = withMeter(FIRST, "event-counter", 0);
    expect(counter.values).toMatchObject({ rate: "10 packets/min", alarm: "100" });
    expect(withMeter(counter, "token-bucket", 0).values).toMatchObject({ rate: "10 Mbit/s", burst: "64 kB" });
  });

  test("an error stands beside the field that it is about", () => {
    expect(POLICY_PARAMS.map(({ name }) => fieldOfError(name))).toEqual(POLICY_PARAMS.map(({ name }) => name));
    expect(fieldOfError("bucket 2 burst")).toBe("bucket");
    expect(fieldOfError("by")).toBe("by");
  });
});

describe("a URL", () => {
  test.for(ALL)("%s, form %i: comes back as it went", ([name, form]) => {
    const state: FormState = { ...withMeter(FIRST, name, form), by: "dst/48" };
    const back = stateOfFragment(`#${fragmentOf(state)}`, "5-tuple")!;
    expect(policyInputOf(back)).toEqual(policyInputOf(state));
    expect([back.meter, back.form, back.by]).toEqual([name, form, "dst/48"]);
  });

  test("what is no policy is left out", () => {
    expect(stateOfFragment("", "5-tuple")).toBeUndefined();
    expect(stateOfFragment("#meter=nothing&rate=1", "5-tuple")).toBeUndefined();
    const state = stateOfFragment("#meter=gcra&rate=1+Mbit/s&burst=x&color=red&__proto__=1", "src")!;
    expect(state).toEqual({ meter: "gcra", form: 2, values: { rate: "1 Mbit/s", burst: "x" }, by: "src" });
    expect(stateOfFragment(`#meter=multi&bucket=${"9".repeat(9999)}`, "src")!.values["bucket"]!.length).toBe(2000);
  });
});

describe("sliders", () => {
  const texts = {
    rate: ["1 Mbit/s", "9.6 kbit/s", "125 kB/s", "64 KiB/s", "10 packets/s", "0.5 packets/min"],
    burst: ["16 kB", "64 KiB", "1500 B", "20 packets", "50 ms", "1 min"],
    amount: ["16 kB", "5 packets"],
    duration: ["10 us", "5 ms", "1 h"],
    count: ["11", "1000000"],
  } as const;

  test("every place gives a text of the same kind that stands there again", () => {
    const kinds = fc.constantFrom(...(Object.keys(texts) as (keyof typeof texts)[]));
    fc.assert(
      fc.property(kinds, fc.nat(), fc.integer({ min: 0, max: SLIDER_STEPS }), (kind, which, place) => {
        const from = texts[kind][which % texts[kind].length]!;
        const { family } = quantityOf(kind, from)!;
        const moved = quantityOf(kind, textAt(family, place))!;
        expect(moved.family.name).toBe(family.name);
        // Whole packets and bytes are coarser than the slider at its low end.
        const isWhole = family.isWhole && moved.value < 1000;
        expect(Math.abs(placeOf(moved) - place)).toBeLessThanOrEqual(isWhole ? 40 : 1);
      }),
    );
  });

  test("texts are short and exact: three digits in the unit that suits", () => {
    const { family } = quantityOf("rate", "1 Mbit/s")!;
    expect([0, 125, 375, 500, 1000].map((place) => textAt(family, place))).toEqual([
      "1 kbit/s",
      "10 kbit/s",
      "1 Mbit/s",
      "10 Mbit/s",
      "100 Gbit/s",
    ]);
    expect(textAt(quantityOf("burst", "1 packets")!.family, 1)).toBe("1 packets");
    expect(textAt(quantityOf("count", "5")!.family, 1000)).toBe("1000000");
    expect(placeOf(quantityOf("rate", "0 bit/s")!)).toBe(0);
    expect(placeOf(quantityOf("rate", "1 Tbit/s")!)).toBe(SLIDER_STEPS);
  });

  test("what is no quantity has no place", () => {
    expect(quantityOf("rate", "fast")).toBeUndefined();
    expect(quantityOf("choice", "1 B")).toBeUndefined();
    expect(
      ["rate", "burst", "fill", "choice", "flag", "buckets", "length"].map((kind) => hasSlider(kind as "rate")),
    ).toEqual([true, true, false, false, false, false, false]);
  });
});

test("numbers on the page", () => {
  expect([0, 999, 999.6, 1e6, 123_456_789].map((value) => valueText(value, "bit/s"))).toEqual([
    "0 bit/s",
    "999 bit/s",
    "1 kbit/s",
    "1 Mbit/s",
    "123 Mbit/s",
  ]);
  expect(valueText(1234.5, "packets/s")).toBe("1,234.5 packets/s");
  const times = [
    timeText(12.5e9, 0.5e9, 40e9),
    timeText(5e9, 20e3, 5.1e9),
    timeText(2e6, 1e3, 3e6),
    timeText(0, 100, 900),
  ];
  expect(times).toEqual(["12.5 s", "5.00000 s", "2.000 ms", "0 ns"]);
});

describe("keys on a chart", () => {
  const place = {
    window: { fromNs: 100, toNs: 200 },
    atNs: 150,
    stepNs: 1,
    spanNs: 1000,
    marksNs: Float64Array.of(20, 120, 150, 180, 700),
  };

  test("arrows move the read-out by a pixel or ten, and take the window along", () => {
    expect(keyMove("ArrowLeft", false, place)).toEqual({ atNs: 149 });
    expect(keyMove("ArrowRight", true, place)).toEqual({ atNs: 160 });
    expect(keyMove("ArrowRight", true, { ...place, atNs: 195 })).toEqual({
      atNs: 205,
      window: { fromNs: 130, toNs: 230 },
    });
    expect(keyMove("ArrowLeft", true, { ...place, window: { fromNs: 0, toNs: 1000 }, atNs: 3 })).toEqual({ atNs: 0 });
  });

  test("page keys go from one refused packet to the next", () => {
    expect(keyMove("PageDown", false, place)).toEqual({ atNs: 180 });
    expect(keyMove("PageUp", false, place)).toEqual({ atNs: 120 });
    expect(keyMove("PageDown", false, { ...place, atNs: 190 })).toEqual({
      atNs: 700,
      window: { fromNs: 625, toNs: 725 },
    });
    expect(keyMove("PageUp", false, { ...place, marksNs: new Float64Array(0) })).toEqual({ atNs: 150 });
  });

  test("plus and minus zoom about the read-out, 0 shows everything, others do nothing", () => {
    expect(keyMove("+", false, place)).toEqual({ atNs: 150, window: { fromNs: 125, toNs: 175 } });
    expect(keyMove("-", false, { ...place, atNs: 100 })).toEqual({ atNs: 100, window: { fromNs: 100, toNs: 300 } });
    expect(keyMove("0", false, place)).toEqual({ atNs: 150, window: null });
    expect(keyMove("a", false, place)).toBeUndefined();
  });
});
